"""The decision in SQL, so that a policy can be asked about rows that lie in a database.

``statement`` is the whole query. ``by_rule`` and ``by_words`` give the number of what decides, as one expression over
the columns of a row. ``outcomes`` says what the numbers mean and which member of a pool a key picks. Another query that
compares two policies row by row can be made of these. sqlglot writes them for each dialect.
"""

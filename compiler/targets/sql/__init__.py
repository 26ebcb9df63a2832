"""The decision in SQL, so that a policy can be asked about rows that lie in a database.

``statement`` is the whole query; ``decision`` the number of what decides, as one expression over the columns of a row;
``places`` what those numbers mean and which member of a pool a key picks. sqlglot writes them for each dialect.
"""

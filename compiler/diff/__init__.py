"""Two versions of a policy compared by what they do.

``whole.diff`` takes two versions and gives all that differs, as frozen data. ``sides.side_of`` makes a version of a
policy, ``tables.side_of_table`` of a compiled table.
"""

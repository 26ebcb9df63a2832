"""Requests near one that is known: trying them costs next to nothing, and mostly spares a search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.compiler.space import Assignment, Space

_CLASSES = 24
"""Classes that are tried of one variable."""


def nearby(space: Space, assignment: Assignment, admitted: Mapping[int, int]) -> Iterator[tuple[int, int, int]]:
    """The assignments within ``admitted`` that differ from ``assignment`` in one variable, the most ordinary classes
    of each: the variable, its class there, and the columns that hold."""
    variables = space.variables
    rows = [variable.rows[assignment[v]] for v, variable in enumerate(variables)]
    after = [space.table.all_columns]  # what the variables from the last one back leave
    for row in reversed(rows):
        after.append(after[-1] & row)
    before = space.table.all_columns
    for v, variable in enumerate(variables):
        others = before & after[len(rows) - 1 - v]
        classes = admitted.get(v, space.full[v]) & ~(1 << assignment[v])
        if others and classes and v not in space.parts:
            tried = 0
            for class_ in variable.quiet:
                if classes >> class_ & 1:
                    yield v, class_, others & variable.rows[class_]
                    tried += 1
                    if tried == _CLASSES:
                        break
        before &= rows[v]

"""Sets of requests that conditions describe, and the search for one of them that no earlier rule takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import islice
from operator import and_

from interlock.compiler.bits import bits, union
from interlock.compiler.dnf import TooMany
from interlock.compiler.facts import Facts
from interlock.compiler.lower import transpose
from interlock.compiler.redundancy import both
from interlock.compiler.search import Candidate, Search
from interlock.compiler.space import Assignment, Space
from interlock.dsl.limits import MAX_RULE_COLUMNS
from interlock.dsl.record import record

Classes = dict[int, int]
"""By variable the classes that are left; of a variable not named all are."""

_CLASSES = 24
"""Classes of a variable that are tried beside an example."""


class Columns:
    """Alternatives of conditions, as columns beside those of the table."""

    def __init__(self, space: Space, alternatives: Sequence[Classes]) -> None:
        """``alternatives``: for each column, by variable the classes that it admits."""
        self.all = (1 << len(alternatives)) - 1
        self._variables = sorted({v for alternative in alternatives for v in alternative})
        place = {v: at for at, v in enumerate(self._variables)}
        conditions = [[(place[v], classes) for v, classes in alternative.items()] for alternative in alternatives]
        rows = transpose(conditions, [len(space.variables[v].rows) for v in self._variables])
        self._rows = dict(zip(self._variables, rows, strict=True))
        self._known: dict[tuple[int, int], tuple[int, int]] = {}

    def row(self, v: int, class_: int) -> int:
        """The columns that admit a class of a variable."""
        return self._rows[v][class_] if v in self._rows else self.all

    def holding(self, assignment: Assignment, among: int) -> int:
        """Those of some columns that hold for a request."""
        for v in self._variables:
            among &= self._rows[v][assignment[v]]
        return among

    def among(self, space: Space, classes: Classes) -> tuple[int, int]:
        """The columns that each request in ``classes`` satisfies, and those that some may."""
        every = some = self.all
        for v in self._variables:
            admitted = classes.get(v, space.full[v])
            if (v, admitted) not in self._known:
                rows = [self._rows[v][class_] for class_ in bits(admitted)]
                self._known[v, admitted] = reduce(and_, rows), union(rows)
            every &= self._known[v, admitted][0]
            some &= self._known[v, admitted][1]
        return every, some


@record
class Region:
    """The requests in ``within``, in one of each of ``alternatives``, and in none of some of the columns
    ``outside``."""

    within: Classes
    alternatives: tuple[Sequence[Classes], ...]
    outside: tuple[tuple[Columns, int], ...]

    def has(self, assignment: Assignment) -> bool:
        """Whether a request is one of them."""
        inside = all(_in_one(assignment, some) for some in ([self.within], *self.alternatives))
        return inside and self.avoids(assignment)

    def avoids(self, assignment: Assignment) -> bool:
        """Whether a request is in none of the columns outside of which it lies."""
        return not any(columns.holding(assignment, some) for columns, some in self.outside)

    def pieces(self) -> list[Classes]:
        """The classes that it leaves, as alternatives. Raises ``TooMany``."""
        pieces = [self.within] if all(self.within.values()) else []
        for some in self.alternatives:
            pieces = [piece for a in pieces for b in some if all((piece := both(a, b)).values())]
            if len(pieces) > MAX_RULE_COLUMNS:
                raise TooMany
        return pieces


def find(
    facts: Facts, regions: Sequence[Region], columns: int, search: Search, near: Sequence[Assignment] = ()
) -> tuple[Assignment | None, int]:
    """A request in one of the regions that none of ``columns`` takes; or None and a set of them that takes all.

    ``near`` are requests that may have such a one beside them. Raises ``Incomplete`` or ``TooMany``."""
    pieces = [(piece, region) for region in regions for piece in region.pieces()]
    for example in near:
        for piece, region in pieces[:_CLASSES]:
            found = _beside(facts.space, example, piece, region, columns)
            if found is not None:
                return found, 0
    core = 0
    for piece, region in pieces:
        found, unavoidable = _avoid(facts, piece, region, columns, search)
        if found is not None:
            return found, 0
        core |= unavoidable
    return None, core


def _beside(space: Space, example: Assignment, piece: Classes, region: Region, columns: int) -> Assignment | None:
    """A request of a piece of a region that none of ``columns`` takes, as near to an example as that takes."""
    start = dict(example)
    off = [v for v, classes in piece.items() if not classes >> example[v] & 1]
    if not space.parts.keys().isdisjoint(off):
        return None  # some classes of parts of strings have no string together
    for v in off:
        start[v] = next(_few(space, v, piece[v]))
    if not space.row(start) & columns and region.avoids(start):
        return start
    for free in off or [v for v in piece if v not in space.parts]:
        left = columns
        for v, variable in enumerate(space.variables):
            if v != free:
                left &= variable.rows[start[v]]
        for class_ in _few(space, free, piece[free]):
            if not left & space.variables[free].rows[class_]:
                found = {**start, free: class_}
                if region.avoids(found):
                    return found
    return None


def _few(space: Space, v: int, classes: int) -> Iterator[int]:
    """Some classes out of several: the most ordinary ones, and some from the other end."""
    if classes.bit_count() <= _CLASSES:
        yield from bits(classes)
        return
    quiet = space.variables[v].quiet
    yield from islice((c for c in quiet if classes >> c & 1), _CLASSES // 2)
    yield from islice((c for c in reversed(quiet) if classes >> c & 1), _CLASSES // 2)


def _avoid(facts: Facts, piece: Classes, region: Region, columns: int, search: Search) -> tuple[Assignment | None, int]:
    """``facts.avoid`` for a piece of a region, with the columns outside of which it lies."""
    more: list[tuple[Columns, int]] = []
    for outside, some in region.outside:
        every, touched = outside.among(facts.space, piece)
        if some & every:
            return None, 0
        if some & touched:
            more.append((outside, some & touched))
    if not more:
        return facts.avoid(piece, columns, search)
    columns &= facts.overlapping(piece)
    variables: dict[int, list[Candidate]] = {}
    for v in range(len(facts.space.variables)):
        candidates: list[Candidate] = []
        for class_, row in facts.candidates(v, piece):
            left, at = row & columns, len(facts.table.columns)
            for outside, some in more:
                left |= (outside.row(v, class_) & some) << at
                at += some.bit_length()
            candidates.append((class_, left))
        search.spend(len(candidates) // 64)
        variables[v] = candidates
    target, at = columns, len(facts.table.columns)
    for _, some in more:
        target |= some << at
        at += some.bit_length()
    found = facts.run(search, variables, target)
    if found is None:
        return None, search.core & facts.table.all_columns
    return facts.complete(found, piece), 0


def _in_one(assignment: Assignment, alternatives: Sequence[Classes]) -> bool:
    return any(all(classes >> assignment[v] & 1 for v, classes in other.items()) for other in alternatives)

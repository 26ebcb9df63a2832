"""Every pair of rules, one of each version, that decide a request between them and send it to different places."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.bits import bits, union
from interlock.compiler.diff.boxes import Box
from interlock.compiler.diff.joint import NEW, OLD, Joint
from interlock.compiler.diff.outcomes import Outcomes
from interlock.compiler.facts import Facts
from interlock.compiler.progress import Progress, silent
from interlock.compiler.redundancy import both
from interlock.compiler.search import Incomplete
from interlock.compiler.space import Assignment
from interlock.dsl import policy as p
from interlock.dsl.record import record

NO_RULE = p.Fail(500, None)
"""What a version does with a request that meets none of its rules."""


@record
class Cell:
    """Requests that the entry ``old`` of the old version decides and the entry ``new`` of the new one (None: no rule
    does): those in ``within`` for which none of the columns ``outside`` holds. ``found`` is one of them."""

    old: int | None
    new: int | None
    within: Box
    outside: int
    found: Assignment


class Cells:
    """The search. Each of its cells has requests, cells have none in common, and every request that is valid in one
    version at least and that the two send to different places is in one."""

    def __init__(self, joint: Joint, outcomes: Outcomes, progress: Progress = silent) -> None:
        """Takes the joint table, and what destinations lead to."""
        self.facts = Facts(joint.table)
        self.undecided: list[tuple[int | None, int | None]] = []
        """Pairs of entries of which a search that hit its limit did not find out."""
        self._joint = joint
        self._progress = progress
        columns = [sum(1 << n for n in of_entry) for of_entry in self.facts.columns_of]
        self._before = tuple(_before(order, columns) for order in joint.orders)
        self._all = tuple(union(columns[n] for n in order) for order in joint.orders)
        self._walks = tuple(
            {n: outcomes.walks(side, entry.to) for n, entry in joint.entries[side].items()} for side in (OLD, NEW)
        )
        self._invalid = tuple(
            {n for n, entry in joint.entries[side].items() if entry.rule is None} for side in (OLD, NEW)
        )

    def __iter__(self) -> Iterator[Cell]:
        old, new = self._walks
        own = sorted(n for n in old if n not in new or old[n] != new[n])
        added = sorted(n for n in new if n not in old)
        for done, n in enumerate(own):
            self._progress("what differs", done, len(own) + len(added))
            yield from self._of(n, OLD, frozenset())
        # What both a changed rule of the old version and one of the new decide has been found from the old one.
        for done, n in enumerate(added):
            self._progress("what differs", len(own) + done, len(own) + len(added))
            yield from self._of(n, NEW, frozenset(own))

    def _of(self, entry: int, side: int, done: frozenset[int]) -> Iterator[Cell]:
        facts, other = self.facts, 1 - side
        before = self._before[side][entry]
        for n in facts.columns_of[entry]:
            admitted = facts.space.admitted[n]
            if not facts.possible >> n & 1 or not self._maybe(entry, side, admitted, before):
                continue
            if not self._is_nowhere(side, entry):
                yield from self._cell(entry, None, side, admitted, before | self._all[other] | self._earlier(entry, n))
            for m in bits(facts.overlapping(admitted) & self._all[other]):
                theirs = facts.table.columns[m].rule
                if theirs in done or self._alike(entry, theirs, side) or (theirs == entry and m != n):
                    continue
                meet = both(admitted, facts.space.admitted[m])
                if all(meet.values()):
                    yield from self._cell(entry, theirs, side, meet, self._outside(before, side, theirs, n, m))

    def _outside(self, before: int, side: int, theirs: int, n: int, m: int) -> int:
        """What must not hold, so that these two columns are the first that do."""
        entry = self.facts.table.columns[n].rule
        return before | self._before[1 - side][theirs] | self._earlier(entry, n) | self._earlier(theirs, m)

    def _earlier(self, entry: int, column: int) -> int:
        """The columns of an entry before one of them."""
        return sum(1 << k for k in self.facts.columns_of[entry] if k < column)

    def _maybe(self, entry: int, side: int, admitted: Box, before: int) -> bool:
        try:
            return self.facts.avoid(admitted, before)[0] is not None
        except Incomplete:
            return True

    def _alike(self, entry: int, theirs: int, side: int) -> bool:
        """Whether two entries lead to the same walks, or mean that neither version takes the request."""
        other = 1 - side
        if entry in self._invalid[side] and theirs in self._invalid[other]:
            return True
        return self._walks[side][entry] == self._walks[other][theirs]

    def _is_nowhere(self, side: int, entry: int) -> bool:
        return self._joint.entries[side][entry].to == NO_RULE

    def _cell(self, entry: int, theirs: int | None, side: int, within: Box, outside: int) -> Iterator[Cell]:
        old, new = (entry, theirs) if side == OLD else (theirs, entry)
        try:
            found, _ = self.facts.avoid(within, outside)
        except Incomplete:
            self.undecided.append((old, new))
            return
        if found is not None:
            yield Cell(old, new, within, outside, found)


def _before(order: tuple[int, ...], columns: list[int]) -> dict[int, int]:
    """For each entry the columns of those that are tried before it."""
    found: dict[int, int] = {}
    so_far = 0
    for entry in order:
        found[entry] = so_far
        so_far |= columns[entry]
    return found

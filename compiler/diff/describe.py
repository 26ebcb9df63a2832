"""Which requests some cells of the search have, in words."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.compiler.bits import bits, union
from interlock.compiler.diff import boxes as sets
from interlock.compiler.diff.boxes import Box, covering, minus
from interlock.compiler.diff.joint import NEW, OLD, Joint
from interlock.compiler.diff.predicates import Writer
from interlock.compiler.diff.search import Cell
from interlock.compiler.dnf import TooMany
from interlock.compiler.facts import Facts
from interlock.compiler.search import Incomplete
from interlock.compiler.space import Assignment, Variable
from interlock.dsl import policy as p
from interlock.dsl.record import record

_LONGEST = 160
"""Characters of a condition that is worth its place where a description is not exact anyway."""


@record
class Where:
    """Requests that meet all conditions of ``always`` and all of one of ``cases`` (none: no further ones), in the
    language of policies. ``exact``: they are those that are described; else those are some of them. ``within`` are
    conditions that they all meet, fewer words for more requests."""

    always: tuple[str, ...]
    cases: tuple[tuple[str, ...], ...]
    exact: bool
    within: tuple[str, ...]

    @property
    def predicate(self) -> str:
        """The same as one predicate."""
        cases = [all_of(case) for case in self.cases]
        return all_of([*self.always, *([" or ".join(cases)] if cases else [])]) or "true"


def all_of(conditions: Sequence[str]) -> str:
    """Conditions joined by ``and``. Words in strings do no harm: they give parentheses where none are needed."""
    if len(conditions) == 1:
        return conditions[0]
    return " and ".join(f"({each})" if " or " in each else each for each in conditions)


class Describer:
    """Describes cells of one search."""

    def __init__(self, joint: Joint, facts: Facts) -> None:
        """Takes the joint table and the facts about it."""
        self._joint = joint
        self._facts = facts
        self._space = facts.space
        self._writer = Writer(self._space, joint.shared)
        # What has many classes is worth more effort not to be named.
        variables = self._space.variables
        self._order = sorted(range(len(variables)), key=lambda v: (len(variables[v].rows), v), reverse=True)
        self._free = self._taken_by_none()

    def where(self, cells: Sequence[Cell]) -> tuple[Where, float]:
        """The requests of some cells, and a guess at their share of all requests."""
        try:
            boxes, exact = self._boxes(cells), True
        except (TooMany, Incomplete):
            boxes, exact = [self._narrowed(cell) for cell in cells], False
        around = self._writer.conditions(_around(boxes, self._space.full))
        within = tuple(condition for condition in around if len(condition) <= _LONGEST)
        size = min(1.0, sum(self._size(box) for box in boxes))
        if not exact:
            return Where(within, (), False, within), size
        cases = [self._writer.conditions(box) for box in boxes]
        always = tuple(condition for condition in cases[0] if all(condition in case for case in cases))
        rest = tuple(tuple(c for c in case if c not in always) for case in cases)
        return Where(always, () if () in rest else rest, True, within), size

    def request(self, cell: Cell) -> dict[str, object]:
        """A request of a cell, as simple as it gets. Raises ``Incomplete``."""
        space, facts = self._space, self._facts

        def holds(assignment: Assignment) -> bool:
            row = space.row(assignment)
            return not row & cell.outside and all(classes >> assignment[v] & 1 for v, classes in cell.within.items())

        request = space.request(facts.simplest(cell.found, holds))
        for shared in self._joint.shared:
            shared.value(request)
        return dict(sorted(request.items()))

    def _boxes(self, cells: Sequence[Cell]) -> list[Box]:
        """Boxes that hold exactly the requests of the cells, the largest first. Raises ``TooMany``, ``Incomplete``."""
        full, admitted = self._space.full, self._space.admitted
        boxes: list[Box] = []
        for cell in cells:
            others = [admitted[n] for n in bits(cell.outside & self._facts.overlapping(cell.within))]
            others.sort(key=len)
            boxes += [box for box in minus([cell.within], others, full) if self._facts.can_be(box)]
            if len(boxes) > sets.MAX_BOXES:
                raise TooMany
        return sorted(covering(boxes, self._free, full, self._order), key=self._size, reverse=True)

    def _narrowed(self, cell: Cell) -> Box:
        """A box that has all requests of a cell: what it may not meet is left out where that is easy to say."""
        box, full = dict(cell.within), self._space.full
        for n in bits(cell.outside & self._facts.overlapping(cell.within)):
            other = self._space.admitted[n]
            cut = [v for v, classes in other.items() if box.get(v, full[v]) & ~classes]
            if len(cut) == 1:
                box[cut[0]] = box.get(cut[0], full[cut[0]]) & ~other[cut[0]]
        return box

    def _taken_by_none(self) -> list[Box]:
        """The requests that neither version takes, of which nothing is said."""
        columns: list[list[Box]] = []
        for side in (OLD, NEW):
            entry = next((n for n, e in self._joint.entries[side].items() if e.rule is None), None)
            numbers = () if entry is None else self._facts.columns_of[entry]
            columns.append([self._space.admitted[n] for n in numbers])
        met = [_meet(a, b) for a in columns[OLD] for b in columns[NEW]]
        return [box for box in met if all(box.values())]

    def _size(self, box: Box) -> float:
        size = 1.0
        for v, classes in box.items():
            size *= _share(self._space.variables[v], classes)
        return size


def _around(boxes: Sequence[Box], full: Sequence[int]) -> Box:
    """The smallest box that has all of some boxes in it."""
    named = set(boxes[0]).intersection(*boxes)
    around = {v: union(box[v] for box in boxes) for v in sorted(named)}
    return {v: classes for v, classes in around.items() if classes != full[v]}


def _meet(one: Box, two: Box) -> Box:
    met = dict(one)
    for v, classes in two.items():
        met[v] = met.get(v, classes) & classes
    return met


def _share(variable: Variable, classes: int) -> float:
    if variable.intervals:
        inside = [variable.intervals[c] for c in bits(classes) if c < len(variable.intervals)]
        width = variable.intervals[-1][1] - variable.intervals[0][0] + 1
        return sum(hi - lo + 1 for lo, hi in inside) / width or 1 / width
    if isinstance(variable.attribute.type, p.StringType):
        named = sum(1 for c in bits(classes) if c < len(variable.atoms) and variable.atoms[c].literal is not None)
        rest = classes.bit_count() - named
        return 0.001 * named + (rest / max(1, len(variable.rows)))
    return classes.bit_count() / len(variable.rows)

"""A picture of two versions over the two attributes that matter most: the others are fixed, as in the request of some
region, and every combination of the classes of the two is decided by both versions.

Which two, and which region: those whose picture has the most regions in it. A picture is a plane through the space of
requests; the one that cuts most regions tells most of them apart, and a reader sees most of what changes. Regions whose
requests go elsewhere count before those that only fall back otherwise, and of pictures with equally many that through
the largest region is taken. (Always through the largest would not do: it may be that everything else is decided before
it.) What comes into question are the attributes that regions end at: where a request of a region leaves it if only that
attribute changes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from interlock.compiler.diff.joint import NEW, OLD, join
from interlock.compiler.diff.outcomes import Outcomes
from interlock.compiler.diff.predicates import Writer
from interlock.compiler.diff.search import NO_RULE
from interlock.compiler.diff.sides import alike
from interlock.compiler.search import Incomplete
from interlock.compiler.space import Space, Variable
from interlock.dsl import policy as p
from interlock.dsl.record import record

if TYPE_CHECKING:
    from interlock.compiler.diff.whole import Diff
    from interlock.runtime import Decision

Request = dict[str, object]

MOST_LINES = 12
"""Rows, and columns, that fit a page."""
_SHORT = 24
"""Characters of a condition, without its attribute, that fit the head of a column."""
_MOST_CLASSES = 100
_ASKED = 20
"""The largest regions, among which a picture is chosen."""
_TRIED = 6
"""Attributes of which all pairs are tried."""
_MOST_SPOTS = 60_000
"""Combinations after which no further region is tried."""


@record
class Line:
    """A row or a column: the requests with ``condition`` (``any``: all). ``special``: the attribute is ``absent``, or
    some ``other`` value than those that are named. ``values`` are examples, one of each class in it (None: absent; for
    an element of a set, whether it is in)."""

    condition: str
    special: Literal["absent", "other"] | None
    values: tuple[p.Scalar | None, ...]


@record
class Axis:
    """An attribute, or an ``element`` of a set. Classes that do the same everywhere in the picture may share a line;
    of the ``left_out`` nothing is shown, as they are too many."""

    attribute: str
    element: str | None
    lines: tuple[Line, ...]
    left_out: int


@record
class Spot:
    """What both versions do with the requests of a row and a column. ``region`` is the index of the region that they
    are in; None where they are treated ``alike``, or where the comparison did not decide that."""

    old: p.To | p.Fail
    new: p.To | p.Fail
    invalid: tuple[bool, bool]
    region: int | None
    alike: bool


@record
class Slice:
    """``down`` is None where one attribute is all that matters: then there is one row. ``through`` is the index of the
    region whose request has the values of the other attributes."""

    across: Axis
    down: Axis | None
    spots: tuple[tuple[Spot, ...], ...]
    through: int


def slice_of(diff: Diff) -> Slice | None:
    """The picture of a difference; None where there are no regions, or none ends at an attribute."""
    if not diff.regions:
        return None
    return _Slicer(diff).best()


class _Slicer:
    def __init__(self, diff: Diff) -> None:
        one, two = alike(diff.old, diff.new)
        self._outcomes = Outcomes(one, two)
        joint = join(one, two, self._outcomes)
        assert not isinstance(joint, list)  # the two have been compared
        self._sides = diff.old, diff.new
        self._regions = {
            (*pair, *region.change.invalid): number
            for number, region in enumerate(diff.regions)
            for pair in region.change.pairs
        }
        self._moved = [region.change.moved for region in diff.regions]
        self._requests = [dict(region.change.request) for region in diff.regions[:_ASKED]]
        self._space = Space(joint.table)
        self._writer = Writer(self._space, joint.shared)
        # An attribute of another type than before is several in the space; none of them is one that a request has.
        several = {each.name for each in joint.shared if each.missing is not None or each.other is not None}
        names = {name for each in joint.shared for name in (each.missing, each.other)} | several
        self._axes: dict[int, list[tuple[int, p.Scalar | None]]] = {}
        for v, variable in enumerate(self._space.variables):
            if variable.attribute.name not in names and v not in self._space.parts:
                self._axes[v] = self._classes(v, variable)

    def best(self) -> Slice | None:
        """The picture with the most regions."""
        ends = {v: self._ends(v) for v in self._axes}
        tried = sorted((v for v in ends if ends[v]), key=lambda v: (-ends[v], v))[:_TRIED]
        if not tried:
            return None
        pairs: list[tuple[int, int | None]] = [*combinations(tried, 2)] or [(tried[0], None)]
        found: dict[tuple[int, int, int | None], tuple[int, int]] = {}
        asked = 0
        for through in range(len(self._requests)):
            for v, w in pairs:
                spots = self._spots(through, v, w)
                regions = {spot.region for row in spots for spot in row if spot.region is not None}
                found[through, v, w] = sum(self._moved[n] for n in regions), len(regions)
                asked += len(spots) * len(spots[0])
            if asked > _MOST_SPOTS:
                break
        return self._slice(*max(found, key=found.__getitem__))  # the first of those with the most

    def _classes(self, v: int, variable: Variable) -> list[tuple[int, p.Scalar | None]]:
        """The classes of a variable with an example of each: of very many those that regions have, and a few more."""
        wanted = [request.get(variable.attribute.name) for request in self._requests]
        count = len(variable.rows)
        classes: Iterable[int] = range(count)
        if count > _MOST_CLASSES:
            named = [n for n, atom in enumerate(variable.atoms) if atom.literal is not None]
            classes = [*named, variable.quiet[0]] if variable.atoms else classes
        found: list[tuple[int, p.Scalar | None]] = []
        for class_ in dict.fromkeys(classes):
            try:
                found.append((class_, self._space.value(v, {v: class_})))
            except Incomplete:
                continue  # a text of this class was not found; so no witness is one either
        if len(found) > _MOST_CLASSES:
            found = sorted(sorted(found, key=lambda each: each[1] not in wanted)[:_MOST_CLASSES])
        return found

    def _ends(self, v: int) -> int:
        """The number of regions that a request leaves if this attribute alone changes."""
        return sum(
            any(self._spot(self._with(request, v, value)).region != number for _, value in self._axes[v])
            for number, request in enumerate(self._requests)
        )

    def _with(self, request: Request, v: int, value: p.Scalar | None) -> Request:
        variable = self._space.variables[v]
        name, element = variable.attribute.name, variable.element
        if element is not None:
            default = variable.attribute.default
            elements = request.get(name, default if isinstance(default, tuple) else ())
            assert isinstance(elements, list | tuple)
            return {**request, name: sorted({*elements, element} if value else {*elements} - {element})}
        if value is None:
            return {each: held for each, held in request.items() if each != name}
        return {**request, name: value}

    def _spot(self, request: Request) -> Spot:
        old, new = (side.reader.decide(request) for side in self._sides)
        places = _place(old), _place(new)
        invalid = old.invalid is not None, new.invalid is not None
        same = all(invalid) or self._walks(OLD, places[OLD]) == self._walks(NEW, places[NEW])
        return Spot(*places, invalid, self._regions.get((*places, *invalid)), same)

    def _walks(self, side: int, place: p.To | p.Fail) -> Hashable:
        return place if isinstance(place, p.Fail) else self._outcomes.walks(side, place)

    def _spots(self, through: int, v: int, w: int | None) -> list[list[Spot]]:
        """For each class of ``w`` and each of ``v`` what happens."""
        request = self._requests[through]
        rows = [request] if w is None else [self._with(request, w, value) for _, value in self._axes[w]]
        return [[self._spot(self._with(row, v, value)) for _, value in self._axes[v]] for row in rows]

    def _slice(self, through: int, v: int, w: int | None) -> Slice:
        spots = self._spots(through, v, w)
        columns, rows = [[n] for n in range(len(spots[0]))], [[n] for n in range(len(spots))]
        # Numbers last: which of them belong together depends on what of the other attribute is shown.
        for at in sorted((v, w), key=self._ordered):
            if at == v:
                kinds = [tuple(spots[row[0]][n] for row in rows) for n in range(len(spots[0]))]
                columns = _fewer(self._lines(v, kinds), kinds)
            elif at is not None:
                kinds = [tuple(spots[n][column[0]] for column in columns) for n in range(len(spots))]
                rows = _fewer(self._lines(at, kinds), kinds)
        shown = [[spots[row[0]][column[0]] for column in columns] for row in rows]
        across, down = self._axis(v, columns), None if w is None else self._axis(w, rows)
        # Pages are narrow: what needs many words goes down, else what has more lines.
        if down is not None and (_wordy(across), len(columns), v) > (_wordy(down), len(rows), w):
            across, down, shown = down, across, [list(column) for column in zip(*shown, strict=True)]
        return Slice(across, down, tuple(map(tuple, shown)), through)

    def _ordered(self, v: int | None) -> bool:
        return v is not None and bool(self._space.variables[v].intervals)

    def _lines(self, v: int, kinds: Sequence[Hashable]) -> list[list[int]]:
        """The classes of a variable (their numbers among those asked) by lines: neighbours that do the same share
        one, and where lines would be too many, so do all words that do the same."""
        ordered = self._ordered(v)
        lines: list[list[int]] = []
        for number, kind in enumerate(kinds):
            special = ordered and self._special(v, number) is not None
            if ordered and lines and kinds[lines[-1][0]] == kind and not special:
                lines[-1].append(number)
            else:
                lines.append([number])
        if ordered or len(lines) <= MOST_LINES:
            return lines
        shared: dict[Hashable, list[int]] = {}
        for number, kind in enumerate(kinds):
            shared.setdefault(kind, []).append(number)
        return list(shared.values())

    def _axis(self, v: int, lines: Sequence[Sequence[int]]) -> Axis:
        variable, classes = self._space.variables[v], self._axes[v]
        told = []
        for line in lines:
            mask = sum(1 << classes[number][0] for number in line)
            whole = mask == self._space.full[v]
            condition = "any" if whole else self._writer.conditions({v: mask})[0]
            special = self._special(v, line[0]) if len(line) == 1 else None
            told.append(Line(condition, special, tuple(classes[number][1] for number in line)))
        left_out = len(variable.rows) - sum(map(len, lines))
        return Axis(variable.attribute.name, variable.element, tuple(told), left_out)

    def _special(self, v: int, number: int) -> Literal["absent", "other"] | None:
        variable, (class_, value) = self._space.variables[v], self._axes[v][number]
        if variable.element is not None:
            return None
        if value is None:
            return "absent"
        type_ = variable.attribute.type
        if isinstance(type_, p.EnumType):
            return "other" if class_ >= len(type_.values) else None
        free = len(variable.atoms) > class_ and variable.atoms[class_].literal is None
        return "other" if free and not variable.atoms[class_].patterns | variable.atoms[class_].samples else None


def _wordy(axis: Axis) -> bool:
    return any(len(line.condition) > len(axis.attribute) + _SHORT for line in axis.lines)


def _fewer(lines: list[list[int]], kinds: Sequence[tuple[Spot, ...]]) -> list[list[int]]:
    """As many lines as fit a page, in their order: first those that show the regions that no other one shows, then
    those with changes, then any."""
    if len(lines) <= MOST_LINES:
        return lines
    shows = [{spot.region for spot in kinds[line[0]]} - {None} for line in lines]
    left, seen, kept = set(range(len(lines))), set[int | None](), list[int]()
    while len(kept) < MOST_LINES:
        best = max(left, key=lambda n: (len(shows[n] - seen), len(shows[n]), -n))
        left.remove(best)
        seen |= shows[best]
        kept.append(best)
    return [lines[n] for n in sorted(kept)]


def _place(decision: Decision) -> p.To | p.Fail:
    if decision.pool is not None:
        return p.To(decision.pool)
    fail = decision.fail
    assert fail is not None
    assert fail.status is not None  # nothing has failed yet, so nothing is returned
    return NO_RULE if decision.rule is None and decision.invalid is None else p.Fail(fail.status, fail.message)

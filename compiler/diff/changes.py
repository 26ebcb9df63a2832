"""What changes for whom: the requests that two versions treat differently, grouped by what they get instead of what."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.compiler.bits import bits
from interlock.compiler.diff.boxes import Box, covering, minus
from interlock.compiler.diff.joint import NEW, OLD, Joint, join
from interlock.compiler.diff.outcomes import Outcomes
from interlock.compiler.diff.predicates import Writer
from interlock.compiler.diff.search import NO_RULE, Cell, Cells
from interlock.compiler.diff.side import Side
from interlock.compiler.dnf import TooMany
from interlock.compiler.progress import Progress, silent
from interlock.compiler.search import Incomplete
from interlock.compiler.space import Assignment, Variable
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding
from interlock.dsl.record import record

Place = p.To | p.Fail


@record
class Change:
    """Requests that went to ``old`` and go to ``new``. ``moved``: the two serve differently; else only what follows
    an error differs.

    ``where`` are predicates of which one holds for exactly these requests; unless ``exact``, these are some of the
    requests for which one holds. ``rules`` are the names of the rules that decide them in each version (None: none
    does). ``invalid``: a version does not take them. ``request`` is one of them, ``size`` a guess at their share of
    all requests, for the order in which changes are shown."""

    old: Place
    new: Place
    moved: bool
    where: tuple[str, ...]
    exact: bool
    rules: tuple[tuple[str | None, ...], tuple[str | None, ...]]
    invalid: tuple[bool, bool]
    request: dict[str, object]
    size: float


@record
class Changes:
    """All that differs. ``undecided`` are the pairs of rules (None: no rule) of which no search found out whether some
    request is decided by both."""

    changes: tuple[Change, ...]
    undecided: tuple[tuple[str | None, str | None], ...]


def compare(old: Side, new: Side, progress: Progress = silent) -> Changes | list[Finding]:
    """Every difference in where requests go, over all requests that one version at least takes, the largest first;
    findings where the two are too large together."""
    outcomes = Outcomes(old, new)
    joint = join(old, new, outcomes)
    if isinstance(joint, list):
        return joint
    cells = Cells(joint, outcomes, progress)
    groups: dict[tuple[object, ...], list[Cell]] = {}
    for cell in cells:
        one, two = (_to(joint, side, n) for side, n in ((OLD, cell.old), (NEW, cell.new)))
        key = (one, two, _invalid(joint, OLD, cell.old), _invalid(joint, NEW, cell.new))
        groups.setdefault(key, []).append(cell)
    describe = _Describer(joint, cells, outcomes)
    changes = [describe.change(group) for group in groups.values()]
    changes.sort(key=lambda change: -change.size)
    undecided = tuple((_name(joint, OLD, a), _name(joint, NEW, b)) for a, b in cells.undecided)
    return Changes(tuple(changes), undecided)


def _to(joint: Joint, side: int, entry: int | None) -> Place:
    return NO_RULE if entry is None else joint.entries[side][entry].to


def _name(joint: Joint, side: int, entry: int | None) -> str | None:
    rule = None if entry is None else joint.entries[side][entry].rule
    return None if rule is None else rule.name


def _invalid(joint: Joint, side: int, entry: int | None) -> bool:
    return entry is not None and joint.entries[side][entry].rule is None


class _Describer:
    def __init__(self, joint: Joint, cells: Cells, outcomes: Outcomes) -> None:
        self._joint = joint
        self._facts = cells.facts
        self._outcomes = outcomes
        self._space = cells.facts.space
        self._writer = Writer(self._space)
        self._order = sorted(range(len(self._space.variables)), key=self._plainness, reverse=True)
        self._free = self._taken_by_none()

    def change(self, cells: Sequence[Cell]) -> Change:
        joint, first = self._joint, cells[0]
        boxes, exact = self._boxes(cells)
        rules = tuple(
            tuple(dict.fromkeys(_name(joint, side, n) for n in sorted({_at(cell, side) for cell in cells}, key=_order)))
            for side in (OLD, NEW)
        )
        old, new = _to(joint, OLD, first.old), _to(joint, NEW, first.new)
        return Change(
            old,
            new,
            self._outcomes.serving(OLD, old) != self._outcomes.serving(NEW, new)
            if first.old is not None and first.new is not None
            else True,
            tuple(self._writer.alternatives(boxes)),
            exact,
            (rules[0], rules[1]),
            (_invalid(joint, OLD, first.old), _invalid(joint, NEW, first.new)),
            self._request(cells),
            sum(self._size(box) for box in boxes),
        )

    def _boxes(self, cells: Sequence[Cell]) -> tuple[list[Box], bool]:
        """Boxes that hold exactly the requests of the cells; or, where those would be too many, larger ones."""
        full, admitted = self._space.full, self._space.admitted
        try:
            boxes: list[Box] = []
            for cell in cells:
                others = [admitted[n] for n in bits(cell.outside & self._facts.overlapping(cell.within))]
                others.sort(key=len)
                boxes += minus([cell.within], others, full)
            boxes = [box for box in boxes if self._facts.can_be(box)]
            found = covering(boxes, self._free, full, self._order)
            return sorted(found, key=self._size, reverse=True), True
        except (TooMany, Incomplete):
            whole = [dict(cell.within) for cell in cells]
            widest = sorted(whole, key=self._size, reverse=True)
            kept: list[Box] = []
            for box in widest:
                if not any(_within(box, other, full) for other in kept):
                    kept.append(box)
            return kept, False

    def _taken_by_none(self) -> list[Box]:
        """The requests that neither version takes, of which nothing is said."""
        columns: list[list[Box]] = []
        for side in (OLD, NEW):
            entry = next((n for n, e in self._joint.entries[side].items() if e.rule is None), None)
            numbers = () if entry is None else self._facts.columns_of[entry]
            columns.append([self._space.admitted[n] for n in numbers])
        met = [_meet(a, b) for a in columns[OLD] for b in columns[NEW]]
        return [box for box in met if all(box.values())]

    def _request(self, cells: Sequence[Cell]) -> dict[str, object]:
        """A request of one of the cells, as simple as it gets."""
        space, facts = self._space, self._facts

        def holds(assignment: Assignment) -> bool:
            row = space.row(assignment)
            return not row & cell.outside and all(classes >> assignment[v] & 1 for v, classes in cell.within.items())

        cell = cells[0]
        request = space.request(facts.simplest(cell.found, holds))
        for shared in self._joint.shared:
            shared.value(request)
        return dict(sorted(request.items()))

    # ── how large, and how plain ─────────────────────────────────────────────────────────────────────────

    def _size(self, box: Box) -> float:
        """A guess at the share of requests, for the order in which changes are shown."""
        size = 1.0
        for v, classes in box.items():
            size *= _share(self._space.variables[v], classes)
        return size

    def _plainness(self, v: int) -> tuple[int, int]:
        """What has many classes is worth more effort not to be named."""
        return len(self._space.variables[v].rows), v


def _at(cell: Cell, side: int) -> int | None:
    return cell.old if side == OLD else cell.new


def _order(entry: int | None) -> tuple[bool, int]:
    return entry is None, entry or 0


def _meet(one: Box, two: Box) -> Box:
    met = dict(one)
    for v, classes in two.items():
        met[v] = met.get(v, classes) & classes
    return met


def _within(box: Box, other: Box, full: Sequence[int]) -> bool:
    return all(not box.get(v, full[v]) & ~classes for v, classes in other.items())


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

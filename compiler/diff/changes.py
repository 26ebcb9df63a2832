"""What changes for whom: the requests that two versions treat differently, grouped by what they get instead of what."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.compiler.diff.describe import Describer, Where
from interlock.compiler.diff.joint import NEW, OLD, Joint, join
from interlock.compiler.diff.outcomes import Outcomes
from interlock.compiler.diff.search import NO_RULE, Cell, Cells
from interlock.compiler.diff.side import Side
from interlock.compiler.progress import Progress, silent
from interlock.compiler.search import Incomplete
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding
from interlock.dsl.record import record

Place = p.To | p.Fail
Pair = tuple[Place, Place]


@record
class Change:
    """Requests that went to one place and go to another: ``pairs`` of old and new, one, or one for each copy of a
    family. ``moved``: the two serve differently; else only what follows an error differs.

    ``where`` says which requests these are, ``rules`` are the names of the rules that decide them in each version
    (None: none does). ``invalid``: a version does not take them. ``request`` is one of them, ``size`` a guess at
    their share of all requests, for the order in which changes are shown."""

    pairs: tuple[Pair, ...]
    moved: bool
    where: Where
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


def compare(old: Side, new: Side, outcomes: Outcomes, progress: Progress = silent) -> Changes | list[Finding]:
    """Every difference in where requests go, over all requests that one version at least takes, the largest first;
    findings where the two are too large together."""
    joint = join(old, new, outcomes)
    if isinstance(joint, list):
        return joint
    cells = Cells(joint, outcomes, progress)
    groups: dict[tuple[object, ...], list[Cell]] = {}
    for cell in cells:
        one, two = _pair(joint, cell)
        invalid = _invalid(joint, OLD, cell.old), _invalid(joint, NEW, cell.new)
        moved = outcomes.serving(OLD, one) != outcomes.serving(NEW, two)
        groups.setdefault((*_copies((old, new), one, two), invalid, moved), []).append(cell)
    describer = Describer(joint, cells.facts)
    changes = []
    for done, group in enumerate(groups.values()):
        progress("for whom", done, len(groups))
        try:
            changes.append(_change(joint, outcomes, describer, group))
        except Incomplete:  # no request is known that shows it
            cells.undecided += [(cell.old, cell.new) for cell in group]
    changes.sort(key=lambda change: -change.size)
    undecided = tuple((_name(joint, OLD, a), _name(joint, NEW, b)) for a, b in cells.undecided)
    return Changes(tuple(changes), tuple(dict.fromkeys(undecided)))


def _change(joint: Joint, outcomes: Outcomes, describer: Describer, cells: Sequence[Cell]) -> Change:
    first = cells[0]
    old, new = _pair(joint, first)
    where, size = describer.where(cells)
    rules = [
        tuple(dict.fromkeys(_name(joint, side, n) for n in sorted({_at(c, side) for c in cells}, key=_order)))
        for side in (OLD, NEW)
    ]
    return Change(
        tuple(dict.fromkeys(_pair(joint, cell) for cell in cells)),
        outcomes.serving(OLD, old) != outcomes.serving(NEW, new),
        where,
        (rules[OLD], rules[NEW]),
        (_invalid(joint, OLD, first.old), _invalid(joint, NEW, first.new)),
        describer.request(first),
        size,
    )


def _copies(sides: tuple[Side, Side], old: Place, new: Place) -> tuple[object, object]:
    """What a pair of places shares with those that are told together with it: copies of a family go to copies of
    another with the same index, or all of them to one place."""
    (one, of_old), (two, of_new) = _family(sides[OLD], old), _family(sides[NEW], new)
    return (old, new) if of_old is not None and of_new is not None and of_old != of_new else (one, two)


def _family(side: Side, place: Place) -> tuple[object, str | None]:
    """The family and the index of a pool in it; itself and None for what is in none."""
    if isinstance(place, p.Fail):
        return place, None
    family = side.policy.pools[place.pool].family
    return (place, None) if family == place.pool else (family, place.pool[len(family) :])


def _pair(joint: Joint, cell: Cell) -> Pair:
    return _to(joint, OLD, cell.old), _to(joint, NEW, cell.new)


def _to(joint: Joint, side: int, entry: int | None) -> Place:
    return NO_RULE if entry is None else joint.entries[side][entry].to


def _name(joint: Joint, side: int, entry: int | None) -> str | None:
    rule = None if entry is None else joint.entries[side][entry].rule
    return None if rule is None else rule.name


def _invalid(joint: Joint, side: int, entry: int | None) -> bool:
    return entry is not None and joint.entries[side][entry].rule is None


def _at(cell: Cell, side: int) -> int | None:
    return cell.old if side == OLD else cell.new


def _order(entry: int | None) -> tuple[bool, int]:
    return entry is None, entry or 0

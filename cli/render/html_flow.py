"""The flow from old pools to new pools: a band for each pair of places, as wide as its share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from interlock.cli.cells import plain
from interlock.cli.render.decision import failure
from interlock.cli.render.diff_words import MOST
from interlock.cli.render.graph_words import names
from interlock.compiler.graph_columns import family_of
from interlock.dsl import policy as p
from interlock.dsl.credentials import masked
from interlock.dsl.record import record

if TYPE_CHECKING:
    from interlock.cli.render.html_colors import Looks
    from interlock.compiler.diff.whole import Diff

Json = dict[str, Any]

WIDE = 440.0
"""The width of the drawing, at which a phone shows its text in a readable size."""
BAR = 12.0
_TALL = 240.0
_GAP = 14.0
_THIN = 4.0
"""No band is thinner, so that none is lost."""
_LABEL = 18.0
"""A place needs so much height that its name stands beside no other."""
_CUT = 27


@record
class Band:
    """Requests of ``regions`` (indices) go from ``old`` to ``new`` (keys of places, copies of a family being one)."""

    old: str | p.Fail
    new: str | p.Fail
    regions: tuple[int, ...]
    weight: float


def bands(diff: Diff) -> tuple[Band, ...]:
    """What goes elsewhere, the widest band first. The weight is a guess at the share of all requests."""
    found: dict[tuple[str | p.Fail, str | p.Fail], dict[int, float]] = {}
    for number, region in enumerate(diff.regions):
        if not region.change.moved:
            continue
        pairs = region.change.pairs
        for old, new in pairs:
            weights = found.setdefault((_key(old), _key(new)), {})
            weights[number] = weights.get(number, 0.0) + region.change.size / len(pairs)
    made = [Band(*ends, tuple(weights), sum(weights.values())) for ends, weights in found.items()]
    return tuple(sorted(made, key=lambda band: -band.weight))


def flow(diff: Diff, looks: Looks) -> Json | None:
    """What the template draws; None where nothing goes elsewhere."""
    every = bands(diff)
    if not every:
        return None
    found = every[:MOST]
    total = sum(band.weight for band in found)
    heights = [max(_THIN, _TALL * band.weight / total) if total else _THIN for band in found]
    members = [_members(diff, side) for side in (0, 1)]
    lefts = list(dict.fromkeys(band.old for band in found))
    # Each place on the right at the middle of where its bands come from, so that few cross.
    middle = {key: _mean([lefts.index(b.old) for b in found if b.new == key]) for key in (b.new for b in found)}
    rights = sorted(middle, key=middle.__getitem__)
    left, one = _stack(lefts, [band.old for band in found], heights)
    right, two = _stack(rights, [band.new for band in found], heights)
    tall = max(one, two)
    drawn = []
    order = sorted(range(len(found)), key=lambda n: (lefts.index(found[n].old), rights.index(found[n].new)))
    starts, ends = {key: left[key][0] for key in lefts}, {key: right[key][0] for key in rights}
    for n in order:
        band, height = found[n], heights[n]
        drawn.append(
            {
                "path": _ribbon(starts[band.old], ends[band.new], height),
                "css": looks.family(_place(band.new)),
                "title": f"{_name(band.old, members[0])} → {_name(band.new, members[1])}: {_regions(band)}",
            }
        )
        starts[band.old] += height
        ends[band.new] += height
    bars = [
        {"x": x, "y": y, "height": height, "css": looks.family(_place(key)), **_label(key, of)}
        for x, places, of in ((0.0, left, members[0]), (WIDE - BAR, right, members[1]))
        for key, (y, height) in places.items()
    ]
    listed = [
        {
            "old": _label(band.old, members[0]),
            "new": _label(band.new, members[1]),
            "from": looks.family(_place(band.old)),
            "to": looks.family(_place(band.new)),
            "regions": [number + 1 for number in band.regions],
        }
        for band in found
    ]
    return {
        "width": WIDE,
        "height": tall,
        "bar": BAR,
        "bands": drawn,
        "bars": bars,
        "list": listed,
        "more": len(every) - len(found),
    }


def _key(place: p.To | p.Fail) -> str | p.Fail:
    return place if isinstance(place, p.Fail) else family_of(place.pool)[0]


def _place(key: str | p.Fail) -> p.To | p.Fail:
    return key if isinstance(key, p.Fail) else p.To(key)


def _members(diff: Diff, side: int) -> dict[str, list[str]]:
    """The copies of each family that requests leave, or come to."""
    found: dict[str, dict[str, None]] = {}
    for region in diff.regions:
        for pair in region.change.pairs if region.change.moved else ():
            place = pair[side]
            if isinstance(place, p.To):
                found.setdefault(family_of(place.pool)[0], {})[masked(place.pool)] = None
    return {family: sorted(pools) for family, pools in found.items()}


def _name(key: str | p.Fail, members: dict[str, list[str]]) -> str:
    return masked(failure(key.status, key.message)) if isinstance(key, p.Fail) else names(members[key])


def _label(key: str | p.Fail, members: dict[str, list[str]]) -> Json:
    name = plain(_name(key, members))
    # The copies of a family are listed beside the drawing.
    label = f"{plain(masked(key))}[…]" if isinstance(key, str) and len(members[key]) > 1 else name
    return {"name": name, "label": label if len(label) <= _CUT else f"{label[: _CUT - 1]}…"}


def _regions(band: Band) -> str:
    numbers = ", ".join(str(number + 1) for number in band.regions)
    return f"region{'s' if len(band.regions) > 1 else ''} {numbers}"


def _mean(numbers: Sequence[int]) -> float:
    return sum(numbers) / len(numbers)


def _stack(
    keys: Sequence[str | p.Fail], ends: Sequence[str | p.Fail], heights: Sequence[float]
) -> tuple[dict[str | p.Fail, tuple[float, float]], float]:
    """Where each place begins, how high it is, and how high all are together."""
    places, y = {}, 0.0
    for key in keys:
        height = sum(h for end, h in zip(ends, heights, strict=True) if end == key)
        room = max(height, _LABEL)
        places[key] = y + (room - height) / 2, height
        y += room + _GAP
    return places, y - _GAP


def _ribbon(start: float, end: float, height: float) -> str:
    left, right, middle = BAR, WIDE - BAR, WIDE / 2
    return (
        f"M{left:g} {start:.1f}C{middle:g} {start:.1f} {middle:g} {end:.1f} {right:g} {end:.1f}"
        f"V{end + height:.1f}C{middle:g} {end + height:.1f} {middle:g} {start + height:.1f} "
        f"{left:g} {start + height:.1f}Z"
    )

"""The picture of old and new routing: the cells of a slice as rows of a table, with their colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interlock.cli.cells import plain
from interlock.cli.render import diff_words as words
from interlock.dsl.credentials import masked

if TYPE_CHECKING:
    from interlock.cli.render.html_colors import Look, Looks
    from interlock.compiler.diff.slice import Axis, Line, Slice, Spot
    from interlock.dsl import policy as p

Json = dict[str, Any]

_ROOMY = 4
"""Columns beside which a name fits each cell of a wide page; next to more there are only codes."""
_MANY = 7
"""More columns than these need the whole width of a page."""
_LONGEST = 60
"""Characters of a line's label; all of a longer one stands below the picture."""
_WIDE = 16
_BREAK = "\u200b"


def grid(picture: Slice, shown: Json, looks: Looks) -> Json:
    """What the template draws: the two sides, the labels of their lines, and a legend."""
    regions = shown["regions"]
    used: dict[Look, None] = {}
    sides = [[[_spot(spot, side, regions, looks, used) for spot in row] for row in picture.spots] for side in (0, 1)]
    request = regions[picture.through]["request"]
    axes = [axis for axis in (picture.across, picture.down) if axis is not None]
    drawn = [_axis(axis) for axis in axes]
    names = {axis.attribute for axis in axes}
    changed = [spot["change"] for row in sides[1] for spot in row]
    after = {spot["region"] for row in sides[1] for spot in row if spot["change"] == "after"}
    return {
        "across": drawn[0],
        "down": drawn[1] if len(drawn) > 1 else None,
        "sides": [{"title": "before", "rows": sides[0]}, {"title": "now", "rows": sides[1]}],
        "legend": sorted(used, key=lambda look: (look.css == "fail", len(look.code), look.code)),
        "many": len(picture.across.lines) > _MANY,
        "roomy": len(picture.across.lines) <= _ROOMY,
        "through": picture.through + 1,
        "fixed": [f"{name} {words.value(value)}" for name, value in request.items() if name not in names],
        "left_out": [
            f"{axis.left_out:,} class{'' if axis.left_out == 1 else 'es'} of {title(axis)}"
            for axis in axes
            if axis.left_out
        ],
        "cut": [line for axis in drawn for line in axis["lines"] if line["cut"]],
        "moved": "moved" in changed,
        "after": sorted(after),
        "unknown": "unknown" in changed,
        "invalid": any(any(spot.invalid) for row in picture.spots for spot in row),
    }


def places(picture: Slice) -> list[p.To | p.Fail]:
    """What the picture shows, in the order in which it is read: the old side, then the new."""
    shown = [spot for row in picture.spots for spot in row if not all(spot.invalid)]
    return [*(spot.old for spot in shown), *(spot.new for spot in shown)]


def _spot(spot: Spot, side: int, regions: list[Json], looks: Looks, used: dict[Look, None]) -> Json:
    if all(spot.invalid):
        return {"look": None, "change": None, "region": None, "invalid": True}
    look = looks.of[(spot.old, spot.new)[side]]
    used[look] = None
    change = None if spot.alike else "unknown"
    if spot.region is not None:
        change = "moved" if regions[spot.region]["kind"] == "routing" else "after"
    return {
        "look": look,
        "change": change,
        "region": None if spot.region is None else spot.region + 1,
        "invalid": spot.invalid[side],
    }


def title(axis: Axis) -> str:
    """What an axis shows: an attribute, or whether an element is in a set."""
    name = masked(axis.attribute)
    return name if axis.element is None else f"{name} contains {masked(axis.element)}"


def _axis(axis: Axis) -> Json:
    lines = []
    for line in axis.lines:
        label = plain(_label(axis, line))
        cut = f"{label[: _LONGEST - 1]}…" if len(label) > _LONGEST else label
        condition = masked(line.condition)
        lines.append({"label": cut, "condition": condition, "special": line.special, "cut": cut != label})
    wide = any(len(str(each["label"])) > _WIDE for each in lines)
    return {"title": title(axis), "lines": lines, "wide": wide}


def _label(axis: Axis, line: Line) -> str:
    """A condition in a few words: the axis says which attribute it is about."""
    if line.special is not None:
        return line.special
    if axis.element is not None:
        return "any" if len(line.values) > 1 else "yes" if line.values[0] else "no"
    if len(line.values) == 1 and isinstance(line.values[0], bool):
        return words.value(line.values[0])
    condition = masked(line.condition)
    prefix = f"{masked(axis.attribute)} "
    if " or " in condition or not condition.startswith(prefix):
        return condition
    short = condition.removeprefix(prefix).removeprefix("== ")
    if short.startswith("in [") and short.endswith("]"):
        return short[4:-1]
    # A line may end in the middle of a range.
    return short.removeprefix("in ").replace("..", f"..{_BREAK}")

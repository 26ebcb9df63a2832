"""The fallback chains that change, drawn: hops as boxes, and which ways between them are gone or new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interlock.cli.cells import plain, width
from interlock.cli.render.diff_mermaid import edges_of
from interlock.cli.render.graph_svg import GAP_X, GAP_Y, LANE, edge_paths
from interlock.cli.render.graph_words import names
from interlock.cli.render.layers import Box, Edge, layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json = dict[str, Any]

PAD, NAME, LINE = 10.0, 24.0, 17.0
_CHAR = 6.7
"""The width of a character of the drawing's font."""
_CUT = 34
_MOST = 40
"""Ways in one drawing, of which nobody can follow more."""

_MARKS = {"old": "− ", "new": "+ ", "both": ""}


def drawing(chain: Json) -> Json | None:
    """What the template draws; None where there is nothing to draw, or too much."""
    sides: dict[tuple[str, str, str], set[str]] = {}
    for walk in chain["walks"]:
        for side in ("old", "new"):
            for way in edges_of(walk, side):
                sides.setdefault(way, set()).add(side)
    if not 0 < len(sides) <= _MOST:
        return None
    number = {name: n for n, name in enumerate(dict.fromkeys(name for way in sides for name in way[:2]))}
    out: list[list[tuple[str, str, str]]] = [[] for _ in number]
    for way in sides:
        out[number[way[0]]].append(way)
    boxes = [_box(name, [_told(way, sides[way]) for way in out[n]]) for name, n in number.items()]
    # Columns are as wide as their widest box; boxes in them are drawn with their own width.
    edges = [
        Edge(number[way[0]], number[way[1]], NAME + LINE * (out[number[way[0]]].index(way) + 0.5) + 4) for way in sides
    ]
    placed = layout(boxes, edges, GAP_X, GAP_Y)
    wide = [box.width for box in boxes]
    lanes = sum(route.lane is not None for route in placed.routes)
    right = max(placed.columns[layer][0] + wide[n] for n, layer in enumerate(placed.layer))
    left = min(placed.columns[layer][0] for layer in placed.layer)
    return {
        "x": left - 2,
        "width": right - left + 14 * (lanes > 0) + 4,
        "height": placed.height + (LANE * (lanes + 1) if lanes else 0) + 4,
        "title": names(chain["pools"]),
        "nodes": [
            {
                "x": placed.columns[placed.layer[n]][0],
                "y": placed.top[n],
                "width": wide[n],
                "height": boxes[n].height,
                "side": _side(side for way, found in sides.items() if name in way[:2] for side in found),
                "end": not out[n],
                "name": plain(name),
                "label": _cut(plain(name)),
                "ports": [
                    {
                        "y": NAME + LINE * (k + 0.5) + 4,
                        "side": _side(sides[way]),
                        "text": _cut(_told(way, sides[way])),
                    }
                    for k, way in enumerate(out[n])
                ],
            }
            for name, n in number.items()
        ],
        "edges": [
            dict(zip(("line", "tip"), edge_paths(edge, route, wide, placed), strict=True), side=_side(sides[way]))
            for way, edge, route in zip(sides, edges, placed.routes, strict=True)
        ],
    }


def _told(way: tuple[str, str, str], sides: set[str]) -> str:
    return _MARKS[_side(sides)] + plain(way[2])


def _side(sides: Iterable[str]) -> str:
    found = set(sides)
    return "both" if len(found) == 2 else found.pop()


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else f"{text[: _CUT - 1]}…"


def _box(name: str, ports: Sequence[str]) -> Box:
    texts = [_cut(plain(name)), *map(_cut, ports)]
    wide = max(width(text) for text in texts) * _CHAR * 1.08 + 2 * PAD
    height = NAME + (LINE * len(ports) + 8 if ports else 2)
    return Box(wide, height, NAME + LINE / 2 + 4 if ports else height / 2)

"""The fallback chains that change as a Mermaid flowchart: what is gone is dashed and red, what is new thick and
green."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from interlock.cli.cells import plain
from interlock.cli.render.diff_regions import Json, fail
from interlock.cli.render.diff_words import classes
from interlock.cli.render.graph_mermaid import WIDE, label

_MOST = 60
"""Arrows, of which nobody can follow more."""

_ARROWS = {"old": "-.->", "new": "==>", "both": "-->"}
_STROKES = {"old": "stroke:#d1242f,stroke-dasharray:4 3", "new": "stroke:#1a7f37,stroke-width:3px"}

Edge = tuple[str, str, str]
"""From where, to where, after which errors."""


def mermaid(chains: list[Json]) -> str | None:
    """The text of the drawing, each chain by itself; None where there is nothing to draw, or too much."""
    lines = [WIDE, "flowchart LR"]
    strokes: dict[str, list[int]] = {"old": [], "new": []}
    drawn = nodes = 0
    for chain in chains:
        edges: dict[Edge, set[str]] = {}
        for walk in chain["walks"]:
            for side in ("old", "new"):
                for edge in edges_of(walk, side):
                    edges.setdefault(edge, set()).add(side)
        number = {name: nodes + n for n, name in enumerate(dict.fromkeys(name for edge in edges for name in edge[:2]))}
        nodes += len(number)
        lines += [f"    n{n}[{label([plain(name)])}]" for name, n in number.items()]
        for (start, to, names), sides in edges.items():
            side = "both" if len(sides) == 2 else next(iter(sides))
            lines.append(f"    n{number[start]} {_ARROWS[side]}|{label([names])}| n{number[to]}")
            if side != "both":
                strokes[side].append(drawn)
            drawn += 1
    lines += [f"    linkStyle {','.join(map(str, of))} {_STROKES[side]}" for side, of in strokes.items() if of]
    return "\n".join(lines) + "\n" if 0 < drawn <= _MOST else None


def edges_of(walk: Json, side: str) -> Iterator[Edge]:
    path, names = walk[side], classes(walk)
    stops = list(path["pools"])
    if path["end"] != "loop":
        end = path["end"]
        stops.append(fail(end) if isinstance(end, dict) else "returned to the client")
    for start, to in pairwise(stops):
        yield start, to, names

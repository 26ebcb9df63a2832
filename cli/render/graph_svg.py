"""The walks of a policy as an SVG that needs nothing from elsewhere: no script, no font, no Graphviz. It follows the
reader's light or dark mode.

A hop is a box with a line for each way on, from which the edge leaves; so no label ever stands on an edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from interlock.cli.cells import plain, width
from interlock.cli.render.graph_boxes import PAD, Panel, end_panel, hop_panel, rules_panel
from interlock.cli.render.graph_words import legend, many
from interlock.cli.render.layers import Box, Edge, Layout, Route, layout
from interlock.compiler.graph import End, Hop

if TYPE_CHECKING:
    from interlock.compiler.graph import Graph

MARGIN, HEAD = 24.0, 52.0
GAP_X, GAP_Y = 60.0, 20.0
LANE = 12.0
_HUES = 6

_STYLE = """\
svg { --paper: #ffffff; --box: #f6f8fa; --line: #8c959f; --name: #1f2328; --text: #424a53; --dim: #6e7781;
  --bad: #cf222e; --end: #fff1f0; --p0: #0969da; --p1: #bf8700; --p2: #1a7f37; --p3: #8250df; --p4: #d1571c;
  --p5: #0c7c8c }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0d1117; --box: #161b22; --line: #6e7681; --name: #f0f6fc; --text: #c9d1d9; --dim: #8b949e;
    --bad: #ff7b72; --end: #25171c; --p0: #58a6ff; --p1: #d29922; --p2: #3fb950; --p3: #bc8cff; --p4: #f0883e;
    --p5: #39c5cf }
}
text { font: 11px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--text);
  dominant-baseline: central; white-space: pre }
.right { text-anchor: end }
.paper { fill: var(--paper) }
.hop { fill: var(--box); stroke: var(--line) }
.rules { fill: var(--paper); stroke: var(--line); stroke-dasharray: 4 3 }
.end { fill: var(--end); stroke: var(--bad) }
text.name { font-size: 13px; font-weight: 600; fill: var(--name) }
text.dim { fill: var(--dim) }
text.bad { fill: var(--bad) }
.edge { fill: none; stroke: var(--line); stroke-width: 1.4 }
.tip { fill: var(--line) }
.loop { stroke: var(--bad); stroke-width: 2.2 }
.looptip { fill: var(--bad) }
"""


def svg(graph: Graph) -> str:
    """The text of the drawing."""
    panels = [rules_panel(entry) for entry in graph.entries]
    first = len(panels)
    panels += [end_panel(node) if isinstance(node, End) else hop_panel(node) for node in graph.nodes]
    edges: list[Edge] = []
    loops: list[bool] = []
    for number, entry in enumerate(graph.entries):
        for to, port in zip(entry.to, panels[number].ports, strict=True):
            edges.append(Edge(number, first + to, port))
            loops.append(False)
    for number, node in enumerate(graph.nodes, first):
        for move, port in zip(node.moves if isinstance(node, Hop) else (), panels[number].ports, strict=True):
            edges.append(Edge(number, first + move.to, port))
            loops.append(move.loop)
    boxes = [Box(panel.width, panel.height, panel.entry, panel.kind == "rules") for panel in panels]
    placed = layout(boxes, edges, GAP_X, GAP_Y)
    return _picture(graph, panels, edges, loops, placed)


def _picture(
    graph: Graph, panels: Sequence[Panel], edges: Sequence[Edge], loops: Sequence[bool], placed: Layout
) -> str:
    providers = {bar[2]: None for panel in panels for bar in panel.bars}
    hue = {provider: number % _HUES for number, provider in enumerate(providers)}
    wide = [
        placed.columns[layer][1] if panel.kind != "end" else panel.width
        for panel, layer in zip(panels, placed.layer, strict=True)
    ]
    lanes = sum(route.lane is not None for route in placed.routes)
    foot = HEAD + placed.height + (LANE * (lanes + 1) if lanes else 0) + 30
    notes = legend(graph)
    right, below = placed.columns[-1] if placed.columns else (0.0, 0.0)
    title = f"{plain(graph.policy)}: {many(graph.rules, 'rule')}, {many(graph.pools, 'pool')}"
    across = max(right + below, *(width(note) * 6.7 for note in notes), width(title) * 8.2) + 2 * MARGIN
    down = foot + 18 * (len(notes) + bool(providers)) + MARGIN - 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:.0f} {down:.0f}" width="{across:.0f}"'
        f' height="{down:.0f}" role="img" aria-label="{_text(f"the walks of the policy {title}")}">',
        f"<style>\n{_STYLE}</style>",
        '<rect class="paper" width="100%" height="100%" rx="8"/>',
        f'<text class="name" x="{MARGIN:g}" y="28">{_text(title)}</text>',
        f'<g transform="translate({MARGIN:g} {HEAD:g})">',
    ]
    order = sorted(range(len(edges)), key=lambda i: loops[i])  # loops on top
    parts += [_edge(edges[i], placed.routes[i], loops[i], wide, placed) for i in order]
    parts += [
        _panel(panel, placed.columns[placed.layer[i]][0], placed.top[i], wide[i], hue) for i, panel in enumerate(panels)
    ]
    parts.append("</g>")
    parts += _foot(foot, hue, notes)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, x: float, y: float, wide: float, hue: dict[str, int]) -> str:
    radius = min(14.0, panel.height / 2) if panel.kind == "rules" else 6
    parts = [f'<g transform="translate({x:.1f} {y:.1f})">']
    if panel.tip:
        parts.append(f"<title>{_text(panel.tip)}</title>")
    parts.append(f'<rect class="{panel.kind}" width="{wide:.1f}" height="{panel.height:.1f}" rx="{radius:g}"/>')
    for top, height, provider in panel.bars:
        parts.append(
            f'<rect x="0" y="{top:.1f}" width="4" height="{height:.1f}" rx="2" fill="var(--p{hue[provider]})"/>'
        )
    for line in panel.lines:
        at, style = (wide - PAD, f"{line.style} right") if line.right else (PAD, line.style)
        parts.append(f'<text class="{style}" x="{at:.1f}" y="{line.y:.1f}">{_text(line.text)}</text>')
    return "".join([*parts, "</g>"])


def _edge(edge: Edge, route: Route, loop: bool, wide: Sequence[float], placed: Layout) -> str:
    path, tip = edge_paths(edge, route, wide, placed)
    names = ("edge loop", "looptip") if loop else ("edge", "tip")
    return f'<path class="{names[0]}" d="{path}"/><path class="{names[1]}" d="{tip}"/>'


def edge_paths(edge: Edge, route: Route, wide: Sequence[float], placed: Layout) -> tuple[str, str]:
    """The line of an edge, and its tip, as the data of SVG paths. ``wide`` has the widths that boxes are drawn with."""
    first, last = placed.layer[edge.source], placed.layer[edge.target]
    start = placed.columns[first][0] + wide[edge.source]
    end = placed.columns[last][0]
    y, *between, low = route.heights
    if route.lane is None:
        path = f"M{start:.1f} {y:.1f}"
        x = sum(placed.columns[first])
        if x > start:
            path += f"H{x:.1f}"
        for column, height in enumerate([*between, low], first + 1):
            to = placed.columns[column][0]
            middle = (x + to) / 2
            path += (
                f"C{middle:.1f} {y:.1f} {middle:.1f} {height:.1f} {to - (5 if column == last else 0):.1f} {height:.1f}"
            )
            x, y = sum(placed.columns[column]), height
            if column < last:
                path += f"H{x:.1f}"
    else:
        lane = placed.height + LANE * (route.lane + 1)
        out = 12 + 5 * (route.lane % 5)
        corners = [
            (start, y),
            (start + out, y),
            (start + out, lane),
            (end - out, lane),
            (end - out, low),
            (end - 5, low),
        ]
        path = _rounded(corners, 8)
    return path, f"M{end:.1f} {low:.1f}l-8 -4v8z"


def _rounded(corners: Sequence[tuple[float, float]], radius: float) -> str:
    """A line through corners, each taken in a bow."""
    path = f"M{corners[0][0]:.1f} {corners[0][1]:.1f}"
    for (ax, ay), (bx, by), (cx, cy) in zip(corners, corners[1:], corners[2:], strict=False):
        r = min(radius, (abs(bx - ax) + abs(by - ay)) / 2, (abs(cx - bx) + abs(cy - by)) / 2)
        px, py = bx - _sign(bx - ax) * r, by - _sign(by - ay) * r
        qx, qy = bx + _sign(cx - bx) * r, by + _sign(cy - by) * r
        path += f"L{px:.1f} {py:.1f}Q{bx:.1f} {by:.1f} {qx:.1f} {qy:.1f}"
    return f"{path}L{corners[-1][0]:.1f} {corners[-1][1]:.1f}"


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _foot(y: float, hue: dict[str, int], notes: Sequence[str]) -> list[str]:
    """What the colours are, and what else is to be known."""
    parts = []
    x = MARGIN
    for provider, number in hue.items():
        parts.append(f'<rect x="{x:.1f}" y="{y - 5:.1f}" width="10" height="10" rx="2" fill="var(--p{number})"/>')
        parts.append(f'<text x="{x + 16:.1f}" y="{y:.1f}">{_text(plain(provider))}</text>')
        x += 16 + width(plain(provider)) * 6.7 + 22
    y += 18 if hue else 0
    for note in notes:
        parts.append(f'<text class="dim" x="{MARGIN:g}" y="{y:.1f}">{_text(note)}</text>')
        y += 18
    return parts


def _text(text: str) -> str:
    return escape(text)

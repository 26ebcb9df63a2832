"""A layered layout of a directed graph, from left to right: Sugiyama, Tagawa and Toda, "Methods for visual
understanding of hierarchical system structures", IEEE Trans. SMC 1981.

Layers by the longest way from the left, an order within each that crosses few edges, then heights: each layer as near
to its neighbours as its order allows, which is an isotonic regression. What leads back runs below the drawing.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_SWEEPS = 8
_LARGE = 3_000  # edges, past which counting crossings would take longer than they matter
_POINTS = 20_000  # of edges past other layers, for the same reason


@dataclass(frozen=True, slots=True)
class Box:
    """A node: its size, and the height (below its top) at which edges come in. ``first``: it stands on the left."""

    width: float
    height: float
    entry: float
    first: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """``port`` is the height (below the top of ``source``) at which it leaves."""

    source: int
    target: int
    port: float


@dataclass(frozen=True, slots=True)
class Route:
    """Where an edge runs: the heights at which it crosses each column from the source's to the target's. ``lane`` is
    the number of its lane below the drawing for one that leads back, or would cross very many columns; else None."""

    heights: tuple[float, ...]
    lane: int | None


@dataclass(frozen=True, slots=True)
class Layout:
    """``columns`` are the left edge and the width of each layer; ``layer`` and ``top`` are the nodes'; the routes are
    in the order of the edges."""

    columns: tuple[tuple[float, float], ...]
    layer: tuple[int, ...]
    top: tuple[float, ...]
    routes: tuple[Route, ...]
    height: float


def layout(boxes: Sequence[Box], edges: Sequence[Edge], gap_x: float, gap_y: float) -> Layout:
    """Place the boxes with at least these gaps between columns and within one."""
    back = _back_edges(len(boxes), edges)
    layer = _layers(boxes, edges, back)
    heights = [box.height for box in boxes]
    entries = [box.entry for box in boxes]
    layers: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for node in range(len(boxes)):
        layers[layer[node]].append(node)
    below = back | _too_long(edges, layer)
    # An edge past other layers goes through a point in each of them.
    paths: list[list[int]] = []
    links: list[tuple[int, int, float]] = []
    for number, edge in enumerate(edges):
        path = [edge.source]
        if number not in below:
            for between in range(layer[edge.source] + 1, layer[edge.target]):
                layers[between].append(len(heights))
                path.append(len(heights))
                heights.append(0)
                entries.append(0)
            path.append(edge.target)
            ports = [edge.port] + [0.0] * (len(path) - 2)
            links += zip(path, path[1:], ports, strict=False)
        paths.append(path)
    _order(layers, links, len(heights))
    top = _heights(layers, links, heights, entries, gap_y)
    lanes = {number: lane for lane, number in enumerate(sorted(below))}
    return Layout(
        _columns(boxes, layer, len(layers), gap_x),
        tuple(layer),
        tuple(top[: len(boxes)]),
        tuple(
            Route(
                (
                    top[edge.source] + edge.port,
                    *(top[node] for node in path[1:-1]),
                    top[edge.target] + entries[edge.target],
                ),
                lanes.get(number),
            )
            for number, (edge, path) in enumerate(zip(edges, paths, strict=True))
        ),
        max((y + h for y, h in zip(top, heights, strict=True)), default=0),
    )


def _back_edges(count: int, edges: Sequence[Edge]) -> set[int]:
    """Edges (indices) without which there is no loop: those that lead to a node the search is still in."""
    out: list[list[int]] = [[] for _ in range(count)]
    for number, edge in enumerate(edges):
        out[edge.source].append(number)
    state = [0] * count  # 1: the search is in it, 2: left
    back: set[int] = set()
    for root in range(count):
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(out[root]))]
        while stack:
            node, left = stack[-1]
            way = next(left, None)
            if way is None:
                state[node] = 2
                stack.pop()
                continue
            target = edges[way].target
            if state[target] == 1:
                back.add(way)
            elif not state[target]:
                state[target] = 1
                stack.append((target, iter(out[target])))
    return back


def _too_long(edges: Sequence[Edge], layer: Sequence[int]) -> set[int]:
    """The longest edges (indices), if all of them together would need too many points."""
    points = {number: layer[edge.target] - layer[edge.source] - 1 for number, edge in enumerate(edges)}
    total = 0
    for number in sorted(points, key=points.__getitem__):
        total += max(0, points[number])
        if total > _POINTS:
            return {other for other in points if points[other] >= points[number]}
    return set()


def _layers(boxes: Sequence[Box], edges: Sequence[Edge], back: set[int]) -> list[int]:
    """The longest way to each node from any that stands first."""
    out: list[list[int]] = [[] for _ in boxes]
    waits = [0] * len(boxes)
    for number, edge in enumerate(edges):
        if number not in back:
            out[edge.source].append(edge.target)
            waits[edge.target] += 1
    layer = [0 if box.first else 1 for box in boxes]
    ready = [node for node, count in enumerate(waits) if not count]
    for node in ready:  # grows while it is read: a topological order
        for target in out[node]:
            layer[target] = max(layer[target], layer[node] + 1)
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    return layer


def _order(layers: list[list[int]], links: Sequence[tuple[int, int, float]], count: int) -> None:
    """Order each layer by the middle of its neighbours, there and back; of all tried the order that crosses least."""
    before: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    behind: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for source, target, port in links:
        before[target].append((source, port))
        behind[source].append((target, port))
    place = [0.0] * count

    def settle() -> None:
        for nodes in layers:
            for i, node in enumerate(nodes):
                place[node] = i

    def crossings() -> int:
        total = 0
        for nodes in layers[:-1]:
            ends: list[float] = []
            for node in nodes:
                mine = [place[target] for target, _ in sorted(behind[node], key=lambda link: link[1])]
                total += sum(len(ends) - bisect_right(ends, end) for end in mine)
                for end in mine:
                    insort(ends, end)
        return total

    settle()
    small = len(links) <= _LARGE
    best, fewest = [list(nodes) for nodes in layers], crossings() if small else 0
    for sweep in range(_SWEEPS if small else 2):
        onward = sweep % 2 == 0
        for nodes in layers[1:] if onward else layers[-2::-1]:
            near = before if onward else behind
            # The port tells apart what leaves one node at different heights.
            middle = {
                node: sum(place[n] + (port / 1e4 if onward else 0) for n, port in near[node]) / len(near[node])
                if near[node]
                else place[node]
                for node in nodes
            }
            nodes.sort(key=middle.__getitem__)
            for i, node in enumerate(nodes):
                place[node] = i
        if small and (now := crossings()) < fewest:
            best, fewest = [list(nodes) for nodes in layers], now
    if small:
        layers[:] = best


def _heights(
    layers: Sequence[Sequence[int]],
    links: Sequence[tuple[int, int, float]],
    heights: Sequence[float],
    entries: Sequence[float],
    gap: float,
) -> list[float]:
    """The top of each node: as near as its layer's order allows to where its edges would be level."""
    before: list[list[tuple[int, float]]] = [[] for _ in heights]
    behind: list[list[tuple[int, float]]] = [[] for _ in heights]
    for source, target, port in links:
        before[target].append((source, port - entries[target]))
        behind[source].append((target, entries[target] - port))
    top = [0.0] * len(heights)
    for nodes in layers:
        y = 0.0
        for node in nodes:
            top[node] = y
            y += heights[node] + gap

    def settle(nodes: Sequence[int], wish: Callable[[int], list[tuple[int, float]]]) -> None:
        wanted = []
        for node in nodes:
            near = wish(node)
            wanted.append(sum(top[n] + offset for n, offset in near) / len(near) if near else top[node])
        for node, y in zip(nodes, _spread(wanted, [heights[node] + gap for node in nodes]), strict=True):
            top[node] = y

    for sweep in range(2 * _SWEEPS):
        for nodes in layers if sweep % 2 == 0 else layers[::-1]:
            settle(nodes, lambda node: before[node] + behind[node])
    for nodes in layers:  # last, level with what leads there, or a walk would not be quite straight
        settle(nodes, lambda node: before[node] or behind[node])
    least = min(top, default=0)
    return [y - least for y in top]


def _spread(wanted: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """The heights nearest to those wanted, in the same order and apart by their sizes (pool adjacent violators)."""
    blocks: list[tuple[float, int]] = []  # the mean of what its members want, less what stands before them; how many
    before = [0.0]
    for size in sizes:
        before.append(before[-1] + size)
    for y, start in zip(wanted, before, strict=False):
        mean, count = y - start, 1
        while blocks and blocks[-1][0] > mean:
            other, members = blocks.pop()
            mean = (mean * count + other * members) / (count + members)
            count += members
        blocks.append((mean, count))
    level = [mean for mean, count in blocks for _ in range(count)]
    return [y + start for y, start in zip(level, before, strict=False)]


def _columns(boxes: Sequence[Box], layer: Sequence[int], count: int, gap: float) -> tuple[tuple[float, float], ...]:
    widths = [0.0] * count
    for box, column in zip(boxes, layer, strict=True):
        widths[column] = max(widths[column], box.width)
    columns, x = [], 0.0
    for width in widths:
        columns.append((x, width))
        x += width + gap if width else 0
    return tuple(columns)

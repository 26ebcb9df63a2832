"""Loops of a graph."""

from __future__ import annotations

from collections.abc import Sequence


def loops(edges: Sequence[Sequence[int]]) -> list[set[int]]:
    """The sets of nodes that reach each other, those without a loop left out, by their first node. ``edges`` has for
    each node those it leads to.

    Tarjan's algorithm ("Depth-first search and linear graph algorithms", SIAM J. Computing 1972) with an
    explicit stack: a chain may be as long as the file."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    open_: list[int] = []
    inside: set[int] = set()
    components: list[set[int]] = []
    for start in range(len(edges)):
        if start in order:
            continue
        stack = [(start, iter(edges[start]))]
        order[start] = low[start] = len(order)
        open_.append(start)
        inside.add(start)
        while stack:
            node, ways = stack[-1]
            after = next(ways, None)
            if after is None:
                stack.pop()
                if stack:
                    low[stack[-1][0]] = min(low[stack[-1][0]], low[node])
                if low[node] == order[node]:
                    component: set[int] = set()
                    while node not in component:
                        component.add(open_.pop())
                    inside -= component
                    if len(component) > 1 or node in edges[node]:
                        components.append(component)
            elif after not in order:
                order[after] = low[after] = len(order)
                open_.append(after)
                inside.add(after)
                stack.append((after, iter(edges[after])))
            elif after in inside:
                low[node] = min(low[node], order[after])
    return sorted(components, key=min)

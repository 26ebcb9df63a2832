"""Pools and chains that walk as the proxy does.

A chain of the language has one list for all errors it covers, and an error it does not cover goes to the chain of the
pool it happens at. So a group that is asked in the middle of somebody's fallbacks can be the group's own pool only if
an error that the chain does not cover goes on from there as it would have from the group by itself. Where it does not,
it is a pool of its own: `spare-after-sonnet`.
"""

from __future__ import annotations

from collections.abc import Sequence

from interlock.compiler.sources.draft import Names
from interlock.compiler.sources.litellm.walk import Node, Place, Walks
from interlock.compiler.sources.plan import ALL_CLASSES, UNAVAILABLE, Chain, Hop
from interlock.dsl.record import record
from interlock.dsl.source import Span

END = 'fail 503 "no fallback is left"'


@record
class Start:
    """A name that requests may ask for, with the place that declares it, and the walk of such a request. ``called`` is
    what its pool is called, where that is not the name."""

    name: str
    span: Span
    node: Node
    called: str | None = None


@record
class Made:
    """A pool: its name, who is asked there, and why it exists beside the group's own. ``own`` is what follows after
    errors of those classes that its own chains cover; ``start`` and ``path`` are a request and the errors that lead
    to it."""

    name: str
    place: Place
    asked_as: str
    note: str | None
    own: dict[str, Node | None]
    start: Start
    path: tuple[str, ...]


class Chains:
    """The pools and chains of a configuration. ``pools`` has the pools, ``chains`` their chains, ``entry`` the pool of
    each name that requests may ask for.

    Without ``exact``, no group gets a second pool: an error about the prompt in the middle of somebody's fallbacks then
    leads to the fallbacks of the group where it happens."""

    def __init__(self, walks: Walks, starts: Sequence[Start], *, exact: bool) -> None:
        self._walks = walks
        self._exact = exact
        self._names = Names()
        self.pools: list[Made] = []
        self.chains: list[Chain] = []
        self.entry: dict[str, str] = {}
        by_node: dict[int, str] = {}
        for start in starts:
            if id(start.node) not in by_node:
                by_node[id(start.node)] = self._make(start, start.node, (), dict(start.node.after), None).name
            self.entry[start.name] = by_node[id(start.node)]
        done = 0
        while done < len(self.pools):  # grows while it is read
            self._chains_of(self.pools[done])
            done += 1

    def _make(
        self, start: Start, node: Node, path: tuple[str, ...], own: dict[str, Node | None], after: Made | None
    ) -> Made:
        place = node.place
        levels = self._walks.levels(place.group)
        base = place.group if after is not None else start.called or node.name
        if len(levels) > 1 and place.level != levels[0]:
            base = f"{base}-order-{place.level}"
        note = None
        if after is not None and any(made.place == place for made in self.pools):
            base = f"{base}-after-{start.name}"
            note = f"`{place.group}` in the fallbacks of `{start.name}`, where other errors lead elsewhere."
        made = Made(self._names.give(base), place, node.name, note, own, start, path)
        self.pools.append(made)
        return made

    def _find(self, node: Node, need: dict[str, Node | None], start: Start, path: tuple[str, ...], after: Made) -> Made:
        """A pool that asks a node's place, from which errors of the classes needed lead on as needed."""
        for made in self.pools:
            if made.place == node.place and not self._exact:
                return made
            if made.place == node.place and all(c in made.own and made.own[c] is need[c] for c in need):
                return made
        return self._make(start, node, path, need, after)

    def _chains_of(self, pool: Made) -> None:
        together: dict[object, list[str]] = {}
        for class_ in ALL_CLASSES:
            following = pool.own.get(class_)
            if following is not None:
                key = id(following) if self._exact else tuple(map(id, _line(following, class_)))
                together.setdefault(key, []).append(class_)
        for classes in together.values():
            self.chains.append(self._chain(pool, tuple(classes)))

    def _chain(self, pool: Made, classes: tuple[str, ...]) -> Chain:
        hops: list[Hop] = []
        path = pool.path
        node = pool.own[classes[0]]
        end = END
        while node is not None:
            path = (*path, classes[0])
            span = self._walks.span(pool.start.name, pool.start.span, path)
            if self._exact and len({id(node.after[class_]) for class_ in classes}) > 1:
                full = self._find(node, dict(node.after), pool.start, path, pool)
                hops.append(Hop(full.name, span))
                end = ""
                break
            rest = {class_: following for class_, following in node.after.items() if class_ not in classes}
            hops.append(Hop(self._find(node, rest, pool.start, path, pool).name, span))
            node = node.after[classes[0]]
        last = hops[-1].span
        if not end:
            end = f"follow {hops.pop().pool}"
        said = () if classes == (UNAVAILABLE,) else classes
        return Chain(Hop(pool.name, pool.start.span), tuple(hops), end, last, said)


def _line(node: Node, class_: str) -> list[Node]:
    """A node and what follows while errors are of one class."""
    found = [node]
    while (following := found[-1].after[class_]) is not None:
        found.append(following)
    return found

"""Which destinations of two policies lead to the same walks: a bisimulation of their chain automata."""

from __future__ import annotations

from interlock.compiler.automaton import Hop
from interlock.compiler.table import Table
from interlock.dsl import policy as p


class SameWalks:
    """Which states of two automata lead to the same walks."""

    def __init__(self, old: Table, new: Table) -> None:
        self._old = old
        self._new = new
        self._known: dict[tuple[int, int], bool] = {}

    def destinations(self, old: p.To | p.Fail, new: p.To | p.Fail) -> bool:
        """Whether all walks from two destinations are the same."""
        if isinstance(old, p.Fail) or isinstance(new, p.Fail):
            return old == new
        starts = self._old.automaton.start, self._new.automaton.start
        return old.pool in starts[0] and new.pool in starts[1] and self.walks(starts[0][old.pool], starts[1][new.pool])

    def walks(self, old: int, new: int) -> bool:
        """Whether all walks from two states are the same."""
        if (old, new) not in self._known:
            met = {(old, new): None}
            todo = [(old, new)]
            alike = all(self._step(pair, met, todo) for pair in todo)
            # What was met on the way is alike too if nothing differed; if something did, only the start is known.
            self._known.update(dict.fromkeys(met, True) if alike else {(old, new): False})
        return self._known[old, new]

    def _step(self, pair: tuple[int, int], met: dict[tuple[int, int], None], todo: list[tuple[int, int]]) -> bool:
        """Whether two states look the same; what errors lead to is added to ``todo``."""
        one, two = self._old.automaton.states[pair[0]], self._new.automaton.states[pair[1]]
        if not (isinstance(one, Hop) and isinstance(two, Hop)):
            return one == two
        if one.pool != two.pool or not self._pools(one.pool):
            return False
        for after, other in zip(one.next, two.next, strict=True):
            if (after is None) != (other is None):
                return False
            if after is not None and other is not None and (after, other) not in met:
                met[after, other] = None
                todo.append((after, other))
        return True

    def _pools(self, name: str) -> bool:
        """Whether a pool picks the same members for the same keys, retries as often, and sends them to the same."""
        old, new = self._old.policy, self._new.policy
        one, two = old.pools[name], new.pools[name]
        return (
            (one.members, one.sticky, one.retry) == (two.members, two.sticky, two.retry)
            and self._old.maglev.get(name) == self._new.maglev.get(name)
            and all(old.upstreams[m.upstream] == new.upstreams[m.upstream] for m in one.members)
        )

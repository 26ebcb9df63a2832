"""Walks through the fallback chains: the moves from each hop, where each is written, and the longest walk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from interlock.compiler.automaton import Automaton, Hop
from interlock.compiler.loops import loops
from interlock.dsl.policy import CLASSES, Policy
from interlock.dsl.record import record
from interlock.dsl.source import Span

Move = tuple[int, int]
"""The class (an index into CLASSES) of the error, and the state it leads to, which is a hop."""


Ways = dict[int, tuple[int, int] | None]
"""By state how it is come to first: the state before and the class, or None for a start."""


@record
class Longest:
    """A longest walk: its first state and its classes. ``total`` None: it is without end, and these lead to a loop and
    once around."""

    total: int | None
    start: int
    classes: tuple[int, ...]


class Walks:
    """The walks of one automaton."""

    def __init__(self, policy: Policy, automaton: Automaton) -> None:
        """Takes a policy and its automaton."""
        self._policy = policy
        self.states = automaton.states
        self.moves: list[tuple[Move, ...]] = [
            tuple((c, t) for c, t in enumerate(s.next) if t is not None and isinstance(automaton.states[t], Hop))
            if isinstance(s, Hop)
            else ()
            for s in automaton.states
        ]
        self._own = {(chain.pool, class_): i for i, chain in enumerate(policy.chains) for class_ in chain.classes}
        self._covers = [frozenset(chain.classes) for chain in policy.chains]

    def is_hop(self, state: int) -> bool:
        """Whether a request at this state is at a pool, not at a `fail`."""
        return isinstance(self.states[state], Hop)

    def pool(self, state: int) -> str:
        """The pool of a hop."""
        hop = self.states[state]
        assert isinstance(hop, Hop)
        return hop.pool

    def chain(self, state: int, class_: int) -> tuple[int, int]:
        """The chain (an index) that a move takes, and which of the chain's ``places`` it moves to."""
        hop = self.states[state]
        assert isinstance(hop, Hop)
        if hop.chain is not None and CLASSES[class_] in self._covers[hop.chain]:
            return hop.chain, hop.position
        return self._own[hop.pool, CLASSES[class_]], 0

    def written(self, state: int, class_: int) -> Span:
        """Where the hop that a move leads to is written."""
        chain, place = self.chain(state, class_)
        return self._policy.chains[chain].places[place]

    def after(self, start: int, classes: Iterable[int]) -> list[int]:
        """The states of a walk, the first included."""
        states = [start]
        for class_ in classes:
            states.append(dict(self.moves[states[-1]])[class_])
        return states

    def ahead(self, starts: Iterable[int], allowed: Callable[[int], bool] | None = None) -> Ways:
        """The states of the walks from some, the nearest first; ``allowed``: by way of these only."""
        ways: Ways = {s: None for s in starts if allowed is None or allowed(s)}
        queue = list(ways)
        for state in queue:  # grows while it is read: breadth first
            for class_, after in self.moves[state]:
                if after not in ways and (allowed is None or allowed(after)):
                    ways[after] = state, class_
                    queue.append(after)
        return ways

    def longest(self, starts: Sequence[int], weight: Callable[[str], int | None]) -> Longest | None:
        """A walk from one of ``starts`` whose hops weigh the most, each by its pool; of equal ones the first. A pool
        that weighs None is on no walk; None if no start weighs anything. Weights are positive."""
        weights: dict[int, int | None] = {}

        def weigh(state: int) -> int | None:
            if state not in weights:
                weights[state] = weight(self.pool(state))
            return weights[state]

        best: dict[int, tuple[int, Move | None]] = {}  # by state: the most, and the move to make
        under_way: set[int] = set()
        for start in starts:
            stack = [start]
            while stack:
                state = stack[-1]
                mine = weigh(state)
                if state in best or mine is None:
                    stack.pop()
                elif state not in under_way:
                    # INVARIANT: a state is under way while those that it leads to are on the stack above it.
                    under_way.add(state)
                    ahead = [t for _, t in self.moves[state] if t not in best and weigh(t) is not None]
                    if not under_way.isdisjoint(ahead):
                        return self._endless(starts, lambda s: weigh(s) is not None)
                    stack += reversed(ahead)
                else:
                    best[state] = mine, None
                    for class_, after in self.moves[state]:
                        if after in best and mine + best[after][0] > best[state][0]:
                            best[state] = mine + best[after][0], (class_, after)
                    under_way.discard(state)
                    stack.pop()
        first = max((s for s in starts if s in best), key=lambda s: best[s][0], default=None)
        if first is None:
            return None
        classes = []
        move = best[first][1]
        while move is not None:
            classes.append(move[0])
            move = best[move[1]][1]
        return Longest(best[first][0], first, tuple(classes))

    def _endless(self, starts: Iterable[int], allowed: Callable[[int], bool]) -> Longest:
        """A shortest walk to a loop and once around it; there is one."""
        ways = self.ahead(starts, allowed)
        states = list(ways)
        number = {state: n for n, state in enumerate(states)}
        edges = [[number[t] for _, t in self.moves[state] if t in number] for state in states]
        looping = {states[n] for component in loops(edges) for n in component}
        entry = next(state for state in states if state in looping)
        start, classes = way(ways, entry)
        return Longest(None, start, (*classes, *self._around(entry, looping)))

    def _around(self, entry: int, inside: set[int]) -> tuple[int, ...]:
        """The classes of a shortest loop."""
        ways: Ways = {}
        queue = [entry]
        for state in queue:
            for class_, after in self.moves[state]:
                if after == entry:
                    return (*way({**ways, entry: None}, state)[1], class_)
                if after in inside and after not in ways:
                    ways[after] = state, class_
                    queue.append(after)
        raise AssertionError("the entry is on a loop")


def way(ways: Ways, state: int) -> tuple[int, tuple[int, ...]]:
    """The start from which a state is come to, and the classes that lead there."""
    classes: list[int] = []
    while (before := ways[state]) is not None:
        state, class_ = before
        classes.append(class_)
    return state, tuple(reversed(classes))

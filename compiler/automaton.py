"""The chain automaton: every walk a request can take through fallback chains, as states and moves.

A state is (pool, walked chain, position); a pool reached by a rule or by `follow` starts with nothing
walked. An error of a class the walked chain covers moves it one step; of a class it does not cover, the
pool's own chain for that class takes over; without one the error is returned to the client.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from interlock.dsl.policy import CLASSES, Chain, Fail, Follow, Policy, To
from interlock.dsl.record import record


@record
class Hop:
    """A request is at ``pool``. ``chain`` (an index into the policy's chains) is the one being walked, or
    None; ``position`` counts its hops done. ``next`` has a state, or None (returned), for each class."""

    pool: str
    chain: int | None
    position: int
    next: tuple[int | None, ...]


State = Hop | Fail


@record
class Automaton:
    """``start`` has the state in which a rule or `follow` enters each pool."""

    states: tuple[State, ...]
    start: Mapping[str, int]
    fails: Mapping[Fail, int]

    def state_of(self, to: To | Fail) -> int:
        """The state of a destination."""
        return self.fails[to] if isinstance(to, Fail) else self.start[to.pool]


def chain_taken(policy: Policy, hop: Hop, class_: str) -> int | None:
    """The chain (an index) that an error of a class moves along at a hop, or None where it is returned."""
    if hop.chain is not None and class_ in policy.chains[hop.chain].classes:
        return hop.chain
    return next((i for i, c in enumerate(policy.chains) if c.pool == hop.pool and class_ in c.classes), None)


def build(policy: Policy, destinations: Iterable[To | Fail]) -> Automaton:
    """The automaton of a policy: the states reached from ``destinations``, in their order, then those of
    every other pool."""
    own: dict[tuple[str, str], int] = {
        (chain.pool, class_): i for i, chain in enumerate(policy.chains) for class_ in chain.classes
    }
    covers = [frozenset(chain.classes) for chain in policy.chains]

    number: dict[tuple[str, int | None, int] | Fail, int] = {}
    queue: deque[tuple[str, int | None, int] | Fail] = deque()

    def enter(key: tuple[str, int | None, int] | Fail) -> int:
        if key not in number:
            number[key] = len(number)
            queue.append(key)
        return number[key]

    def step(chain: Chain, index: int, position: int) -> int:
        if position < len(chain.hops):
            return enter((chain.hops[position], index, position + 1))
        if isinstance(chain.end, Follow):
            return enter((chain.end.pool, None, 0))
        return enter(chain.end)

    states: list[State] = []

    def drain() -> None:
        while queue:
            key = queue.popleft()
            if isinstance(key, Fail):
                states.append(key)
                continue
            pool, walked, position = key
            moves: list[int | None] = []
            for class_ in CLASSES:
                if walked is not None and class_ in covers[walked]:
                    moves.append(step(policy.chains[walked], walked, position))
                elif (pool, class_) in own:
                    index = own[pool, class_]
                    moves.append(step(policy.chains[index], index, 0))
                else:
                    moves.append(None)
            states.append(Hop(pool, walked, position, tuple(moves)))

    for to in destinations:
        enter(to if isinstance(to, Fail) else (to.pool, None, 0))
    drain()
    for pool in policy.pools:
        enter((pool, None, 0))
        drain()
    start = {pool: number[pool, None, 0] for pool in policy.pools}
    return Automaton(tuple(states), start, {k: n for k, n in number.items() if isinstance(k, Fail)})

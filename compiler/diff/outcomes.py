"""What comes of a request in either version: which places in two chain automata lead to the same walks.

Names of pools are labels: two that serve the same, stick to the same key and fall back alike are the same place.
"""

from __future__ import annotations

from collections.abc import Hashable

from interlock.compiler.automaton import Automaton, Hop, State
from interlock.compiler.diff.side import Side
from interlock.dsl import policy as p


class Outcomes:
    """The states of both automata, divided into those that behave alike: the coarsest partition in which alike states
    serve alike and lead alike (Moore, "Gedanken-experiments on sequential machines", 1956)."""

    def __init__(self, old: Side, new: Side) -> None:
        """Takes the two versions."""
        self._sides = old, new
        looks: list[list[Hashable]] = [
            [serving(side, state.pool) if isinstance(state, Hop) else state for state in side.automaton.states]
            for side in (old, new)
        ]
        self._first = _numbered(looks)
        kinds = _numbered(
            [
                [(kind, _retry(side, state)) for kind, state in zip(first, side.automaton.states, strict=True)]
                for side, first in zip(self._sides, self._first, strict=True)
            ]
        )
        while True:
            finer = _numbered(
                [
                    [
                        (kind, tuple(None if t is None else kinds[at][t] for t in _next(side.automaton, n)))
                        for n, kind in enumerate(kinds[at])
                    ]
                    for at, side in enumerate(self._sides)
                ]
            )
            if _count(finer) == _count(kinds):
                break
            kinds = finer
        self._kinds = kinds

    def walks(self, side: int, to: p.To | p.Fail) -> int:
        """A number that destinations share if they serve alike and all walks from them are alike."""
        return self._kinds[side][self._sides[side].automaton.state_of(to)]

    def serving(self, side: int, to: p.To | p.Fail) -> int | None:
        """A number that destinations share if they serve alike, whatever errors lead to. None for a fail that the
        version itself does not name: what it does where no rule holds."""
        automaton = self._sides[side].automaton
        if isinstance(to, p.Fail) and to not in automaton.fails:
            return None
        return self._first[side][automaton.state_of(to)]


def serving(side: Side, name: str) -> Hashable:
    """How a pool serves: what two that are the same have in common. Its own name does not count."""
    pool = side.policy.pools[name]
    places = []
    for member in sorted(pool.members, key=lambda m: m.name):
        upstream = side.policy.upstreams[member.upstream]
        named = (upstream.name, upstream.provider, upstream.account, upstream.region)
        places.append((named, member.model))
    several = len(pool.members) > 1
    # Weights count by what they do: the table of the keys.
    return (tuple(places), pool.sticky if several else None, side.maglev.get(pool.name))


def _retry(side: Side, state: State) -> int:
    return side.policy.pools[state.pool].retry if isinstance(state, Hop) else 0


def _next(automaton: Automaton, state: int) -> tuple[int | None, ...]:
    here = automaton.states[state]
    return here.next if isinstance(here, Hop) else ()


def _numbered(keys: list[list[Hashable]]) -> list[list[int]]:
    """The same number for the same key."""
    numbers: dict[Hashable, int] = {}
    return [[numbers.setdefault(key, len(numbers)) for key in side] for side in keys]


def _count(kinds: list[list[int]]) -> int:
    return len({kind for side in kinds for kind in side})

"""The search for the request and the walk whose timeouts add up to the most (F205).

What a pool makes a request wait depends on the member its key picks. So the search starts with every pool at its
slowest, and fixes the pick of a pool on the longest walk where keys differ: the longest walk left is a bound on all
that it has not looked at, and the first one whose keys some request has is the answer (Land and Doig, "An automatic
method of solving discrete programming problems", Econometrica 1960).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count
from math import inf

from interlock.compiler.facts import Facts
from interlock.compiler.homes import EVERY_SLOT
from interlock.compiler.keyed import ANY, Keyed, Keys
from interlock.compiler.reach import Pick
from interlock.compiler.search import Incomplete
from interlock.compiler.walk_claims import patience
from interlock.compiler.walks import Longest, Walks
from interlock.dsl.record import record

_MAX_WORK = 600_000
"""Hops that may be looked at, more or less."""


@record
class Slowest:
    """A walk, a request that may take it, and the milliseconds of each of its hops."""

    walk: Longest
    request: Mapping[str, object]
    waits: tuple[int, ...]


class Waits:
    """What the pools of one policy can make a request wait."""

    def __init__(self, facts: Facts, walks: Walks, keyed: Keyed) -> None:
        """Takes the facts of any table, its walks and its keyed requests."""
        self._facts = facts
        self._walks = walks
        self._keyed = keyed
        self._by_pool: dict[str, list[tuple[int | None, Pick]]] = {}
        self.limit = _MAX_WORK // (100 + len(walks.states))
        """Combinations of picks that may be looked at."""

    def slowest(self, limit: int) -> Slowest | None:
        """The walk that takes longest, of those that take longer than ``limit`` and whose hops all have timeouts.

        Raises ``Incomplete``."""
        # Of equal bounds the one with the most picks fixed is the nearest to an answer.
        waiting: list[tuple[float, int, int, Sequence[int], Keys, Longest]] = []
        number = count()

        def bound(starts: Sequence[int], keys: Keys, depth: int) -> None:
            longest = self._walks.longest(starts, lambda pool: self._wait(pool, keys))
            if longest is not None and (longest.total is None or longest.total > limit):
                most = inf if longest.total is None else longest.total
                heappush(waiting, (-most, -depth, next(number), starts, keys, longest))

        bound(list(self._keyed.starts), ANY, 0)
        for _ in range(self.limit):
            if not waiting:
                return None
            _, depth, _, starts, keys, longest = heappop(waiting)
            if len(starts) > 1:
                bound([start for start in starts if start != longest.start], keys, -depth)
            states = self._walks.after(longest.start, longest.classes)
            fixed = self._undecided((self._walks.pool(s) for s in states), keys)
            if fixed is None:
                request = self._keyed.request(longest.start, keys)
                if request is not None:
                    waits = [self._wait(self._walks.pool(s), keys) or 0 for s in states]
                    return Slowest(longest, request, tuple(waits))
                continue
            for narrower in fixed:
                bound([longest.start], narrower, 1 - depth)
        raise Incomplete

    def _wait(self, pool: str, keys: Keys) -> int | None:
        """The longest wait at a pool for one of ``keys``; None where it is unknown for all of them."""
        return max((wait for wait, _ in self._picked(pool, keys) if wait is not None), default=None)

    def _picked(self, pool: str, keys: Keys) -> list[tuple[int | None, Pick]]:
        if pool not in self._by_pool:
            tries = 1 + self._facts.policy.pools[pool].retry
            picks = self._keyed.reach.picks(pool)
            once = [patience(self._facts.policy.upstreams[pick.member.upstream]) for pick in picks]
            waits = [None if ms is None else ms * tries for ms in once]
            self._by_pool[pool] = list(zip(waits, picks, strict=True))
        slots = dict(keys)
        return [(w, p) for w, p in self._by_pool[pool] if slots.get(p.sticky or "", EVERY_SLOT) & p.slots]

    def _undecided(self, pools: Iterable[str], keys: Keys) -> tuple[Keys, Keys] | None:
        """For the first pool where ``keys`` make a difference: those that wait the longest there, and the others."""
        for pool in pools:
            picked = self._picked(pool, keys)
            if len({wait for wait, _ in picked}) > 1:
                most = self._wait(pool, keys)
                sticky = picked[0][1].sticky
                assert sticky is not None  # else there would be one pick
                slow = sum(pick.slots for wait, pick in picked if wait == most)
                before = dict(keys).get(sticky, EVERY_SLOT)
                return _with(keys, sticky, before & slow), _with(keys, sticky, before & ~slow)
        return None


def _with(keys: Keys, sticky: str, slots: int) -> Keys:
    return tuple(sorted({**dict(keys), sticky: slots}.items()))

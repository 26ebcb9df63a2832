"""The search for walks that try one place and model twice (F203).

Whether two pools can try the same is a question of keys: the Maglev entries that one key picks by in both. What lies
between the two tries does not matter, as long as the walk visits no state twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from interlock.compiler.automaton import Hop
from interlock.compiler.homes import EVERY_SLOT
from interlock.compiler.loops import loops
from interlock.compiler.maglev import sorted_members
from interlock.compiler.search import Incomplete
from interlock.compiler.table import Table
from interlock.compiler.walks import Walks
from interlock.dsl.policy import UNAVAILABLE, Member, Policy
from interlock.dsl.record import record

MAX_WORK = 2_000_000
"""Moves that the searches of one policy may look at, where its chains have loops."""

Try = tuple[str, str | None, str | None, tuple[str, str] | None, str]
"""What one attempt goes to: provider, account, region, endpoint, and the model."""


@record
class Repeat:
    """A walk: from ``start`` along ``classes``, the last of which leads to the later try; the hop ``earlier`` (how
    many moves from the start) tries the same."""

    start: int
    classes: tuple[int, ...]
    earlier: int


def try_of(policy: Policy, member: Member) -> Try:
    """What an attempt at a member goes to."""
    upstream = policy.upstreams[member.upstream]
    return upstream.provider, upstream.account, upstream.region, upstream.endpoint, member.model


class Repeats:
    """The repeating walks of one table."""

    def __init__(self, table: Table, walks: Walks) -> None:
        """Takes any table and its walks."""
        self._table = table
        self._walks = walks
        self._left = MAX_WORK
        self._kinds: dict[str, int] = {}
        """Pools of equal members are of one kind."""
        self._sharing = self._share()
        states = range(len(walks.states))
        self._kind = [self._kinds[walks.pool(s)] if isinstance(walks.states[s], Hop) else 0 for s in states]
        self._back: list[dict[int, int]] = [{} for _ in states]
        """The states that lead to each state, with the least class; those of `unavailable` are the least."""
        for state in states:
            for class_, after in reversed(walks.moves[state]):
                self._back[after][state] = class_
        self._starts = frozenset(table.automaton.start.values())
        self._looping: set[int] = set().union(*loops([[t for _, t in walks.moves[s]] for s in states]))
        self._before = self._failed_before()
        count = [0] * len(self._sharing)
        for state in states:
            if isinstance(walks.states[state], Hop):
                count[self._kind[state]] += 1
        self._alike = [sum(count[kind] for kind in _bits(kinds)) for kinds in self._sharing]
        """By kind how many states there are where the same can be tried."""

    def moves(self) -> Mapping[int, Sequence[tuple[int, int]]]:
        """By chain (an index) the moves (state and class) along it that may repeat a try, in the order of the chain:
        all that do, and where there are loops perhaps others."""
        found: dict[int, list[tuple[int, int, int]]] = {}
        for state, moves in enumerate(self._walks.moves):
            for class_, after in moves:
                kind = self._kind[after]
                if self._failed(state, class_) & self._sharing[kind] and self._alike[kind] > 1:
                    chain, place = self._walks.chain(state, class_)
                    found.setdefault(chain, []).append((place, state, class_))
        return {chain: [(state, class_) for _, state, class_ in sorted(found[chain])] for chain in sorted(found)}

    def shared(self, one: str, two: str) -> dict[Try, int]:
        """What two pools try both for some key, with the Maglev entries by which they do."""
        there = self._tries(two)
        both = {tried: entries & there.get(tried, 0) for tried, entries in self._tries(one).items()}
        return {tried: entries for tried, entries in both.items() if entries}

    def find(self, state: int, class_: int, starts: frozenset[int] | None = None) -> Repeat | None:
        """A walk from one of ``starts`` (any pool) whose last move is this one and which repeats a try; nearly a
        shortest one. Raises ``Incomplete``."""
        after = dict(self._walks.moves[state])[class_]
        if after == state:
            return None
        starts = self._starts if starts is None else starts
        found = self._nearest(state, class_, after, starts)
        if found is None and self._looping:
            found = self._any(state, class_, after, starts)
        return found

    # ── which pools can try the same ──

    def _tries(self, pool: str) -> dict[Try, int]:
        """By what is tried, the Maglev entries that pick it."""
        members = sorted_members(self._table.policy.pools[pool])
        slots = [EVERY_SLOT] if len(members) == 1 else [0] * len(members)
        if len(members) > 1:
            for entry, picked in enumerate(self._table.maglev[pool]):
                slots[picked] |= 1 << entry
        tries: dict[Try, int] = {}
        for member, entries in zip(members, slots, strict=True):
            tried = try_of(self._table.policy, member)
            tries[tried] = tries.get(tried, 0) | entries
        return tries

    def _share(self) -> list[int]:
        """By kind the bit-set of kinds that can try the same as it does."""
        known: dict[tuple[tuple[str, int], ...], int] = {}
        by_try: dict[Try, list[tuple[int, int]]] = {}
        for pool in self._table.policy.pools.values():
            key = tuple((m.name, m.weight) for m in sorted_members(pool))
            if key not in known:
                known[key] = len(known)
                for tried, entries in self._tries(pool.name).items():
                    by_try.setdefault(tried, []).append((known[key], entries))
            self._kinds[pool.name] = known[key]
        sharing = [1 << kind for kind in range(len(known))]
        for some in by_try.values():
            always = sum(1 << kind for kind, entries in some if entries == EVERY_SLOT)
            for kind, entries in some:
                sharing[kind] |= always if entries == EVERY_SLOT else 0
                for other, there in some if entries != EVERY_SLOT else ():
                    if entries & there:
                        sharing[kind] |= 1 << other
                        sharing[other] |= 1 << kind
        return sharing

    def _failed(self, state: int, class_: int) -> int:
        """The kinds that some walk has left by an error of `unavailable` after this move, loops walked through."""
        return self._before[state] | (1 << self._kind[state] if class_ < len(UNAVAILABLE) else 0)

    def _failed_before(self) -> list[int]:
        self._before = [0] * len(self._walks.states)
        waiting = [s for s, moves in enumerate(self._walks.moves) if moves]
        while waiting:
            state = waiting.pop()
            for class_, after in self._walks.moves[state]:
                failed = self._failed(state, class_)
                if failed & ~self._before[after]:
                    self._before[after] |= failed
                    waiting.append(after)
        return self._before

    # ── walks that visit no state twice ──

    def _nearest(self, state: int, class_: int, after: int, starts: frozenset[int]) -> Repeat | None:
        """The nearest earlier try with a start before it, where the ways do not cross. Without loops no ways do."""
        kinds = self._sharing[self._kind[after]]
        ahead: dict[int, tuple[int, int]] = {state: (class_, after)}
        queue = [state]
        for here in queue:  # grows while it is read: breadth first
            if ahead[here][0] < len(UNAVAILABLE) and kinds >> self._kind[here] & 1:
                path = [here]
                while path[-1] != after:
                    path.append(ahead[path[-1]][1])
                found = self._started(path, [ahead[s][0] for s in path[:-1]], starts)
                if found is not None:
                    return found
            for before, by in self._back[here].items():
                # Without loops this leads to an earlier try for certain.
                if before not in ahead and before != after and self._failed(before, by) & kinds:
                    ahead[before] = by, here
                    queue.append(before)
        self._left -= len(queue)
        return None

    def _started(self, path: list[int], classes: list[int], starts: frozenset[int]) -> Repeat | None:
        """The walk with the nearest way from a start to its first state that does not touch the rest of it."""
        ahead: dict[int, tuple[int, int]] = {}
        seen = set(path)
        queue = [path[0]]
        for here in queue:
            if here in starts:
                way = []
                start = here
                while here != path[0]:
                    class_, here = ahead[here]
                    way.append(class_)
                return Repeat(start, (*way, *classes), len(way))
            for before, class_ in self._back[here].items():
                if before not in seen:
                    seen.add(before)
                    ahead[before] = class_, here
                    queue.append(before)
        return None

    def _any(self, state: int, class_: int, after: int, starts: frozenset[int]) -> Repeat | None:
        """Tries every way back from the move, as long as both an earlier try and a start may lie on it."""
        kinds = self._sharing[self._kind[after]]
        path, classes = [state, after], [class_]  # the end of a walk, growing from its front
        if self._is_earlier(state, class_, kinds) and (found := self._started(path, classes, starts)):
            return found
        if not self._promising(path, kinds, starts):
            return None
        ways = [iter(self._back[state].items())]
        while ways:
            step = next(ways[-1], None)
            if step is None:
                ways.pop()
                path, classes = path[1:], classes[1:]
            elif step[0] not in path:
                longer, along = [step[0], *path], [step[1], *classes]
                if self._is_earlier(*step, kinds) and (found := self._started(longer, along, starts)):
                    return found
                if self._promising(longer, kinds, starts):
                    path, classes = longer, along
                    ways.append(iter(self._back[path[0]].items()))
        return None

    def _is_earlier(self, state: int, class_: int, kinds: int) -> bool:
        return class_ < len(UNAVAILABLE) and bool(kinds >> self._kind[state] & 1)

    def _promising(self, path: list[int], kinds: int, starts: frozenset[int]) -> bool:
        """Whether, some moves before the first state of a path, there is an earlier try that a start leads to.

        Raises ``Incomplete``."""
        behind = {*path}
        queue = [path[0]]
        for here in queue:
            fresh = [before for before in self._back[here] if before not in behind]
            behind.update(fresh)
            queue += fresh
        behind.difference_update(path)
        reached = {s for s in queue if s in starts and s != path[0]}
        behind.add(path[0])
        started = [*reached]
        self._left -= len(queue)
        if self._left < 0:
            raise Incomplete
        for here in started:
            for by, after in self._walks.moves[here]:
                if after in behind:
                    if self._is_earlier(here, by, kinds):
                        return True
                    if after not in reached and after != path[0]:
                        reached.add(after)
                        started.append(after)
        return False


def _bits(bits: int) -> Iterator[int]:
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1

"""Plain twins of the analyses of chains and of keys: every walk is walked, every key tried.

They look at nothing but the reference evaluator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from interlock.compiler.reference import State, Values, step
from interlock.compiler.reference_pick import SLOTS, maglev, pick
from interlock.dsl import policy as p
from interlock.dsl.policy import CLASSES, UNAVAILABLE
from interlock.dsl.source import Span
from tests.oracle.brute import Place, first_pool, place_of

MOST_STEPS = 30_000
"""Steps of walks that visit no state twice; policies with more are left out."""

Written = tuple[str, int]
"""A file and an offset: where something is declared or a hop written."""


def at(span: Span) -> Written:
    """Where a span starts."""
    return span.file, span.start


def enter(pool: str) -> State:
    """The state in which a rule or `follow` enters a pool."""
    return State(pool, None, 0, 0, None)


def moves(policy: p.Policy, state: State) -> Iterator[tuple[str, State, p.Chain, int]]:
    """The ways on to another hop: the class, the state, and the chain with which of its places is moved to."""
    for error in CLASSES:
        after = step(policy, state, error)
        if after.pool is not None:
            if state.walked is not None and error in state.walked.classes:
                yield error, after, state.walked, state.position
            else:
                (chain,) = (c for c in policy.chains if c.pool == state.pool and error in c.classes)
                yield error, after, chain, 0


def reachable(policy: p.Policy, start: State) -> list[State]:
    """A state and all that walks from it come to."""
    found = {place_of(policy, start): start}
    todo = [start]
    while todo:
        for _, after, _, _ in moves(policy, todo.pop()):
            if place_of(policy, after) not in found:
                found[place_of(policy, after)] = after
                todo.append(after)
    return list(found.values())


# ── F203 ─────────────────────────────────────────────────────────────────────────────────────────────


def repeating_chains(policy: p.Policy) -> dict[Written, set[str]] | None:
    """F203: the declared chains that lead to a place and model that was tried before and failed there, each with the
    pools that the chain is of; None where there are too many walks."""
    states = [state for pool in policy.pools for state in reachable(policy, enter(pool))]
    ahead = {
        place_of(policy, state): {
            (error in UNAVAILABLE, place_of(policy, after), at(chain.span), chain.pool)
            for error, after, chain, _ in moves(policy, state)
        }
        for state in states
    }
    same = same_tries(policy)
    found: dict[Written, set[str]] = {}
    left = MOST_STEPS

    def visit(place: Place, seen: frozenset[Place], failed: frozenset[str]) -> bool:
        nonlocal left
        left -= len(ahead[place])
        for unavailable, after, declared, pool in ahead[place]:
            now = failed | {place[0]} if unavailable else failed
            if after not in seen:
                if any((earlier, after[0]) in same for earlier in now):
                    found.setdefault(declared, set()).add(pool)
                if left < 0 or not visit(after, seen | {after}, now):
                    return False
        return True

    first = [place_of(policy, enter(pool)) for pool in policy.pools]
    return found if all(visit(place, frozenset({place}), frozenset()) for place in first) else None


def same_tries(policy: p.Policy) -> set[tuple[str, str]]:
    """The pairs of pools in which some one key picks the same place and model."""
    several = {name: pool for name, pool in policy.pools.items() if len(pool.members) > 1}
    sorted_ = {n: sorted(pool.members, key=lambda m: m.name.encode()) for n, pool in several.items()}
    tables = {name: maglev(members) for name, members in sorted_.items()}
    same = set()
    for picks in {tuple(tables[name][slot] for name in several) for slot in range(SLOTS)}:
        member = {name: pool.members[0] for name, pool in policy.pools.items()}
        member |= {name: sorted_[name][i] for name, i in zip(several, picks, strict=True)}
        tried = {name: _tried(policy, member[name]) for name in policy.pools}
        same |= {(one, two) for one in tried for two in tried if tried[one] == tried[two]}
    return same


def _tried(policy: p.Policy, member: p.Member) -> tuple[object, ...]:
    upstream = policy.upstreams[member.upstream]
    return upstream.provider, upstream.account, upstream.region, upstream.endpoint, member.model


# ── F204 and F205 ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Start:
    """Requests that are alike to chains: their first pool, and the member their keys pick in each pool."""

    pool: str
    members: tuple[tuple[str, p.Member], ...]

    def member(self, pool: str | None) -> p.Member:
        return dict(self.members)[str(pool)]


def starts(policy: p.Policy, requests: Sequence[Values]) -> list[Start]:
    """Every kind of request that a rule sends to a pool."""
    found: dict[object, Start] = {}
    for values in requests:
        first = first_pool(policy, values)
        if first is not None:
            members = {
                name: pick(pool, None if pool.sticky is None else values[pool.sticky])
                for name, pool in policy.pools.items()
            }
            found[first, tuple(m.name for m in members.values())] = Start(first, tuple(members.items()))
    return list(found.values())


def longest(policy: p.Policy, start: str, weight: Callable[[str], int | None]) -> float:
    """The most that the hops of a walk weigh together, infinite where it has a loop; a pool that weighs None is on
    no walk. -1 where the first one does."""
    known: dict[Place, float] = {}

    def best(state: State, seen: list[Place]) -> float:
        place = place_of(policy, state)
        if place in seen:
            return inf
        if place not in known:
            mine = weight(str(state.pool))
            further = moves(policy, state) if mine is not None else ()
            ahead = [max(0, best(after, [*seen, place])) for _, after, _, _ in further]
            known[place] = -1 if mine is None else mine + max(ahead, default=0)
        return known[place]

    return best(enter(start), [])


def most_attempts(policy: p.Policy, starts: Sequence[Start]) -> float:
    """F204: the most attempts of one request."""
    pools = {start.pool for start in starts}
    return max((longest(policy, pool, lambda name: 1 + policy.pools[name].retry) for pool in pools), default=0)


def retrying_pools(policy: p.Policy, starts: Sequence[Start]) -> set[Written]:
    """F204: the declared pools that some request reaches and that retry more than once."""
    reached = {s.pool for start in starts for s in reachable(policy, enter(start.pool))}
    return {at(pool.span) for pool in policy.pools.values() if pool.name in reached and pool.retry > 1}


def longest_wait(policy: p.Policy, starts: Sequence[Start]) -> float:
    """F205: the most milliseconds that the timeouts of a walk add up to, where every hop of it has some."""

    def longest_of(start: Start) -> float:
        def wait(name: str) -> int | None:
            timeouts = policy.upstreams[start.member(name).upstream].timeouts
            once = timeouts.get("total")
            if once is None and "connect" in timeouts and "first_token" in timeouts:
                once = timeouts["connect"] + timeouts["first_token"]
            return None if once is None else once * (1 + policy.pools[name].retry)

        return longest(policy, start.pool, wait)

    return max(map(longest_of, starts), default=0)


# ── F206 and F209 ────────────────────────────────────────────────────────────────────────────────────


def single_domains(policy: p.Policy, starts: Sequence[Start]) -> dict[str, tuple[str | None, str | None]]:
    """F206: the pools that requests start in whose walks are all at one provider or in one region, with these."""
    places: dict[str, set[tuple[str, str | None]]] = {}
    for start in starts:
        for state in reachable(policy, enter(start.pool)):
            upstream = policy.upstreams[start.member(state.pool).upstream]
            places.setdefault(start.pool, set()).add((upstream.provider, upstream.region))
    found = {}
    for pool, some in places.items():
        providers, regions = {provider for provider, _ in some}, {region for _, region in some}
        provider = providers.pop() if len(providers) == 1 else None
        region = regions.pop() if len(regions) == 1 else None
        if provider is not None or region is not None:
            found[pool] = provider, region
    return found


def cliffs(policy: p.Policy, starts: Sequence[Start]) -> set[tuple[Written, str, str]]:
    """F209: where a later hop is written, the model of the first hop and that of the later one, which costs more than
    three times as much."""
    found = set()
    for start in starts:
        first = start.member(start.pool).model
        for state in reachable(policy, enter(start.pool)):
            for _, after, chain, place in moves(policy, state):
                later = start.member(after.pool).model
                cheap, dear = (policy.models[model].prices.get("input") for model in (first, later))
                if cheap is not None and dear is not None and dear > 3 * cheap:
                    found.add((at(chain.places[place]), first, later))
    return found


# ── C304, C305, C306 ─────────────────────────────────────────────────────────────────────────────────


def absent_keys(policy: p.Policy) -> set[Written]:
    """C304: declared pools of several members that are sticky by an optional attribute."""
    return {at(pool.span) for pool, key in _sticky(policy) if key.optional}


def coarse_keys(policy: p.Policy) -> set[Written]:
    """C305: declared pools of several members that are sticky by an enum or a bool."""
    return {at(pool.span) for pool, key in _sticky(policy) if isinstance(key.type, p.EnumType | p.BoolType)}


def _sticky(policy: p.Policy) -> list[tuple[p.Pool, p.Attribute]]:
    pools = [pool for pool in policy.pools.values() if len(pool.members) > 1]
    return [(pool, policy.attributes[pool.sticky]) for pool in pools if pool.sticky is not None]


def unpinned(policy: p.Policy) -> set[tuple[Written, Written]]:
    """C306: declared pools that rules name, with the declared upstreams without a region that they serve."""
    named = set()
    for rule in policy.rules:
        to = [rule.to.pool] if isinstance(rule.to, p.To) else []
        to += [pool for _, pool in rule.to.pools] if isinstance(rule.to, p.ToIndexed) else []
        named |= {at(policy.pools[pool].span) for pool in to}
    return {
        (at(pool.span), at(upstream.span))
        for pool in policy.pools.values()
        for upstream in (policy.upstreams[member.upstream] for member in pool.members)
        if at(pool.span) in named and upstream.region is None
    }

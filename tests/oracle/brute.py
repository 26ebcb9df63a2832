"""Plain twins of the analyses: the definitions of the findings, tried on every class of request.

Where an analysis searches, these enumerate; they look at nothing but the reference evaluator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from interlock.compiler.reference import State, Values, holds, matching_rule, step
from interlock.compiler.reference_pick import pick
from interlock.dsl import policy as p
from interlock.dsl.policy import CLASSES, UNAVAILABLE

Home = tuple[str, str | None, str | None]
Place = tuple[str, int | None, int]
"""A state of the chain automaton: the pool, the walked chain (its index in the policy), the position."""


# ── R101, R102, R106, R103 ───────────────────────────────────────────────────────────────────────────


def dead_rules(policy: p.Policy, requests: Sequence[Values]) -> set[tuple[str, str]]:
    """The (code, rule) of every rule that decides no request: R102 where its predicate can hold for none,
    R101 where earlier rules take all of them, R106 for either in a ladder."""
    holding = {rule.name for rule in policy.rules for values in requests if holds(rule.when, values)}
    deciding = {rule.name for rule in (matching_rule(policy, v) for v in requests) if rule is not None}
    found = set()
    for rule in policy.rules:
        if rule.name not in deciding:
            code = "R101" if rule.name in holding else "R102"
            found.add(("R106" if rule.ladder is not None else code, rule.name))
    return found


def has_gap(policy: p.Policy, requests: Sequence[Values]) -> bool:
    """R103: whether some request meets no rule."""
    return any(matching_rule(policy, values) is None for values in requests)


# ── F201, F202 ───────────────────────────────────────────────────────────────────────────────────────


def loops(policy: p.Policy) -> set[Place]:
    """F201: the states that some walk from some pool enters twice."""
    found = set()
    for place, state in _reached(policy, [State(pool, None, 0, 0, None) for pool in policy.pools]).items():
        following = [step(policy, state, error) for error in CLASSES]
        if place in _reached(policy, [s for s in following if s.pool is not None]):
            found.add(place)
    return found


def loop_groups(policy: p.Policy) -> list[list[p.Chain]]:
    """For each set of states on loops that lead to each other, the chains that moves between them take."""
    everywhere = _reached(policy, [State(pool, None, 0, 0, None) for pool in policy.pools])
    ahead = {place: set(_reached(policy, [everywhere[place]])) for place in loops(policy)}
    groups = {frozenset(b for b in ahead if b in ahead[a] and a in ahead[b]) for a in ahead}
    found = []
    for group in groups:
        taken = []
        for place in group:
            for error in CLASSES:
                after = step(policy, everywhere[place], error)
                if after.pool is not None and place_of(policy, after) in group:
                    walked, pool = everywhere[place].walked, everywhere[place].pool
                    covered = walked is not None and error in walked.classes
                    own = [c for c in policy.chains if c.pool == pool and error in c.classes]
                    taken.append(walked if covered and walked is not None else own[0])
        found.append(taken)
    return found


def open_states(policy: p.Policy, requests: Sequence[Values]) -> set[tuple[str, str]]:
    """F202: the (pool, class) of every state that some request can reach in which an error of a class of
    `unavailable` is returned to the client."""
    found = set()
    starts = {start for start in (first_pool(policy, values) for values in requests) if start is not None}
    for state in _reached(policy, [State(pool, None, 0, 0, None) for pool in starts]).values():
        for error in UNAVAILABLE:
            if step(policy, state, error).returned is not None:
                assert state.pool is not None
                found.add((state.pool, error))
    return found


def place_of(policy: p.Policy, state: State) -> Place:
    """Which state of the automaton this is, whatever walk led to it."""
    assert state.pool is not None
    chain = next((i for i, chain in enumerate(policy.chains) if chain is state.walked), None)
    return state.pool, chain, state.position


def _reached(policy: p.Policy, starts: Iterable[State]) -> dict[Place, State]:
    found: dict[Place, State] = {}
    todo = list(starts)
    while todo:
        state = todo.pop()
        if state.pool is not None and place_of(policy, state) not in found:
            found[place_of(policy, state)] = state
            todo += [step(policy, state, error) for error in CLASSES]
    return found


def first_pool(policy: p.Policy, values: Values) -> str | None:
    """The pool that a request starts in, if any."""
    rule = matching_rule(policy, values)
    if rule is None or isinstance(rule.to, p.Fail):
        return None
    if isinstance(rule.to, p.To):
        return rule.to.pool
    return dict(rule.to.pools)[str(values[rule.to.attribute])]


# ── C301, C303 ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Turn:
    """A request, and the model and home of its first hop."""

    values: Values
    model: str
    home: Home


def unsticky_pools(policy: p.Policy) -> set[str]:
    """C303: pools of several members without `sticky by`, or with one model in several homes and sticky by
    an attribute that is not per session."""
    found = set()
    for pool in policy.pools.values():
        homes: dict[str, set[Home]] = {}
        for member in pool.members:
            homes.setdefault(member.model, set()).add(_home(policy, member))
        wandering = any(len(some) > 1 for some in homes.values())
        stable = pool.sticky is not None and policy.attributes[pool.sticky].stability == "per session"
        if len(pool.members) > 1 and (pool.sticky is None or (wandering and not stable)):
            found.add(pool.name)
    return found


def split_models(policy: p.Policy, requests: Sequence[Values]) -> set[str]:
    """C301: models that, with all per-session and rising attributes fixed, have two homes."""
    fixed = [name for name, a in policy.attributes.items() if a.stability != "per turn"]
    homes: dict[tuple[object, ...], set[Home]] = {}
    split = set()
    for turn in turns(policy, requests):
        key = (turn.model, *(turn.values[name] for name in fixed))
        homes.setdefault(key, set()).add(turn.home)
        if len(homes[key]) > 1:
            split.add(turn.model)
    return split


def turns(policy: p.Policy, requests: Sequence[Values]) -> Iterator[Turn]:
    """The first hop of each request that has one; a pool that C303 reports picks its first member."""
    unsticky = unsticky_pools(policy)
    for values in requests:
        first = first_pool(policy, values)
        if first is not None:
            pool = policy.pools[first]
            key = None if pool.sticky is None else values[pool.sticky]
            member = pool.members[0] if pool.name in unsticky else pick(pool, key)
            yield Turn(values, member.model, _home(policy, member))


def _home(policy: p.Policy, member: p.Member) -> Home:
    upstream = policy.upstreams[member.upstream]
    return upstream.provider, upstream.account, upstream.region

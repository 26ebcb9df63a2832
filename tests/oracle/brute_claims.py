"""Plain twins of the analyses of claims: F207, F208, A401 and A402 by their definitions, tried on every request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil

from interlock.compiler.reference import State, Values, holds, matching_rule, step
from interlock.compiler.reference_pick import pick
from interlock.dsl import policy as p
from interlock.dsl.policy import CLASSES, UNAVAILABLE

Hop = tuple[str, int | None, int]
"""Where a hop is written: the pool, the walked chain (its index in the policy) and the position in it."""

MOST_MOVES = 9
"""Longer walks are not followed; the literals of the generated tests are all passed long before."""


def predicates(policy: p.Policy) -> list[p.Expr]:
    """All that decides about claims, for classes fine enough."""
    found: list[p.Expr] = [*(a.when for a in policy.asserts), *(r.when for r in policy.requires)]
    for require in policy.requires:
        if require.context is not None:
            attribute = policy.attributes[require.context]
            if attribute.optional:
                found.append(p.Has(attribute.name, require.span))
            for model in policy.models.values():
                if model.context is not None:
                    least = int(Fraction(model.context) / (1 + Fraction(attribute.error or 0, 10_000))) - 2
                    while not _beyond(least, attribute.error, model.context):
                        least += 1
                    found.append(p.Between(attribute.name, least, None, require.span))
    return found


def _beyond(tokens: int, error: int | None, context: int) -> bool:
    return ceil(tokens * (1 + Fraction(error or 0, 10_000))) > context


def shortfalls(policy: p.Policy, requests: Sequence[Values]) -> set[tuple[int, Hop, str]]:
    """F207 and F208: (requirement, hop, model) of every hop that is wrong for some request that can reach it."""
    found = set()
    for number, require in enumerate(policy.requires):
        for values in requests:
            if holds(require.when, values):
                for hop, member, _ in hops(policy, values):
                    if lacks(policy, require, values, member):
                        found.add((number, hop, member.model))
    return found


def lacks(policy: p.Policy, require: p.Require, values: Values, member: p.Member) -> bool:
    """Whether a requirement fails for a request at a member."""
    model, upstream = policy.models[member.model], policy.upstreams[member.upstream]
    if require.context is None:
        return require.capability not in (*model.supports, *upstream.supports)
    tokens = values[require.context]
    if tokens is None:
        return False
    assert isinstance(tokens, int)
    return model.context is None or _beyond(tokens, policy.attributes[require.context].error, model.context)


def hops(policy: p.Policy, values: Values, classes: Sequence[str] = CLASSES) -> Iterator[tuple[Hop, p.Member, bool]]:
    """Every hop a request can reach: where it is written, what is picked there, whether it is the first."""
    first = _start(policy, values)
    seen: set[Hop] = set()
    todo = [] if first is None else [first]
    while todo:
        state = todo.pop()
        if state.pool is None or written(policy, state) in seen:
            continue
        seen.add(written(policy, state))
        yield written(policy, state), _picked(policy, state.pool, values), state is first
        todo += [step(policy, state, error) for error in classes]


def written(policy: p.Policy, state: State) -> Hop:
    """The state, whatever walk led to it."""
    assert state.pool is not None
    return state.pool, None if state.walked is None else policy.chains.index(state.walked), state.position


def broken(policy: p.Policy, item: p.Assert, requests: Sequence[Values]) -> bool:
    """A401: whether some request meeting `when` breaks an assertion."""
    known: dict[object, bool] = {}
    for values in requests:
        if holds(item.when, values):
            # Nothing else of a request matters for its walks.
            start = _start(policy, values)
            key = start and start.pool, *(_picked(policy, pool, values).name for pool in policy.pools)
            if key not in known:
                known[key] = breaks(policy, item, values)
            if known[key]:
                return True
    return False


def breaks(policy: p.Policy, item: p.Assert, values: Values) -> bool:
    """Whether one request, which meets `when`, does."""
    if item.quantifier != "chain":
        return any(
            not passes(item, field(policy, item, hop[0], member))
            for hop, member, first in hops(policy, values)
            if first or item.quantifier == "every"
        )
    start = _start(policy, values)
    return start is not None and any(not passes(item, m) for m in measures(policy, item, values, start, []))


def measures(policy: p.Policy, item: p.Assert, values: Values, state: State, path: list[str]) -> Iterator[int | None]:
    """The measure of every complete walk of at most MOST_MOVES moves."""
    assert state.pool is not None
    path = [*path, state.pool]
    if len(path) > MOST_MOVES:
        return
    if any(step(policy, state, error).pool is None for error in UNAVAILABLE):
        yield measure(policy, item, values, path)
    following = {}
    for error in UNAVAILABLE:
        after = step(policy, state, error)
        if after.pool is not None:
            following[written(policy, after)] = after
    for after in following.values():
        yield from measures(policy, item, values, after, path)


def measure(policy: p.Policy, item: p.Assert, values: Values, pools: Sequence[str]) -> int | None:
    """A measure of a walk along some pools; None if it is unknown."""
    members = [_picked(policy, pool, values) for pool in pools]
    upstreams = [policy.upstreams[member.upstream] for member in members]
    retries = [1 + policy.pools[pool].retry for pool in pools]
    match item.field:
        case "hops":
            return len(pools)
        case "attempts":
            return sum(retries)
        case "providers":
            return len({upstream.provider for upstream in upstreams})
        case "regions":
            regions = [upstream.region for upstream in upstreams]
            return None if None in regions else len(set(regions))
    total = 0
    for upstream, tries in zip(upstreams, retries, strict=True):
        limits = upstream.timeouts
        if "total" in limits:
            total += tries * limits["total"]
        elif "connect" in limits and "first_token" in limits:
            total += tries * (limits["connect"] + limits["first_token"])
        else:
            return None
    return total


def passes(item: p.Assert, value: str | int | None) -> bool:
    """The test of an assertion."""
    if value is None:
        return False
    if item.op in ("==", "in"):
        return value in item.values
    if item.op in ("!=", "not in"):
        return value not in item.values
    literal = item.values[0]
    assert isinstance(value, int)
    assert isinstance(literal, int)
    return {"<": value < literal, "<=": value <= literal, ">": value > literal, ">=": value >= literal}[item.op]


def field(policy: p.Policy, item: p.Assert, pool: str, member: p.Member) -> str | int | None:
    """The field of a hop that an assertion speaks of."""
    upstream = policy.upstreams[member.upstream]
    fields = {
        "pool": pool,
        "upstream": member.upstream,
        "provider": upstream.provider,
        "account": upstream.account,
        "region": upstream.region,
        "model": member.model,
        "context": policy.models[member.model].context,
    }
    return fields[item.field]


def _start(policy: p.Policy, values: Values) -> State | None:
    rule = matching_rule(policy, values)
    if rule is None or isinstance(rule.to, p.Fail):
        return None
    pool = rule.to.pool if isinstance(rule.to, p.To) else dict(rule.to.pools)[str(values[rule.to.attribute])]
    return State(pool, None, 0, 0, None)


def _picked(policy: p.Policy, name: str, values: Values) -> p.Member:
    pool = policy.pools[name]
    return pick(pool, None if pool.sticky is None else values[pool.sticky])

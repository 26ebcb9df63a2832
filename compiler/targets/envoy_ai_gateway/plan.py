"""What a policy becomes: rules of the route, by matches of headers or by the header that a filter before them sets."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.reference_pick import pick
from interlock.compiler.targets.envoy_ai_gateway.backends import slugs
from interlock.compiler.targets.envoy_ai_gateway.cells import Test, Unsaid
from interlock.compiler.targets.envoy_ai_gateway.ends import Answers
from interlock.compiler.targets.envoy_ai_gateway.matches import Match, Rank, matches_of
from interlock.compiler.targets.envoy_ai_gateway.walks import Way, way_of
from interlock.dsl.policy import Fail, Member, Policy, Pool, To, ToIndexed
from interlock.dsl.record import record

HEADER = "x-interlock-pool"
"""What the filter says with: the name of a rule."""
MAX_RULES, MAX_MATCHES = 15, 128
EACH_TIME = "x-request-id"
"""A key that is another one for each request: who is picked by it is picked by weight."""


@record
class RouteRule:
    """A rule of the route. ``way`` None: without backends, which answers ``fail``. ``levels`` are the members of each
    pool of the way that can be picked."""

    name: str
    matches: tuple[Match, ...]
    way: Way | None
    levels: tuple[tuple[Member, ...], ...]
    fail: Fail | None = None


@record
class Plan:
    """``reason`` says why matches cannot say it, and a filter decides; None where they do. ``picked`` is the name of
    the rule for each pool, upstream and model that is first asked."""

    reason: str | None
    rules: tuple[RouteRule, ...]
    picked: dict[tuple[str, str, str], str]

    @property
    def answers(self) -> Answers:
        """Who gives the policy's own answers."""
        if self.reason is not None:
            return "filter"
        return "nobody" if any(match.asks_model for rule in self.rules for match in rule.matches) else "override"


def plan_of(policy: Policy) -> Plan:
    """The plan for a policy."""
    try:
        return Plan(None, tuple(_native(policy)), {})
    except Unsaid as unsaid:
        return _by_header(policy, str(unsaid))


def members_of(pool: Pool) -> tuple[Member, ...]:
    """The members that a pool's key can pick: without a key it is always the same one."""
    return (pick(pool, None),) if pool.sticky is None else tuple(pool.members)


def by_weight(policy: Policy, pool: Pool) -> bool:
    """Whether picking by weight, anew for each request, is what the pool does."""
    if pool.sticky is None or len(pool.members) == 1:
        return True
    attribute = policy.attributes[pool.sticky]
    source = attribute.source
    return source is not None and source[0] == "header" and source[1].lower() == EACH_TIME


def entries(policy: Policy) -> list[str]:
    """The pools that a request can first come to."""
    found = []
    for to in (*(rule.to for rule in policy.rules), policy.invalid):
        if isinstance(to, To):
            found.append(to.pool)
        elif isinstance(to, ToIndexed):
            found += [pool for _, pool in to.pools]
    return list(dict.fromkeys(found))


def _native(policy: Policy) -> Iterator[RouteRule]:
    groups: dict[Rank, list[Match]] = {}
    for rank, match in matches_of(policy):
        groups.setdefault(rank, []).append(match)
    parts = [
        (group[0].to, group[at : at + MAX_MATCHES])
        for _, group in sorted(groups.items())
        for at in range(0, len(group), MAX_MATCHES)
    ]
    if len(parts) > MAX_RULES:
        raise Unsaid(f"it takes {len(parts)} rules, and a route has at most {MAX_RULES}")
    if any(len(match.tests) > 16 for _, group in parts for match in group):
        raise Unsaid("a match has at most 16 headers")
    names = _names([f"fail-{to.status}" if isinstance(to, Fail) else to for to, _ in parts])
    for (to, group), name in zip(parts, names, strict=True):
        if isinstance(to, Fail):
            yield RouteRule(name, tuple(group), None, (), to)
            continue
        pool = policy.pools[to]
        if not by_weight(policy, pool):
            raise Unsaid(f"pool `{pool.name}` is picked from by `{pool.sticky}`")
        way = way_of(policy, pool.name)
        yield RouteRule(name, tuple(group), way, _levels(policy, way))


def _names(wanted: list[str]) -> list[str]:
    """Names of rules, each its own."""
    return list(
        slugs([f"{name} {number}" if name in wanted[:number] else name for number, name in enumerate(wanted)]).values()
    )


def _levels(policy: Policy, way: Way) -> tuple[tuple[Member, ...], ...]:
    return tuple(members_of(policy.pools[level]) for level in way.levels)


def _by_header(policy: Policy, reason: str) -> Plan:
    firsts = [(name, member) for name in entries(policy) for member in members_of(policy.pools[name])]
    names = _names([name for name, _ in firsts])
    rules, picked = [], {}
    for (pool, member), name in zip(firsts, names, strict=True):
        way = way_of(policy, pool)
        levels = ((member,), *_levels(policy, way)[1:])
        match = Match((Test(HEADER, (name,)),), pool)
        rules.append(RouteRule(name, (match,), way, levels))
        picked[pool, member.upstream, member.model] = name
    return Plan(reason, tuple(rules), picked)

"""Who does what at Envoy AI Gateway v1.1: the fidelity report."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.targets import facts
from interlock.compiler.targets.addresses import served
from interlock.compiler.targets.envoy_ai_gateway.backends import secret, secret_keys, variables_of
from interlock.compiler.targets.envoy_ai_gateway.cells import MODEL_HEADER, header_of
from interlock.compiler.targets.envoy_ai_gateway.ends import answered
from interlock.compiler.targets.envoy_ai_gateway.plan import Plan, RouteRule, by_weight
from interlock.compiler.targets.envoy_ai_gateway.routes import connect, per_try, whole
from interlock.compiler.targets.envoy_ai_gateway.walks import Way, unseen
from interlock.compiler.targets.fidelity import Fact, Fidelity, How
from interlock.dsl.policy import CLASSES, Attribute, Chain, Fail, Policy, Upstream


def fidelity(policy: Policy, plan: Plan, version: str) -> Fidelity:
    """The report for a policy whose table has this version."""
    return Fidelity("envoy-ai-gateway", policy.name, version, tuple(_facts(policy, plan)), _environment(policy))


def _facts(policy: Policy, plan: Plan) -> Iterator[Fact]:
    for attribute in policy.attributes.values():
        yield _attribute(attribute, plan)
    for rule in policy.rules:
        if plan.reason is None:
            yield Fact("rule", rule.name, "native", "matches of headers in the order in which Envoy tries them")
            if isinstance(rule.to, Fail) and rule.to.message is not None and plan.answers == "nobody":
                yield Fact("message", rule.name, "impossible", "Envoy answers in its own words")
        else:
            note = f"decided by a Lua filter, which tells the route in a header: {plan.reason}"
            yield Fact("rule", rule.name, "extension", note)
    for chain in policy.chains:
        yield from _chain(plan, chain)
    yield from _pools(policy, plan)
    yield from _errors(policy, plan)
    for upstream in served(policy):
        yield from _upstream(policy, plan, upstream)


def _attribute(attribute: Attribute, plan: Plan) -> Fact:
    def fact(how: How, note: str) -> Fact:
        return Fact("attribute", attribute.name, how, note)

    if attribute.source is None:
        return fact("impossible", "it has no `from`, so it is found in no request: it is always absent")
    kind, _ = attribute.source
    if plan.reason is None:
        header = header_of(attribute)
        if header is None or kind == "gateway":
            return fact("native", "no rule asks for it, so nothing is looked at")
        return fact("native", f"the header `{header}`" + (", Envoy AI Gateway's own" * (header == MODEL_HEADER)))
    return facts.attribute(attribute, "the filter")


def _ways(plan: Plan, pool: str) -> list[RouteRule]:
    """The rules whose requests come to a pool."""
    return [rule for rule in plan.rules if rule.way is not None and pool in rule.way.levels]


def _chain(plan: Plan, chain: Chain) -> Iterator[Fact]:
    what = facts.chain(chain)
    # What a rule begins with says how its walk is kept; a pool that others come to is part of theirs.
    own = [rule for rule in plan.rules if rule.way is not None and rule.way.levels[0] == chain.pool]
    rules = own or _ways(plan, chain.pool)
    if not rules:
        yield Fact("chain", what, "native", "not written: no request comes to it")
        return
    lost = list(dict.fromkeys(note for rule in rules if rule.way is not None for note in rule.way.lost))
    if lost:
        yield Fact("chain", what, "impossible", "kept as priorities with retries, but " + "; ".join(lost))
    else:
        note = "priorities of the route's backends, and a BackendTrafficPolicy with `retry`"
        yield Fact("chain", what, "native", note)
    yield from _end(plan, chain, [rule.way for rule in rules if rule.way is not None])


def _end(plan: Plan, chain: Chain, ways: list[Way]) -> Iterator[Fact]:
    """Who answers where a walk ends in a `fail`, for the classes of a chain that walks take on their way."""
    what = facts.chain(chain)
    given, lost = set[str](), set[str]()
    for way in ways:
        kept = answered(way, plan.answers).keys() & set(chain.classes)
        given |= kept
        lost |= (dict(way.ends).keys() | set(way.unended)) & set(chain.classes) - kept
    if plan.answers == "nobody" and lost:
        note = "no `fail`: the client gets the answer of the last attempt as it is, where rules ask for the model"
        yield Fact("end", what, "impossible", note)
        return
    if given and plan.answers == "override":
        yield Fact("end", what, "native", "`responseOverride` of a BackendTrafficPolicy, by the status of the answer")
    elif given:
        yield Fact("end", what, "extension", "the filter answers it in place of the last attempt, by its status")
    if lost:
        names = ", ".join(f"`{name}`" for name in CLASSES if name in lost)
        note = (
            f"no `fail` after {names}: not told from other errors or attempts, so the client gets the answer as it is"
        )
        yield Fact("end", what, "impossible", note)
    if plan.answers == "override" and "context_overflow" in given:
        yield Fact("end", f"{what} of status 400", "impossible", "the answer is not read: it goes to the client")


def _pools(policy: Policy, plan: Plan) -> Iterator[Fact]:
    for pool in policy.pools.values():
        rules = _ways(plan, pool.name)
        if not rules:
            continue
        if pool.retry:
            broken = any(rule.way is not None and pool.name in rule.way.retries for rule in rules)
            several = pool.sticky is not None and len(pool.members) > 1
            if broken:
                note = "asked once: one `numAttemptsPerPriority` holds for all priorities of a rule"
                yield Fact("retry", pool.name, "impossible", note)
            elif several:
                yield Fact("retry", pool.name, "impossible", "a retry may ask another member of the pool")
            else:
                note = f"{pool.retry} more at the same upstream, a millisecond later (`numAttemptsPerPriority`)"
                yield Fact("retry", pool.name, "native", note)
        if len(pool.members) > 1:
            yield from _sticky(policy, plan, pool.name)


def _sticky(policy: Policy, plan: Plan, name: str) -> Iterator[Fact]:
    pool = policy.pools[name]
    if pool.sticky is None:
        yield Fact("sticky", name, "native", "the one member that is picked without a key")
    elif by_weight(policy, pool):
        yield Fact("sticky", name, "native", "by weight for each request; which one gets which member is Envoy's")
    else:
        if any(rule.way is not None and rule.way.levels[0] == name for rule in _ways(plan, name)):
            yield Fact("sticky", name, "extension", f"where it is asked first: picked by `{pool.sticky}` in the filter")
        if any(rule.way is not None and name in rule.way.levels[1:] for rule in _ways(plan, name)):
            note = f"where it is asked after an error: by weight for each request, and not by `{pool.sticky}`"
            yield Fact("sticky", name, "impossible", note)


def _errors(policy: Policy, plan: Plan) -> Iterator[Fact]:
    yield Fact("error", "returned errors", "native", "those of the last attempt, as Envoy AI Gateway passes them on")
    found: dict[tuple[str, str], None] = {}
    for rule in plan.rules:
        if rule.way is not None and rule.way.attempts > 1:
            has_total = per_try(policy, rule) is not None
            found |= dict.fromkeys(unseen(rule.way.classes, has_total))
        if rule.way is not None and "overloaded" in answered(rule.way, plan.answers):
            found |= dict.fromkeys(unseen(("overloaded",), has_total=False))
    for what, note in found:
        yield Fact("error", what, "impossible", note)


def _upstream(policy: Policy, plan: Plan, upstream: Upstream) -> Iterator[Fact]:
    rules = [r for r in plan.rules if any(m.upstream == upstream.name for level in r.levels for m in level)]
    variables = ", ".join(f"`${{{name}}}`" for name in variables_of(upstream))
    if variables:
        note = f"{variables}: to be filled in before it is applied, as resources read no variables"
        yield Fact("upstream", upstream.name, "native", note)
    for kind, limit in upstream.timeouts.items():
        yield Fact("timeout", f"{upstream.name} {kind}", *_timeout(policy, rules, kind, limit))
    if upstream.limit is not None:
        yield Fact("limit", upstream.name, "impossible", "not kept: as many requests are sent as come")
    if upstream.breaker is not None:
        yield Fact("breaker", upstream.name, "impossible", "not kept: it is asked however often it fails")


def _timeout(policy: Policy, rules: list[RouteRule], kind: str, limit: int) -> tuple[How, str]:
    if kind == "connect":
        if all(connect(policy, rule) == limit for rule in rules):
            return "native", "`connectTimeout` of a BackendTrafficPolicy"
        return "impossible", "one time holds for all backends of a rule: the longest, and Envoy's 10 s if one has none"
    if kind == "first_token":
        return "impossible", "not kept: nothing in Envoy AI Gateway waits for content, and an attempt ends with `total`"
    if all(whole(policy, rule) == limit for rule in rules):
        return "native", "`timeouts.request` of the rule"
    if any(whole(policy, rule) is None and per_try(policy, rule) is None for rule in rules):
        return "impossible", "not kept where another backend of the rule has no `total`: one time holds for all of them"
    if all(whole(policy, rule) is not None for rule in rules):
        return "impossible", "one time holds for all backends of a rule: the longest"
    return "impossible", "`perRetry.timeout`, the longest of a rule, until the answer begins: a stream is not cut off"


def _environment(policy: Policy) -> dict[str, str]:
    needed = {}
    for upstream in served(policy):
        account = "" if upstream.account is None else f", account {upstream.account}"
        what = f"in its key `{secret_keys(upstream)}` the credentials for {upstream.provider}{account}"
        needed[f"Secret {secret(upstream)}"] = what
        needed |= variables_of(upstream)
    return dict(sorted(needed.items()))

"""The AIGatewayRoutes of a policy, what follows an error at them, and the filter that decides before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.compiler.targets.envoy_ai_gateway.backends import AI, EG, STANDARD, Resource, resource
from interlock.compiler.targets.envoy_ai_gateway.ends import Answers, answered, instead_of_no_backend, overrides
from interlock.compiler.targets.envoy_ai_gateway.matches import NO_BACKEND, Match
from interlock.compiler.targets.envoy_ai_gateway.plan import MAX_RULES, Plan, RouteRule
from interlock.compiler.targets.envoy_ai_gateway.walks import retry_on
from interlock.dsl.policy import Policy

GATEWAY = "interlock"
"""The Gateway that routes are attached to: the one of gateway.yaml."""
MAX_SCRIPT = 1_000_000
"""Bytes of a filter: etcd takes objects of 1.5 MiB by default."""


def routes(policy: Policy, plan: Plan, name: str, names: dict[str, str]) -> list[Resource]:
    """The routes, and a BackendTrafficPolicy for each rule that has something to say. ``names`` are those of the
    upstreams."""
    found: list[Resource] = []
    for number, rules in enumerate(_parts(plan.rules)):
        own = route_name(name, number)
        spec: Resource = {
            "parentRefs": [{"group": STANDARD, "kind": "Gateway", "name": GATEWAY}],
            "rules": [_rule(policy, rule, names) for rule in rules],
        }
        found.append(resource(f"{AI}/v1beta1", "AIGatewayRoute", own, spec))
        for rule in rules:
            traffic = _traffic(policy, rule, plan.answers)
            if traffic:
                ref = {"group": STANDARD, "kind": "HTTPRoute", "name": own, "sectionName": rule.name}
                kind = "BackendTrafficPolicy"
                found.append(resource(f"{EG}/v1alpha1", kind, f"{name}-{rule.name}", {"targetRefs": [ref]} | traffic))
    return found


def filter_before(plan: Plan, name: str, script: str) -> Resource:
    """The filter that decides before the routes."""
    count = len(list(_parts(plan.rules)))
    refs = [{"group": STANDARD, "kind": "HTTPRoute", "name": route_name(name, number)} for number in range(count)]
    spec = {"targetRefs": refs, "lua": [{"type": "Inline", "inline": script}]}
    return resource(f"{EG}/v1alpha1", "EnvoyExtensionPolicy", name, spec)


def gateway() -> list[Resource]:
    """A Gateway of its own, which knows nothing of the policy."""
    proxy = {"group": EG, "kind": "EnvoyProxy", "name": GATEWAY}
    target = {"group": STANDARD, "kind": "Gateway", "name": GATEWAY}
    controller = {"controllerName": f"{EG}/gatewayclass-controller"}
    listeners = [{"name": "http", "protocol": "HTTP", "port": 80}]
    spec = {
        "gatewayClassName": GATEWAY,
        "listeners": listeners,
        "infrastructure": {"parametersRef": proxy},
    }
    return [
        resource(f"{STANDARD}/v1", "GatewayClass", GATEWAY, controller),
        # Envoy Gateway would try the script in another Lua than Envoy's, with less room than its table takes.
        resource(f"{EG}/v1alpha1", "EnvoyProxy", GATEWAY, {"luaValidation": "Disabled"}),
        resource(f"{STANDARD}/v1", "Gateway", GATEWAY, spec),
        # Without it requests of more than 32 KiB get 413.
        resource(
            f"{EG}/v1alpha1",
            "ClientTrafficPolicy",
            GATEWAY,
            {"targetRefs": [target], "connection": {"bufferLimit": "40Mi"}},
        ),
    ]


def route_name(name: str, number: int) -> str:
    """The name of a route: a policy of many rules has several."""
    return name if number == 0 else f"{name}-{number + 1}"


def _parts(rules: Sequence[RouteRule]) -> Iterator[Sequence[RouteRule]]:
    for at in range(0, max(len(rules), 1), MAX_RULES):
        yield rules[at : at + MAX_RULES]


def _rule(policy: Policy, rule: RouteRule, names: dict[str, str]) -> Resource:
    made: Resource = {"name": rule.name}
    if any(match.tests for match in rule.matches):
        made["matches"] = [_match(match) for match in rule.matches]
    refs = []
    for priority, members in enumerate(rule.levels):
        for member in members:
            ref: Resource = {"name": names[member.upstream], "modelNameOverride": member.model}
            if len(rule.levels) > 1:
                ref["priority"] = priority
            if len(members) > 1:
                ref["weight"] = member.weight
            refs.append(ref)
    if refs:
        made["backendRefs"] = refs
    total = whole(policy, rule)
    made["timeouts"] = {"request": _length(total or 0)}
    return made


def _match(match: Match) -> Resource:
    return {
        "headers": [
            {
                "type": "Exact" if test.exact else "RegularExpression",
                "name": test.header,
                "value": test.pieces[0] if test.exact else test.expression,
            }
            for test in match.tests
        ]
    }


def _timeouts(policy: Policy, rule: RouteRule, kind: str) -> list[int | None]:
    members = [member for level in rule.levels for member in level]
    return [policy.upstreams[member.upstream].timeouts.get(kind) for member in members]


def whole(policy: Policy, rule: RouteRule) -> int | None:
    """The `total` that the request as a whole has: where there is one attempt."""
    found = _timeouts(policy, rule, "total")
    alone = rule.way is not None and rule.way.attempts == 1
    return max((each for each in found if each is not None), default=None) if alone and None not in found else None


def per_try(policy: Policy, rule: RouteRule) -> int | None:
    """The `total` that each attempt has until its answer begins: the longest, where all have one."""
    found = _timeouts(policy, rule, "total")
    several = rule.way is not None and rule.way.attempts > 1
    return max((each for each in found if each is not None), default=None) if several and None not in found else None


def connect(policy: Policy, rule: RouteRule) -> int | None:
    """The `connect` that the rule's cluster has: the longest, where all have one."""
    found = _timeouts(policy, rule, "connect")
    return max((each for each in found if each is not None), default=None) if None not in found else None


def _traffic(policy: Policy, rule: RouteRule, answers: Answers) -> Resource:
    made: Resource = {}
    connecting = connect(policy, rule)
    if connecting is not None:
        made["timeout"] = {"tcp": {"connectTimeout": _length(connecting)}}
    if rule.way is not None and rule.way.attempts > 1:
        each: Resource = {"backOff": {"baseInterval": "1ms", "maxInterval": "1ms"}}
        limit = per_try(policy, rule)
        if limit is not None:
            each["timeout"] = _length(limit)
        made["retry"] = {
            "numRetries": rule.way.attempts - 1,
            "numAttemptsPerPriority": rule.way.each,
            "retryOn": retry_on(rule.way.classes),
            "perRetry": each,
        }
    if rule.way is not None and answers == "override" and (ends := answered(rule.way, answers)):
        made["responseOverride"] = overrides(ends)
    elif rule.fail is not None and rule.fail != NO_BACKEND:
        made["responseOverride"] = instead_of_no_backend(rule.fail)
    return made


def _length(milliseconds: int) -> str:
    # A number has at most five digits there (Gateway API, GEP-2257).
    seconds, rest = divmod(milliseconds, 1000)
    hours, seconds = divmod(seconds, 3600)
    parts = [(hours, "h"), (seconds, "s"), (rest, "ms")]
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"

"""What is wrong with single resources beside the types of their keys, and what Envoy makes of them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

from interlock.compiler.source_findings import dead_entry, misread_value, refused_configuration
from interlock.compiler.sources.document import Mapping, Node
from interlock.compiler.sources.envoy.answers import overridden
from interlock.compiler.sources.envoy.objects import ENVOY, ROUTE, STANDARD, Object, Objects
from interlock.compiler.sources.envoy.ports import gateways_of
from interlock.compiler.sources.envoy.routes import Header, Rule
from interlock.compiler.sources.envoy.schema import start
from interlock.compiler.sources.envoy.traffic import POLICY
from interlock.dsl.finding import Finding, Related

_REFUSED = "Kubernetes refuses this resource"
_TARGETS = ("Gateway", "HTTPRoute", "GRPCRoute", "UDPRoute", "TCPRoute", "TLSRoute")
MAX_PRIORITY = 128
_NOT_RE2 = re.compile(r"\(\?(?:=|!|<=|<!|>|\()|\\[1-9]|\(\?P=|[*+?}]\+")
"""What other dialects have and RE2 has not: looking around, references, possessive repetition."""


def check_rules(objects: Objects, rules: list[Rule]) -> Iterator[Finding]:
    """Findings about single resources."""
    for lost, kept in objects.lost:
        message = f"there is another {lost.kind} `{lost.name}`: what stands here is replaced by it"
        related = (Related("the last one counts", kept.span),)
        help_ = "remove one of the two, or check what belongs to different clusters apart"
        yield Finding(dead_entry.KIND, message, lost.span, help_, related)
    for route in objects.of(ROUTE):
        yield from _route(route, [rule for rule in rules if rule.route is route], objects.of(POLICY))
    for backend in objects.of("AIServiceBackend"):
        ref = backend.spec.get("backendRef")
        if isinstance(ref, Mapping) and (ref.text("kind"), ref.text("group")) != ("Backend", ENVOY):
            message = f"an AIServiceBackend takes a `Backend` of Envoy Gateway alone: {_REFUSED}"
            help_ = f"write `kind: Backend` and `group: {ENVOY}`"
            yield Finding(refused_configuration.KIND, message, start(ref), help_)
    for policy in objects.of(POLICY):
        yield from _policy(policy)


def _route(route: Object, rules: list[Rule], policies: list[Object]) -> Iterator[Finding]:
    for ref in route.spec.list("parentRefs"):
        kind = ref.scalar("kind") if isinstance(ref, Mapping) else None
        if kind is not None and kind.value != "Gateway":
            message = f"a route is attached to a Gateway, not to a `{kind.value}`: {_REFUSED}"
            yield Finding(refused_configuration.KIND, message, kind.span, "write `kind: Gateway`")
    if not gateways_of(route):
        message = f"no request comes to `{route.name}`: it is attached to no Gateway"
        help_ = "add `parentRefs: [{name: …, kind: Gateway, group: gateway.networking.k8s.io}]`"
        yield Finding(dead_entry.KIND, message, route.span, help_)
    named: dict[str, Rule] = {}
    for rule in rules:
        if rule.name == "route-not-found":
            message = f"the name `{rule.name}` is kept for the rule that Envoy AI Gateway adds: {_REFUSED}"
            yield Finding(refused_configuration.KIND, message, rule.span, "give the rule another name")
        elif rule.name is not None and rule.name in named:
            message = f"two rules are called `{rule.name}`: {_REFUSED}"
            related = (Related("the other one", named[rule.name].span),)
            yield Finding(refused_configuration.KIND, message, rule.span, "give one of them another name", related)
        elif rule.name is not None:
            named[rule.name] = rule
        yield from _rule(rule, policies)


def _rule(rule: Rule, policies: list[Object]) -> Iterator[Finding]:
    for header in (header for match in rule.matches for header in match.headers):
        if not is_expression(header):
            message = f"`{header.value}` is no regular expression of RE2: Envoy Gateway leaves the whole rule out"
            help_ = "write what RE2 has: no looking around, no references to groups"
            yield Finding(misread_value.KIND, message, start(_said(header, rule)), help_)
    for match in rule.node.list("matches"):
        yield from _repeated(match)
    if not rule.live and not overridden(policies, rule):
        what = "has no backends" if not rule.backends else "has only backends with `weight: 0`"
        message = f"every request that this rule takes is answered with 500: it {what}"
        key = rule.node.key("backendRefs")
        help_ = "add `backendRefs`, or remove the rule" if not rule.backends else "give one of them a weight"
        yield Finding(dead_entry.KIND, message, start(rule.node) if key is None else key.span, help_)
    for ref in rule.backends:
        if (ref.node.get("kind") is not None or ref.node.get("group") is not None) and not ref.pool:
            message = f"a backend is an InferencePool where it has a `kind`, and else an AIServiceBackend: {_REFUSED}"
            help_ = "leave `kind` and `group` out"
            yield Finding(refused_configuration.KIND, message, start(ref.node), help_)
        said = ref.node.scalar("priority")
        if ref.priority > MAX_PRIORITY and said is not None:
            message = f"`priority: {ref.priority}` is more than Envoy takes: it refuses the cluster of this rule"
            yield Finding(refused_configuration.KIND, message, said.span, "number priorities from 0 on: 0, 1, 2")
        elif ref.priority and not ref.weight and rule.live and (zero := ref.node.scalar("weight")) is not None:
            message = f"`{ref.name}` is never asked: `weight: 0` takes it out, as a fallback too"
            yield Finding(dead_entry.KIND, message, zero.span, "leave `weight` out: it counts within a priority only")


def is_expression(header: Header) -> bool:
    """Whether a header's condition can be understood by Envoy: it is no expression, or one of RE2."""
    if header.exact:
        return True
    text = header.value.replace("\\\\", "")
    if _NOT_RE2.search(text):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(header.value)
        except (re.error, RecursionError, OverflowError):
            # What only RE2 has is for RE2 to judge.
            return bool(re.search(r"\\[pPzQEC]|\(\?|\[\[:", text))
    return True


def _said(header: Header, rule: Rule) -> Node:
    for match in rule.node.list("matches"):
        for item in match.list("headers") if isinstance(match, Mapping) else ():
            value = item.scalar("value") if isinstance(item, Mapping) and item.span == header.span else None
            if value is not None:
                return value
    return rule.node


def _repeated(match: Node) -> Iterator[Finding]:
    seen: set[str] = set()
    for item in match.list("headers") if isinstance(match, Mapping) else ():
        name = item.scalar("name") if isinstance(item, Mapping) else None
        if name is None:
            continue
        if str(name.value) in seen:
            message = f"one match asks twice for `{name.value}`: {_REFUSED}"
            help_ = "write a second entry of `matches`: of those one is enough, of headers all must hold"
            yield Finding(refused_configuration.KIND, message, name.span, help_)
        seen.add(str(name.value))


def _policy(policy: Object) -> Iterator[Finding]:
    spec = policy.spec
    refs = [ref for ref in (*spec.list("targetRefs"), spec.get("targetRef")) if isinstance(ref, Mapping)]
    if not refs and not spec.list("targetSelectors"):
        message = f"`{policy.name}` is for nothing: {_REFUSED}"
        help_ = f"add `targetRefs: [{{group: {STANDARD}, kind: HTTPRoute, name: ROUTE}}]`"
        yield Finding(refused_configuration.KIND, message, policy.span, help_)
    said = spec.mapping("timeout").mapping("http").key("requestTimeout")
    if said is not None:
        message = (
            "`requestTimeout` has no effect on an AIGatewayRoute: the `timeouts` of its rules count, 60s by default"
        )
        yield Finding(dead_entry.KIND, message, said.span, "write `timeouts: {request: …}` in the rules")
    for ref in refs:
        kind, group = ref.scalar("kind"), ref.scalar("group")
        if kind is not None and kind.value == ROUTE:
            message = f"a {POLICY} is not for an `{ROUTE}` itself: {_REFUSED}"
            help_ = f"write `kind: HTTPRoute` and `group: {STANDARD}`: the route that is made of it has its name"
            yield Finding(refused_configuration.KIND, message, kind.span, help_)
        elif kind is not None and kind.value not in _TARGETS:
            message = f"a {POLICY} is for a Gateway or a route, not for a `{kind.value}`: {_REFUSED}"
            yield Finding(refused_configuration.KIND, message, kind.span, "write `Gateway` or `HTTPRoute`")
        elif group is not None and group.value != STANDARD:
            message = f"what a {POLICY} is for is never of the group `{group.value}`: {_REFUSED}"
            yield Finding(refused_configuration.KIND, message, group.span, f"write `group: {STANDARD}`")

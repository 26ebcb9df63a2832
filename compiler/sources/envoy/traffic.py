"""Which BackendTrafficPolicy holds for a rule.

The most specific one alone: for the rule, for its route, for a listener, for the gateway. What a less specific one says
is gone, unless `mergeType` is set. Of two for the same the older one holds; here that is the one whose name comes
first, as for two of one age.
"""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.sources.document import Mapping, plain
from interlock.compiler.sources.envoy.objects import ROUTE, STANDARD, Object, Objects
from interlock.compiler.sources.envoy.ports import Port
from interlock.compiler.sources.envoy.routes import Rule
from interlock.dsl.record import record
from interlock.dsl.source import Span

POLICY = "BackendTrafficPolicy"
_RANK = {"rule": 0, "route": 1, "listener": 2, "gateway": 3}


@record
class Target:
    """What a policy is for: ``kind`` rule, route, listener or gateway; ``section`` the name of the rule or listener.
    ``selected``: by its labels."""

    policy: Object
    kind: str
    namespace: str
    name: str
    section: str | None
    selected: bool
    span: Span


def targets_of(policy: Object, objects: Objects) -> Iterator[Target]:
    """What a policy is for, as far as the configuration says so."""
    references = list(policy.spec.list("targetRefs"))
    single = policy.spec.get("targetRef")
    if isinstance(single, Mapping):
        references = [single]
    for ref in references:
        if isinstance(ref, Mapping) and (name := ref.scalar("name")) is not None:
            section = ref.text("sectionName")
            kind = {"HTTPRoute": "route", "Gateway": "gateway"}.get(ref.text("kind") or "")
            if kind is None or ref.text("group") not in (STANDARD, None):
                continue
            if section is not None:
                kind = "rule" if kind == "route" else "listener"
            yield Target(policy, kind, policy.namespace, str(name.value), section, False, name.span)
    for selector in policy.spec.list("targetSelectors"):
        if not isinstance(selector, Mapping):
            continue
        # The route that is made of an AIGatewayRoute has its labels.
        wanted = {"HTTPRoute": (ROUTE, "route"), "Gateway": ("Gateway", "gateway")}.get(selector.text("kind") or "")
        for found in objects.of(wanted[0]) if wanted is not None else ():
            if wanted is not None and _selects(selector, found, policy):
                yield Target(policy, wanted[1], found.namespace, found.name, None, True, selector.span)


def policy_for(rule: Rule, port: Port, targets: list[Target]) -> tuple[Object, Object | None] | None:
    """The policy that holds for a rule at a port, and the one that it is merged into, if it
    asks for that."""
    found = policies_for(rule, port, targets)
    if not found:
        return None
    own = found[0]
    parent = next((t.policy for t in found[1:] if t.kind in ("listener", "gateway")), None)
    merges = own.kind in ("rule", "route") and own.policy.spec.text("mergeType") in ("StrategicMerge", "JSONMerge")
    return own.policy, parent if merges else None


def merged(own: Object, parent: Object) -> Object:
    """A policy with what it has from the one that it is merged into."""
    spec = _merged(parent.spec, own.spec)
    retry = own.spec.get("retry")
    if isinstance(retry, Mapping) and retry.get("numRetries") is None:
        # Kubernetes has put the default in before the two meet.
        items = tuple((key, value) for key, value in spec.mapping("retry").items if key.value != "numRetries")
        kept = Mapping(items, retry.span)
        spec = Mapping(tuple((k, kept if k.value == "retry" else v) for k, v in spec.items), spec.span)
    return Object(own.group, own.kind, own.namespace, own.name, own.created, own.labels, own.root, spec, own.span)


def _merged(under: Mapping, over: Mapping) -> Mapping:
    found = {key.value: (key, value) for key, value in under.items}
    for key, value in over.items:
        before = found.get(key.value)
        if before is not None and isinstance(before[1], Mapping) and isinstance(value, Mapping):
            value = _merged(before[1], value)
        found[key.value] = (key, value)
    return Mapping(tuple(found.values()), over.span)


def policies_for(rule: Rule, port: Port, targets: list[Target]) -> list[Target]:
    """All that could, the one that holds first."""
    here = [target for target in targets if _meant(target, rule, port)]
    return sorted(here, key=lambda t: (_RANK[t.kind], t.policy.created, t.policy.namespace, t.policy.name))


def _meant(target: Target, rule: Rule, port: Port) -> bool:
    if target.kind in ("rule", "route"):
        same = (target.namespace, target.name) == (rule.route.namespace, rule.route.name)
        return same and (target.kind == "route" or target.section == rule.name)
    return f"{target.namespace}/{target.name}" == port.gateway and target.section in (None, port.listener)


def _selects(selector: Mapping, found: Object, policy: Object) -> bool:
    everywhere = selector.mapping("namespaces").text("from") in ("All", "Selector")
    if found.namespace != policy.namespace and not everywhere:
        return False
    labels = dict(found.labels)
    plainly = plain(selector.mapping("matchLabels"))
    if any(labels.get(key) != str(value) for key, value in plainly.items()):
        return False
    return all(_expressed(e, labels) for e in selector.list("matchExpressions") if isinstance(e, Mapping))


def _expressed(expression: Mapping, labels: dict[str, str]) -> bool:
    value = labels.get(expression.text("key") or "")
    values = [str(plain(v)) for v in expression.list("values")]
    match expression.text("operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case _:
            return False

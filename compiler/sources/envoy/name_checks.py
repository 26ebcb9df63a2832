"""What is wrong with the names that resources call each other by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interlock.compiler.source_findings import dead_entry, unknown_target
from interlock.compiler.sources.document import Mapping
from interlock.compiler.sources.envoy.objects import ROUTE, Objects
from interlock.compiler.sources.envoy.places import BACKEND
from interlock.compiler.sources.envoy.ports import Port, gateways_of, is_at, lets_in, listeners_of
from interlock.compiler.sources.envoy.routes import BackendRef, Rule
from interlock.compiler.sources.envoy.traffic import Target, policies_for
from interlock.dsl.finding import Finding, Related
from interlock.dsl.nearest import nearest
from interlock.dsl.source import Span


def check_names(objects: Objects, rules: list[Rule], targets: list[Target], ports: list[Port]) -> Iterator[Finding]:
    """Findings about names that lead nowhere, and about policies that another one takes the effect from. Where the
    files have no resource of a kind at all, they are taken to be elsewhere."""
    if objects.of(BACKEND):
        for rule in rules:
            for ref in rule.backends:
                if not ref.pool and objects.find(BACKEND, ref.namespace, ref.name) is None:
                    yield _unknown_backend(ref, objects)
    if objects.of("Backend"):
        yield from _endpoints(objects)
    for target in targets:
        yield from _target(target, objects, rules)
    yield from _listeners(objects)
    yield from _hidden(objects, rules, targets, ports)


def _unknown_backend(ref: BackendRef, objects: Objects) -> Finding:
    message = f"`{ref.name}` is no {BACKEND}: no change of this route takes effect until there is one"
    there = next((backend for backend in objects.of(BACKEND) if backend.name == ref.name), None)
    if there is not None:
        related = (Related(f"in the namespace `{there.namespace}`", there.span),)
        where = f"of the namespace `{ref.namespace}`"
        message = f"`{ref.name}` is no {BACKEND} {where}: no change of this route takes effect"
        help_ = f"add `namespace: {there.namespace}`, and a ReferenceGrant there"
        return Finding(unknown_target.KIND, message, ref.span, help_, related)
    close = nearest(ref.name, [backend.name for backend in objects.of(BACKEND)])
    help_ = f"did you mean `{close}`?" if close else f"add an {BACKEND} `{ref.name}`"
    return Finding(unknown_target.KIND, message, ref.span, help_)


def _endpoints(objects: Objects) -> Iterator[Finding]:
    for backend in objects.of(BACKEND):
        ref = backend.spec.mapping("backendRef")
        name = ref.scalar("name")
        if name is None or objects.find("Backend", ref.text("namespace") or backend.namespace, str(name.value)):
            continue
        close = nearest(str(name.value), [found.name for found in objects.of("Backend")])
        help_ = f"did you mean `{close}`?" if close else f"add a Backend `{name.value}`"
        message = f"`{backend.name}` is at the Backend `{name.value}`, which is not there: its share gets 500"
        yield Finding(unknown_target.KIND, message, name.span, help_)


def _target(target: Target, objects: Objects, rules: list[Rule]) -> Iterator[Finding]:
    if target.selected:
        return
    if target.kind in ("rule", "route"):
        yield from _route_target(target, objects, rules)
        return
    gateways = {gateway for route in objects.of(ROUTE) for gateway in gateways_of(route)}
    gateways |= {f"{gateway.namespace}/{gateway.name}" for gateway in objects.of("Gateway")}
    if gateways and f"{target.namespace}/{target.name}" not in gateways:
        names = [gateway.partition("/")[2] for gateway in gateways]
        yield _no_effect(target, f"no Gateway `{target.name}` in the namespace `{target.namespace}`", names)
    known = listeners_of(objects, f"{target.namespace}/{target.name}")
    if target.section is not None and known is not None and target.section not in known:
        yield _no_effect(target, f"`{target.name}` has no listener `{target.section}`", known)


def _route_target(target: Target, objects: Objects, rules: list[Rule]) -> Iterator[Finding]:
    found = objects.find(ROUTE, target.namespace, target.name) or objects.find(
        "HTTPRoute", target.namespace, target.name
    )
    if found is None:
        there = next((route for route in objects.of(ROUTE) if route.name == target.name), None)
        if there is not None:
            message = f"`{target.policy.name}` has no effect: the route `{target.name}` is in another namespace"
            related = (Related(f"in the namespace `{there.namespace}`", there.span),)
            help_ = f"write `namespace: {there.namespace}` in its `metadata`: it is for its own namespace alone"
            yield Finding(dead_entry.KIND, message, target.span, help_, related)
            return
        yield _no_effect(target, f"there is no route `{target.name}`", [route.name for route in objects.of(ROUTE)])
    elif target.section is not None and found.kind == ROUTE:
        names = [rule.name for rule in rules if rule.route is found and rule.name is not None]
        if target.section not in names:
            yield _no_effect(target, f"`{target.name}` has no rule with the name `{target.section}`", names)


def _no_effect(target: Target, why: str, names: Iterable[str]) -> Finding:
    wanted = target.section if why.endswith(f"`{target.section}`") else target.name
    close = nearest(wanted or "", list(names))
    help_ = f"did you mean `{close}`?" if close else "give it the name of an AIGatewayRoute, or of a Gateway"
    return Finding(dead_entry.KIND, f"`{target.policy.name}` has no effect: {why}", target.span, help_)


def _listeners(objects: Objects) -> Iterator[Finding]:
    for route in objects.of(ROUTE):
        for ref in route.spec.list("parentRefs"):
            name = ref.scalar("name") if isinstance(ref, Mapping) else None
            if not isinstance(ref, Mapping) or name is None:
                continue
            gateway = f"{ref.text('namespace') or route.namespace}/{name.value}"
            known, section = listeners_of(objects, gateway), ref.scalar("sectionName")
            if known is not None and section is not None and section.value not in known:
                close = nearest(str(section.value), known)
                help_ = f"did you mean `{close}`?" if close else f"it has {', '.join(known[:5]) or 'none'}"
                message = f"`{route.name}` is attached to nothing: `{name.value}` has no listener `{section.value}`"
                yield Finding(dead_entry.KIND, message, section.span, help_)
            elif not lets_in(objects, Port(gateway, ref.text("sectionName"), gateway), route):
                message = (
                    f"`{name.value}` takes no routes of the namespace `{route.namespace}`: this one gets no requests"
                )
                help_ = "add `allowedRoutes: {namespaces: {from: All}}` to its listener, or a selector"
                yield Finding(dead_entry.KIND, message, name.span, help_)


def _hidden(objects: Objects, rules: list[Rule], targets: list[Target], ports: list[Port]) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    for rule in rules:
        for port in (port for port in ports if is_at(rule.route, port, objects)):
            meant = policies_for(rule, port, targets)
            for first, other in ((meant[0], other) for other in meant[1:]):
                if first.policy is other.policy:
                    continue
                key = first.policy.name, other.policy.name
                if key in told:
                    continue
                if first.kind == other.kind:
                    told.add(key)
                    message = f"`{other.policy.name}` has no effect: `{first.policy.name}` is for the same"
                    help_ = "make one of the two; of several for the same the oldest counts, then the first by name"
                    related = (Related("this one counts", first.span),)
                    yield Finding(dead_entry.KIND, message, other.span, help_, related)
                elif first.policy.spec.get("mergeType") is None and _loses(first, other):
                    told.add(key)
                    message = (
                        f"the `retry` of `{other.policy.name}` does not hold for `{rule.route.name}`: "
                        f"`{first.policy.name}` takes its place as a whole"
                    )
                    help_ = "write `mergeType: StrategicMerge` in it, or `retry` as well"
                    related = (Related("what is lost", _key(other)),)
                    yield Finding(dead_entry.KIND, message, first.span, help_, related)


def _loses(first: Target, other: Target) -> bool:
    return isinstance(other.policy.spec.get("retry"), Mapping) and first.policy.spec.get("retry") is None


def _key(target: Target) -> Span:
    key = target.policy.spec.key("retry")
    return target.policy.span if key is None else key.span

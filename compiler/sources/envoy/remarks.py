"""What Envoy does that a policy does not say, or says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.sources.document import Mapping
from interlock.compiler.sources.envoy.objects import Objects
from interlock.compiler.sources.envoy.order import Domain
from interlock.compiler.sources.envoy.places import BACKEND
from interlock.compiler.sources.envoy.retries import CLASSES, HANG, UNAVAILABLE_CLASSES
from interlock.compiler.sources.envoy.servings import APART, MAX_ATTEMPTS, MISSING, STATIC, Serving, tried_again
from interlock.compiler.sources.plan import Remark
from interlock.dsl.source import Span

_OTHERS = ("EnvoyPatchPolicy", "EnvoyExtensionPolicy", "HTTPRoute", "MCPRoute", "QuotaPolicy", "ListenerSet")
_SETTINGS = ("rateLimit", "circuitBreaker", "faultInjection", "admissionControl", "responseOverride")


def remarks_of(objects: Objects, domains: list[Domain], servings: list[Serving]) -> Iterator[Remark]:
    """The remarks about a configuration, in the order of their weight."""
    for domain in domains:
        routes = list({id(e.route): e.route for e in domain.entries}.values())
        if len(routes) > 1 and not all(route.created for route in routes):
            text = "of matches that are equally specific the older route's counts; here routes go by their names"
            yield Remark(text, routes[0].span)
            break
    if servings and not objects.of(BACKEND):
        yield Remark("who the backends are is not among the files", servings[0].rule.span)
    silent = next((serving.rule for serving in servings if not serving.rule.timeout_said), None)
    if silent is not None:
        text = "where a rule has no `timeouts.request`, a request ends after 60 s, in the midst of its answer too"
        yield Remark(text, silent.span)
    for serving in servings:
        yield from _of_serving(serving)
    for object_ in objects.all:
        if object_.kind in _OTHERS:
            yield Remark(f"what `{object_.kind}` does to the same requests is not looked at", object_.span)
        listeners = object_.spec.list("listeners") if object_.kind == "Gateway" else ()
        if any(isinstance(item, Mapping) and item.get("hostname") is not None for item in listeners):
            yield Remark("hosts of listeners are not looked at, only those of routes", object_.span)


def _of_serving(serving: Serving) -> Iterator[Remark]:
    rule, retry = serving.rule, serving.retry
    if any(ref.pool for ref in rule.backends):
        yield Remark("an InferencePool chooses among its own servers by their load", rule.span)
    if serving.flat in APART:
        yield Remark("where backends are clusters of their own (G110), retries stay at the one chosen first", rule.span)
    if serving.flat == MISSING:
        yield Remark("what goes to a backend without a Backend gets 500 at once (G101)", rule.span)
    if serving.flat == STATIC:
        text = "several backends with `ip`: Envoy AI Gateway treats them all as the first (credentials, schema, model)"
        yield Remark(text, rule.span)
    for ref in rule.live:
        for said in ref.node.mapping("bodyMutation").list("set"):
            if isinstance(said, Mapping) and said.text("path") == "model":
                yield Remark("what `bodyMutation` puts in the place of the model is not looked at", said.span)
    policy = serving.policy
    if policy is None:
        return
    if policy.spec.get("healthCheck") is not None and len(rule.levels) > 1:
        key = policy.spec.key("healthCheck")
        text = "while a priority is unhealthy (`healthCheck`) requests begin with the next one"
        yield Remark(text, policy.span if key is None else key.span)
    for name in _SETTINGS:
        key = policy.spec.key(name)
        if key is not None:
            yield Remark(f"what `{name}` does is not looked at", key.span)
    if retry is None or not serving.classes:
        return
    yield Remark("when the last attempt has failed, the client gets its answer, here always 503", retry.span)
    if "overloaded" in serving.classes:
        text = "an overloaded error in the stream of a 200 answer is passed on; a policy falls back on it"
        yield Remark(text, retry.span)
    yield from _partial(serving)
    if len(serving.walk) > MAX_ATTEMPTS:
        yield Remark(f"Envoy goes on after {MAX_ATTEMPTS} attempts; a policy stops there", retry.span)
    again = {level for level in serving.walk if serving.walk.count(level) > 1}
    if serving.flat not in APART and any(len(serving.levels[level]) > 1 for level in again):
        text = "a retry within a priority asks a backend that was not asked before; here it asks the same again"
        yield Remark(text, retry.span)


def _partial(serving: Serving) -> Iterator[Remark]:
    """Classes of which Envoy tries some errors again and others not: here it tries all of them."""
    assert serving.retry is not None
    limited = serving.limit is not None
    for name in serving.classes:
        without = [f for f in CLASSES[name] if not tried_again(serving.retry, f, limited)]
        if without and name in UNAVAILABLE_CLASSES:
            listed = " and ".join(str(failure) for failure in without)
            kept = " and ".join(str(failure) for failure in CLASSES[name] if failure not in without)
            text = f"`{name}` is here tried again always; Envoy does for {kept}, not for {listed}"
            if without == [HANG] and not limited:
                text += " (no attempt is given up before the whole request is)"
            yield Remark(text, serving.retry.span)


def start_of(objects: Objects) -> Span:
    """Where a configuration begins."""
    return objects.all[0].span

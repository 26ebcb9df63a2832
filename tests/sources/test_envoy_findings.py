"""What is found in Envoy AI Gateway's resources: a configuration in which nothing is wrong, and one thing changed."""

from __future__ import annotations

import pytest

from interlock.compiler.sources.check import check_imported, import_sources
from interlock.dsl.finding import Finding
from interlock.dsl.source import Source

GOOD = """\
apiVersion: aigateway.envoyproxy.io/v1beta1
kind: AIGatewayRoute
metadata: {name: claude, labels: {tier: paid}}
spec:
  parentRefs: [{name: edge, kind: Gateway, group: gateway.networking.k8s.io}]
  rules:
    - name: sonnet
      matches: [{headers: [{name: x-ai-eg-model, type: Exact, value: claude-sonnet-4-6}]}]
      backendRefs:
        - {name: anthropic, priority: 0}
        - {name: bedrock, priority: 1, modelNameOverride: us.anthropic.claude-sonnet-4-6}
        - {name: vertex, priority: 2}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: retries}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: claude}]
  retry:
    numRetries: 2
    numAttemptsPerPriority: 1
    perRetry: {timeout: 20s}
    retryOn:
      triggers: [connect-failure, reset, retriable-status-codes]
      httpStatusCodes: [429, 500, 503, 529]
---
apiVersion: aigateway.envoyproxy.io/v1beta1
kind: AIServiceBackend
metadata: {name: anthropic}
spec:
  schema: {name: Anthropic}
  backendRef: {name: anthropic, kind: Backend, group: gateway.envoyproxy.io}
---
apiVersion: aigateway.envoyproxy.io/v1beta1
kind: AIServiceBackend
metadata: {name: bedrock}
spec:
  schema: {name: AWSAnthropic}
  backendRef: {name: bedrock, kind: Backend, group: gateway.envoyproxy.io}
---
apiVersion: aigateway.envoyproxy.io/v1beta1
kind: AIServiceBackend
metadata: {name: vertex}
spec:
  schema: {name: GCPAnthropic}
  backendRef: {name: vertex, kind: Backend, group: gateway.envoyproxy.io}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: anthropic}
spec: {endpoints: [{fqdn: {hostname: api.anthropic.com, port: 443}}]}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: bedrock}
spec: {endpoints: [{fqdn: {hostname: bedrock-runtime.us-east-1.amazonaws.com, port: 443}}]}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: vertex}
spec: {endpoints: [{fqdn: {hostname: us-east5-aiplatform.googleapis.com, port: 443}}]}
"""
SECOND = """\
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: second}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]
  retry: {numRetries: 1, numAttemptsPerPriority: 1}
"""
HASH = "  loadBalancer: {type: ConsistentHash, consistentHash: {type: Header, header: {name: NAME}}}\n  retry:"
EDGE = "  parentRefs: [{name: edge, kind: Gateway, group: gateway.networking.k8s.io}]\n"
TARGET = "  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: claude}]\n"
MODEL = "type: Exact, value: claude-sonnet-4-6"
ROUTE = "kind: HTTPRoute, name: claude}]\n"


def found_in(text: str) -> list[Finding]:
    """The findings, those that are always on."""
    return list(check_imported(import_sources("envoy-ai-gateway", [Source("routes.yaml", text)])))


def test_nothing_is_found_in_a_good_one() -> None:
    assert [f"{f.kind.code} {f.message}" for f in found_in(GOOD)] == []


CHANGES = {
    # fallbacks
    "no policy": ("kind: BackendTrafficPolicy", "kind: Other", "G110 bedrock` and `vertex`: without a"),
    "no retry": (
        "  retry:\n    numRetries: 2\n    numAttempts",
        "  rateLimit:\n    numAttempts",
        "G110 has no `retry`",
    ),
    "none allowed": ("numRetries: 2", "numRetries: 0", "G110 `numRetries` is 0"),
    "in place": ("    numAttemptsPerPriority: 1\n", "", "G110 without `numAttemptsPerPriority`"),
    "used up": ("numAttemptsPerPriority: 1", "numAttemptsPerPriority: 3", "G110 is used up in the first priority"),
    "cut off": ("numRetries: 2", "numRetries: 1", "G104 `vertex` is never tried: after 2 attempts"),
    "around again": ("numRetries: 2", "numRetries: 4", "F203 again, after an error there"),
    "hashed": ("  retry:", HASH.replace("NAME", "x-session-id"), "G110 `ConsistentHash` asks the first"),
    "zones": ("  retry:", "  loadBalancer: {type: Random, zoneAware: {preferLocal: {}}}\n  retry:", "G110 `zoneAware`"),
    "an address": (
        "{fqdn: {hostname: us-east5-aiplatform.googleapis.com,",
        "{ip: {address: 10.0.0.1,",
        "G110 host names and addresses in one rule",
    ),
    "nothing covered": (
        "[connect-failure, reset, retriable-status-codes]\n      httpStatusCodes: [429, 500, 503, 529]",
        "[resource-exhausted]",
        "G110 `retryOn` covers no error",
    ),
    # errors
    "no 429": ("[429, 500", "[500", "G105 do not fall back on 429"),
    "no 529": (", 529]", "]", "G105 do not fall back on 529"),
    "no connection": ("connect-failure, reset", "refused-stream", "G105 a failed connection and an upstream that does"),
    "no limit": ("    perRetry: {timeout: 20s}\n", "", "G105 an upstream that does not answer"),
    "too long a limit": ("timeout: 20s", "timeout: 60s", "G105 an upstream that does not answer"),
    "codes alone": (", retriable-status-codes]", "]", "G102 `httpStatusCodes` have no effect"),
    "a trigger alone": (
        "      httpStatusCodes: [429, 500, 503, 529]\n",
        "",
        "G102 `retriable-status-codes` has no effect",
    ),
    # pools
    "spread": ("priority: 1,", "priority: 0,", "G106 spread over 2 backends"),
    "two models": (
        "anthropic, priority: 0}",
        "anthropic, priority: 1, modelNameOverride: claude-opus-4-7}",
        "G107 `claude-opus-4-7`, `claude-sonnet-4-6`",
    ),
    # names
    "a backend": ("{name: vertex, priority: 2}", "{name: vertx, priority: 2}", "G101 `vertx` is no AIServiceBackend"),
    "its namespace": (
        "{name: vertex}\nspec:\n",
        "{name: vertex, namespace: ml}\nspec:\n",
        "G101 of the namespace `default`",
    ),
    "an endpoint": ("{name: vertex, kind: Backend", "{name: vertx, kind: Backend", "G101 at the Backend `vertx`"),
    "a route": (ROUTE, ROUTE.replace("claude", "cloud"), "G102 there is no route `cloud`"),
    "a rule": (ROUTE, ROUTE.replace("}]", ", sectionName: sonet}]"), "G102 no rule with the name `sonet`"),
    "a gateway": (ROUTE, "kind: Gateway, name: egde}]\n", "G102 no Gateway `egde`"),
    "another namespace": ("{name: retries}", "{name: retries, namespace: ops}", "G102 is in another namespace"),
    # resources
    "no gateway": (EDGE, "", "G102 to no Gateway"),
    "a service": ("{name: edge, kind: Gateway,", "{name: edge, kind: Service,", "G001 not to a `Service`"),
    "a kept name": ("- name: sonnet", "- name: route-not-found", "G001 `route-not-found` is kept"),
    "asked twice": (
        "{name: x-ai-eg-model, type: Exact,",
        "{name: x-ai-eg-model, value: b}, {name: x-ai-eg-model, type: Exact,",
        "G001 asks twice for `x-ai-eg-model`",
    ),
    "no expression": (MODEL, "type: RegularExpression, value: (?!gpt).*", "G004 of RE2"),
    "half an expression": (MODEL, 'type: RegularExpression, value: "("', "G004 of RE2"),
    "a weightless spare": ("vertex, priority: 2", "vertex, priority: 2, weight: 0", "G102 `vertex` is never asked"),
    "a large number": ("priority: 2}", "priority: 129}", "G001 more than Envoy takes"),
    "a Service": ("bedrock, kind: Backend", "bedrock, kind: Service", "G001 takes a `Backend`"),
    "for the route itself": ("kind: HTTPRoute", "kind: AIGatewayRoute", "G001 is not for an `AIGatewayRoute` itself"),
    "for a pod": ("kind: HTTPRoute", "kind: Pod", "G001 not for a `Pod`"),
    "of another group": (
        "{group: gateway.networking.k8s.io, kind: HTTP",
        "{group: apps, kind: HTTP",
        "G001 the group `apps`",
    ),
    "for nothing": (TARGET, "", "G001 is for nothing"),
    "a timeout": (
        "  retry:",
        "  timeout: {http: {requestTimeout: 300s}}\n  retry:",
        "G102 `requestTimeout` has no effect",
    ),
    "its kind": (
        "{name: vertex, priority: 2}",
        "{name: vertex, kind: AIServiceBackend, group: aigateway.envoyproxy.io, priority: 2}",
        "G001 an InferencePool where it has a `kind`",
    ),
    "another group": (
        "aigateway.envoyproxy.io/v1beta1\nkind: AIS",
        "gateway.envoyproxy.io/v1beta1\nkind: AIS",
        "G001 there is no",
    ),
    "another version": ("aigateway.envoyproxy.io/v1beta1", "aigateway.envoyproxy.io/v1", "G001 there is no `aigate"),
    "an old key": ("  parentRefs:", "  targetRefs:", "G002 `targetRefs` is no key of `AIGatewayRoute` any more"),
    "an old policy": (
        "  schema: {name: GCP",
        "  backendSecurityPolicyRef: {name: a}\n  schema: {name: GCP",
        "G002 any more",
    ),
    # keys and values
    "a slip": ("numRetries: 2", "numRetry: 2", "G002 unknown key `numRetry` in `spec.retry`"),
    "elsewhere": (
        "    - name: sonnet\n",
        "    - name: sonnet\n      retry: {numRetries: 2}\n",
        "G003 `retry` has no effect",
    ),
    "twice": ("    numRetries: 2\n", "    numRetries: 2\n    numRetries: 2\n", "G005 `numRetries` is written twice"),
    "a number": ("numRetries: 2", 'numRetries: "2"', "G001 `numRetries` is not a whole number"),
    "too small": ("numRetries: 2", "numRetries: -2", "G001 `numRetries` is less than 0"),
    "too large": ("[429, 500", "[429, 1000, 500", "G001 `httpStatusCodes` is more than 599"),
    "a choice": ("type: Exact", "type: Prefix", "G001 `type` cannot be `Prefix`"),
    "no text": ("value: claude-sonnet-4-6", "value: 5", "G001 `value` is no text"),
    "missing": ("- {name: anthropic, priority: 0}", "- {priority: 0}", "G001 `name` is missing"),
    "in the metadata": ("labels: {tier", "lables: {tier", "G002 unknown key `lables` in `metadata`"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_one_thing_changed(change: str) -> None:
    before, after, expected = CHANGES[change]
    assert before in GOOD
    code, _, words = expected.partition(" ")
    found = found_in(GOOD.replace(before, after, 1))
    told = [f"{f.kind.code} {f.message}" for f in found]
    assert any(f.kind.code == code and words in f.message for f in found), told


def test_health_checks_lead_to_the_next_priority() -> None:
    checked = GOOD.replace("  retry:\n", "  healthCheck: {passive: {consecutive5XxErrors: 3}}\n  other:\n")
    assert not [f for f in found_in(checked) if f.kind.code == "G110"]


def test_sixteen_rules_are_too_many() -> None:
    rule = "    - matches: [{headers: [{name: x-ai-eg-model, value: m%d}]}]\n      backendRefs: [{name: anthropic}]\n"
    many = GOOD.replace("  rules:\n", "  rules:\n" + "".join(rule % n for n in range(15)), 1)
    assert [f.message for f in found_in(many) if f.kind.code == "G001"] == [
        "`spec.rules` has 16 items, and 15 are allowed: Kubernetes refuses this resource"
    ]
    assert not [f for f in found_in(many.replace(rule % 3, "")) if f.kind.code == "G001"]


def test_the_more_specific_policy_holds() -> None:
    """One for the Gateway is hidden by the one for the route: that is said where it loses retries, and only there."""
    both = GOOD + SECOND
    assert [f.kind.code for f in found_in(both)] == []
    limited = both.replace("  retry:\n    numRetries: 2\n", "  circuitBreaker: {}\n  unused:\n    numRetries: 2\n")
    said = [f.message for f in found_in(limited) if f.kind.code == "G102"]
    assert said == ["the `retry` of `second` does not hold for `claude`: `retries` takes its place as a whole"]
    merged = limited.replace("  circuitBreaker: {}\n", "  circuitBreaker: {}\n  mergeType: JSONMerge\n")
    assert not [f for f in found_in(merged) if f.kind.code == "G102"]


def test_of_two_policies_for_one_route_one_counts() -> None:
    both = GOOD + SECOND.replace("kind: Gateway, name: edge", "kind: HTTPRoute, name: claude")
    said = [f.message for f in found_in(both) if f.kind.code == "G102"]
    assert said == ["`second` has no effect: `retries` is for the same"]


def test_of_two_resources_with_one_name_the_last_one_counts() -> None:
    route = GOOD.split("---\n", 1)[0]
    found = found_in(route.replace("claude-sonnet-4-6", "gpt-5") + "---\n" + GOOD)
    assert [(f.kind.code, f.span.start < len(route)) for f in found] == [("G102", True)]
    assert found[0].message == "there is another AIGatewayRoute `claude`: what stands here is replaced by it"


def test_an_older_route_comes_first() -> None:
    """Files that a cluster has given say how old its routes are: `younger` would be first by its name."""
    everything = "  rules: [{backendRefs: [{name: bedrock, modelNameOverride: b}]}]\n"
    route = GOOD.split("---\n", 1)[0].split("  rules:")[0] + everything
    older = route.replace("{name: claude,", "{name: z, creationTimestamp: '2025-01-01T00:00:00Z',")
    younger = route.replace("{name: claude,", "{name: a, creationTimestamp: '2026-01-01T00:00:00Z',")
    found = [f for f in found_in(younger + "---\n" + older) if f.kind.code == "R101"]
    assert [f.message.split("`")[1] for f in found] == ["a-1"]


def test_a_policy_finds_its_route_by_labels() -> None:
    selecting = GOOD.replace(
        TARGET,
        "  targetSelectors: [{kind: HTTPRoute, matchLabels: {tier: paid}}]\n",
    )
    assert [f.kind.code for f in found_in(selecting)] == []
    assert "G110" in [f.kind.code for f in found_in(selecting.replace("{tier: paid}}]\n", "{tier: free}}]\n"))]


def test_sessions_that_are_hashed_by_something_of_each_request() -> None:
    two = GOOD.replace("priority: 1,", "priority: 0,").replace(", priority: 2}", ", priority: 0}")
    hashed = two.replace("  retry:", HASH)
    said = [f for f in found_in(hashed.replace("NAME", "x-request-id")) if f.kind.code == "G106"]
    assert [f.related[0].message for f in said] == ["this differs in each request"]
    assert not [f for f in found_in(hashed.replace("NAME", "x-session-id")) if f.kind.code == "G106"]
    embedded = two.replace("value: claude-sonnet-4-6", "value: text-embedding-3-small")
    assert not [f for f in found_in(embedded) if f.kind.code == "G106"]

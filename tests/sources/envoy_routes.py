"""Random resources of Envoy AI Gateway."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.sources.envoy_model import CONNECT, HANG, Failure, Request

MODELS = ("claude-haiku-4-5", "claude-sonnet-4-6", "gpt-5", "gpt-5-mini", "claude-", "other")
PATTERNS = (
    "claude-.*",
    "claude-.+",
    "gpt-5(-mini)?",
    "(gpt-5|other)",
    "^claude-haiku-4-5$",
    ".*",
    r"[a-z]+-\d.*",
    "g[pq]t-5",
)
TENANTS = ("acme", "acme-eu", "globex")
TENANT_PATTERNS = ("acme.*", "acme(-eu)?", "[a-c]+", "glob.+")
FAILURES: tuple[Failure, ...] = (429, 500, 502, 503, 504, 529, 400, 413, CONNECT, HANG)
Document = dict[str, Any]


def resources(random: Random) -> list[Document]:
    """A few routes with their backends and policies."""
    found: list[Document] = []
    backends = [f"b{n}" for n in range(random.randint(2, 6))]
    kinds = random.choice((("fqdn",), ("fqdn",), ("fqdn",), ("ip",), ("fqdn", "ip"), (None,)))
    for name in backends:
        found += backend(random, name, random.choice(kinds))
    gateways = random.choice((["edge"], ["edge"], ["edge", "inner"]))
    listeners = ["http"]
    if random.random() < 0.3:
        listeners = random.choice((["http"], ["http", "admin"]))
        for gateway in gateways:
            ports = [{"name": name, "protocol": "HTTP", "port": 80 + n} for n, name in enumerate(listeners)]
            found.append(resource("gateway", "Gateway", gateway, {"gatewayClassName": "envoy", "listeners": ports}))
            found[-1]["apiVersion"] = "gateway.networking.k8s.io/v1"
    routes = [route(random, f"r{n}", backends, gateways) for n in range(random.choice((1, 1, 2, 3)))]
    found += routes
    for n in range(random.choice((0, 1, 1, 1, 2, 3))):
        found.append(policy(random, f"p{n}", routes, gateways))
    random.shuffle(found)
    return found


def backend(random: Random, name: str, kind: str | None) -> list[Document]:
    """A backend, with its endpoints where they are to be known."""
    there = {"name": f"{name}-at", "kind": "Backend", "group": "gateway.envoyproxy.io"}
    made = [resource("aigateway", "AIServiceBackend", name, {"schema": {"name": "OpenAI"}, "backendRef": there})]
    if kind is not None:
        hosts = (
            {"hostname": f"{name}.example.com"} if kind == "fqdn" else {"address": f"192.0.2.{random.randint(1, 9)}"}
        )
        made.append(resource("gateway", "Backend", f"{name}-at", {"endpoints": [{kind: {**hosts, "port": 443}}]}))
    return made


def route(random: Random, name: str, backends: list[str], gateways: list[str]) -> Document:
    """A route with some rules."""
    spec: Document = {"parentRefs": [{"name": g} for g in random.sample(gateways, random.randint(1, len(gateways)))]}
    for ref in spec["parentRefs"]:
        if random.random() < 0.1:
            ref["sectionName"] = "http"
    if random.random() < 0.3:
        spec["hostnames"] = random.sample(["a.example.com", "*.example.com", "b.example.org"], random.randint(1, 2))
    spec["rules"] = [rule(random, n, backends) for n in range(random.randint(1, 4))]
    version = random.choice(("v1alpha1", "v1beta1"))
    return resource("aigateway", "AIGatewayRoute", name, spec, version)


def rule(random: Random, number: int, backends: list[str]) -> Document:
    """A rule with matches and backends."""
    made: Document = {"matches": [match(random) for _ in range(random.choice((0, 1, 1, 1, 2)))]}
    if random.random() < 0.4:
        made["name"] = f"rule-{number}"
    if random.random() < 0.3:
        made["timeouts"] = random.choice(({"request": "20s"}, {"request": "0s"}, {"backendRequest": "10s"}))
    if random.random() < 0.15:
        made["streamIdleTimeout"] = "5s"
    refs = []
    for _ in range(random.choice((0, 1, 1, 2, 2, 3, 4))):
        ref: Document = {"name": random.choice(backends)}
        if random.random() < 0.7:
            ref["priority"] = random.choice((0, 0, 1, 1, 2))
        if random.random() < 0.4:
            ref["weight"] = random.choice((0, 1, 2, 5))
        if random.random() < 0.5:
            ref["modelNameOverride"] = random.choice(("big", "small"))
        refs.append(ref)
    made["backendRefs"] = refs
    return made


def match(random: Random) -> Document:
    """A match by the model, by a header, by both or by neither."""
    headers = []
    if random.random() < 0.85:
        expression = random.random() < 0.3
        value = random.choice(PATTERNS if expression else MODELS)
        headers.append(header(random, "x-ai-eg-model", value, expression))
    if random.random() < 0.35:
        expression = random.random() < 0.3
        value = random.choice(TENANT_PATTERNS if expression else TENANTS)
        headers.append(header(random, random.choice(("x-tenant", "X-Tenant")), value, expression))
    return {"headers": headers} if headers or random.random() < 0.5 else {}


def header(random: Random, name: str, value: str, expression: bool) -> Document:
    """A condition on a header."""
    kind = {"type": "RegularExpression"} if expression else random.choice(({}, {"type": "Exact"}))
    return {**kind, "name": name, "value": value}


def policy(random: Random, name: str, routes: list[Document], gateways: list[str]) -> Document:
    """A BackendTrafficPolicy for a route, one of its rules or a Gateway."""
    target = random.choice(("route", "route", "rule", "gateway"))
    chosen = random.choice(routes)
    ref: Document = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": chosen["metadata"]["name"]}
    named = [r["name"] for r in chosen["spec"]["rules"] if "name" in r]
    if target == "rule" and named:
        ref["sectionName"] = random.choice(named)
    elif target == "gateway":
        ref = {**ref, "kind": "Gateway", "name": random.choice(gateways)}
        if random.random() < 0.3:
            ref["sectionName"] = "http"
    spec: Document = {"targetRefs": [ref]}
    if random.random() < 0.85:
        spec["retry"] = retry(random)
    if random.random() < 0.3:
        key = {"type": "Header", "header": {"name": "x-session-id"}}
        spec["loadBalancer"] = {"type": "ConsistentHash", "consistentHash": key}
    elif random.random() < 0.05:
        spec["loadBalancer"] = {"type": "LeastRequest", "zoneAware": {"preferLocal": {}}}
    if ref["kind"] == "HTTPRoute" and random.random() < 0.3:
        spec["mergeType"] = random.choice(("StrategicMerge", "JSONMerge"))
    return resource("gateway", "BackendTrafficPolicy", name, spec)


def retry(random: Random) -> Document:
    """Some retries."""
    made: Document = {}
    if random.random() < 0.8:
        made["numRetries"] = random.randint(0, 5)
    if random.random() < 0.8:
        made["numAttemptsPerPriority"] = random.choice((0, 1, 1, 1, 2, 3))
    if random.random() < 0.5:
        made["perRetry"] = {"timeout": random.choice(("15s", "90s", "500ms"))}
    if random.random() < 0.85:
        on: Document = {}
        if random.random() < 0.8:
            some = [
                "connect-failure",
                "reset",
                "5xx",
                "gateway-error",
                "retriable-status-codes",
                "retriable-status-codes",
            ]
            on["triggers"] = list(dict.fromkeys(random.sample(some, random.randint(1, 3))))
        if random.random() < 0.7:
            on["httpStatusCodes"] = random.sample([429, 500, 502, 503, 504, 529, 413, 400], random.randint(1, 8))
        made["retryOn"] = on
    return made


def resource(group: str, kind: str, name: str, spec: Document, version: str | None = None) -> Document:
    """A resource."""
    api = f"{group}.envoyproxy.io/{version or ('v1beta1' if group == 'aigateway' else 'v1alpha1')}"
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec}


def request(random: Random) -> Request:
    """A request that some match may take."""
    headers = {"x-tenant": random.choice(TENANTS)} if random.random() < 0.6 else {}
    host = random.choice((None, "a.example.com", "c.example.com", "b.example.org", "d.example.net"))
    gateway = random.choice(("default/edge", "default/edge", "default/inner"))
    return Request(random.choice(MODELS), headers, host, gateway, random.choice(("http", "http", "admin")))

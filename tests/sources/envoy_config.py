"""Resources of Envoy AI Gateway as a configuration of Envoy, in the way that Envoy Gateway v1.8 makes one.

Hand-written from its source, for what decides where a request goes; the controllers themselves do not run here.
Timeouts are fifty times shorter, and the model is taken from its header.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tests.sources.envoy_model import Document, Gateway, at, seconds

SHORTER = 50
ATTEMPTS = "x-attempts", "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"
"""A header of the answer that tells us how many there were."""
_LB = "type.googleapis.com/envoy.extensions.load_balancing_policies."
_RETRY = "type.googleapis.com/envoy.extensions.retry."
_HTTP = "type.googleapis.com/envoy.extensions.filters."


def config(listeners: list[dict[str, Any]], clusters: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole of it."""
    return {"static_resources": {"listeners": listeners, "clusters": clusters}}


def listener(name: str, port: int, hosts: list[dict[str, Any]]) -> dict[str, Any]:
    """A port with its lists of routes."""
    router = {"name": "router", "typed_config": {"@type": f"{_HTTP}http.router.v3.Router"}}
    manager = {
        "@type": f"{_HTTP}network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "route_config": {"virtual_hosts": hosts},
        "http_filters": [router],
    }
    filters = [{"name": "http", "typed_config": manager}]
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    return {"name": name, "address": address, "filter_chains": [{"filters": filters}]}


def gateway_config(
    envoy: Gateway, gateway: str, port: str, prefix: str, ports: dict[str, int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The lists of routes of a listener by host, and the clusters that they send to."""
    routes = [route for route in envoy.of("AIGatewayRoute") if at(route, gateway, port)]
    routes.sort(key=lambda route: (route["metadata"].get("namespace", "default"), route["metadata"]["name"]))
    by_host: dict[str, list[tuple[tuple[int, int], dict[str, Any]]]] = {}
    clusters: list[dict[str, Any]] = []
    for route in routes:
        made: list[tuple[tuple[int, int], dict[str, Any]]] = []
        for index, rule in enumerate(route["spec"]["rules"]):
            policy = envoy.policy(route, rule, gateway, port)
            action, own = _action(envoy, rule, policy, f"{prefix}/{route['metadata']['name']}/{index}", ports)
            if "responseOverride" in policy:
                on = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "config": {}}
                action["typed_per_filter_config"] = {_override_name(policy["responseOverride"]): on}
            clusters += own
            for match in rule.get("matches") or [{}]:
                headers = match.get("headers", [])
                exact = sum(header.get("type", "Exact") == "Exact" for header in headers)
                made.append(((-len(headers), -exact), {"match": _match(headers), **action}))
        made.append(((0, 0), {"match": {"prefix": "/"}, "direct_response": {"status": 404}}))
        for host in route["spec"].get("hostnames", ["*"]):
            by_host.setdefault(host, []).extend(made)
    hosts = []
    for host, entries in by_host.items():
        entries.sort(key=lambda entry: entry[0])
        attempts = {"header": {"key": ATTEMPTS[0], "value": ATTEMPTS[1]}}
        routes_here = [{**entry, "response_headers_to_add": [attempts]} for _, entry in entries]
        hosts.append({"name": f"{prefix}/{host}", "domains": [host], "routes": routes_here})
    return hosts, clusters


def override_filters(policies: list[Document]) -> list[dict[str, Any]]:
    """The filters of the `responseOverride`s: the first of all, each off but for its own routes."""
    said = {_override_name(p["responseOverride"]): p["responseOverride"] for p in policies if "responseOverride" in p}
    made = []
    for name, rules in said.items():
        matchers = [{"predicate": _heard(rule), "on_match": _said(rule["response"])} for rule in rules]
        typed = {
            "@type": f"{_HTTP}http.custom_response.v3.CustomResponse",
            "custom_response_matcher": {"matcher_list": {"matchers": matchers}},
        }
        made.append({"name": name, "disabled": True, "typed_config": typed})
    return made


def _override_name(rules: list[Document]) -> str:
    return "custom_response/" + hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:12]


def _heard(rule: Document) -> dict[str, Any]:
    codes = [_code(code) for code in rule["match"]["statusCodes"]]
    predicate = codes[0] if len(codes) == 1 else {"or_matcher": {"predicate": codes}}
    if rule.get("source", "All") == "All":
        return predicate
    local = _input("envoy.type.matcher.v3.HttpResponseLocalReplyMatchInput")
    local |= {"value_match": {"exact": "true" if rule["source"] == "Local" else "false"}}
    return {"and_matcher": {"predicate": [predicate, {"single_predicate": local}]}}


def _input(kind: str) -> dict[str, Any]:
    return {"input": {"name": "input", "typed_config": {"@type": f"type.googleapis.com/{kind}"}}}


def _code(said: Document) -> dict[str, Any]:
    if "value" in said:
        value = {"value_match": {"exact": str(said["value"])}}
        return {"single_predicate": _input("envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput") | value}
    code = {"selectExpr": {"operand": {"identExpr": {"name": "response"}, "id": 1}, "field": "code"}, "id": 2}

    def compared(function: str, number: int, place: int) -> dict[str, Any]:
        literal = {"constExpr": {"int64Value": number}, "id": place + 1}
        return {"callExpr": {"function": function, "args": [code, literal]}, "id": place}

    ends = [compared("_>=_", said["range"]["start"], 3), compared("_<=_", said["range"]["end"], 6)]
    expression = {"parsed_expr": {"expr": {"callExpr": {"function": "_&&_", "args": ends}, "id": 9}}}
    matcher = {"@type": "type.googleapis.com/xds.type.matcher.v3.CelMatcher", "expr_match": expression}
    own = {"custom_match": {"name": "cel", "typed_config": matcher}}
    return {"single_predicate": _input("xds.type.matcher.v3.HttpAttributesCelMatchInput") | own}


def _said(response: Document) -> dict[str, Any]:
    kind = "type.googleapis.com/envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy"
    headers = (("content-type", response["contentType"]), ATTEMPTS)
    policy = {
        "@type": kind,
        "status_code": response["statusCode"],
        "body_format": {"text_format": response["body"]["inline"]},
        "response_headers_to_add": [
            {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
            for key, value in headers
        ],
    }
    return {"action": {"name": "said", "typed_config": policy}}


def _match(headers: list[Document]) -> dict[str, Any]:
    found = []
    for header in headers:
        exact = header.get("type", "Exact") == "Exact"
        said = {"exact": header["value"]} if exact else {"safe_regex": {"regex": header["value"]}}
        found.append({"name": header["name"], "string_match": said})
    return {"prefix": "/", "headers": found}


def _action(
    envoy: Gateway, rule: Document, policy: Document, name: str, ports: dict[str, int]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    refs = [ref for ref in rule.get("backendRefs", []) if ref.get("weight", 1) > 0]
    if not refs:
        return {"direct_response": {"status": 500}}, []
    hashing = policy.get("loadBalancer", {}).get("type") == "ConsistentHash"
    kinds = {envoy.addressing(ref["name"]) for ref in refs}
    said = rule.get("timeouts", {})
    whole = seconds(said.get("backendRequest", said.get("request", "60s")))
    action: dict[str, Any] = {"timeout": _shorter(whole or 0)}
    if hashing:
        action["hash_policy"] = [{"header": {"header_name": "x-session-id"}}]
    if "retry" in policy:
        action["retry_policy"] = _retry(policy["retry"])
    idle = seconds(rule.get("streamIdleTimeout"))
    if idle:
        action.setdefault("retry_policy", {})["per_try_idle_timeout"] = _shorter(idle)
    if len(kinds) > 1 or (len(refs) > 1 and policy.get("loadBalancer", {}).get("zoneAware")):
        # Endpoints of several kinds, or zones: a cluster each, chosen by weight before anything else.
        each = [_cluster(f"{name}/{n}", [ref], ports, hashing, flat=False) for n, ref in enumerate(refs)]
        weights = [{"name": c["name"], "weight": ref.get("weight", 1)} for c, ref in zip(each, refs, strict=True)]
        return {"route": {**action, "weighted_clusters": {"clusters": weights}}}, each
    flat = kinds == {"ip"} and len(refs) > 1
    return {"route": {**action, "cluster": name}}, [_cluster(name, refs, ports, hashing, flat=flat)]


def _cluster(name: str, refs: list[Document], ports: dict[str, int], hashing: bool, *, flat: bool) -> dict[str, Any]:
    localities = []
    for index, ref in enumerate(refs):
        address = {"socket_address": {"address": "127.0.0.1", "port_value": ports[ref["name"]]}}
        localities.append(
            {
                "locality": {"region": f"{name}/backend/{index}"},
                "priority": 0 if flat else ref.get("priority", 0),
                "load_balancing_weight": ref.get("weight", 1),
                "lb_endpoints": [{"endpoint": {"address": address}, "load_balancing_weight": 1}],
            }
        )
    if hashing:
        balancer = {"name": "envoy.load_balancing_policies.maglev", "typed_config": {"@type": f"{_LB}maglev.v3.Maglev"}}
    else:
        locality: dict[str, Any] = {"locality_weighted_lb_config": {}}
        least = {"@type": f"{_LB}least_request.v3.LeastRequest", "locality_lb_config": locality}
        balancer = {"name": "envoy.load_balancing_policies.least_request", "typed_config": least}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "2s",
        "load_balancing_policy": {"policies": [{"typed_extension_config": balancer}]},
        "load_assignment": {"cluster_name": name, "endpoints": localities},
    }


def _retry(said: Document) -> dict[str, Any]:
    previous = {
        "name": "envoy.retry_host_predicates.previous_hosts",
        "typed_config": {"@type": f"{_RETRY}host.previous_hosts.v3.PreviousHostsPredicate"},
    }
    made: dict[str, Any] = {
        "retry_on": "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
        "retriable_status_codes": [503],
        "num_retries": said.get("numRetries", 2),
        "retry_host_predicate": [previous],
        "host_selection_retry_max_attempts": 5,
        "retry_back_off": {"base_interval": "0.001s", "max_interval": "0.002s"},
    }
    if said.get("numAttemptsPerPriority", 0):
        priorities = {
            "@type": f"{_RETRY}priority.previous_priorities.v3.PreviousPrioritiesConfig",
            "update_frequency": said["numAttemptsPerPriority"],
        }
        made["retry_priority"] = {"name": "envoy.retry_priorities.previous_priorities", "typed_config": priorities}
    if "retryOn" in said:
        if said["retryOn"].get("triggers"):
            made["retry_on"] = ",".join(said["retryOn"]["triggers"])
        made["retriable_status_codes"] = said["retryOn"].get("httpStatusCodes", [])
    each = seconds(said.get("perRetry", {}).get("timeout"))
    if each:
        made["per_try_timeout"] = _shorter(each)
    return made


def _shorter(length: float) -> str:
    return f"{length / SHORTER:g}s"

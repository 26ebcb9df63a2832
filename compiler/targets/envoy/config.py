"""Envoy's configuration for a policy, three HTTP connection managers behind each other in one process.

`public` (its file knows nothing of the policy) asks `interlock_walk` for an answer, and asks again as long as that says
so. `interlock_walk` runs the table, in Lua, and has the policy's timeouts. `interlock_hop` keeps a stream back until
its content begins, counts limits, and asks the upstream. Settings read and run with Envoy 1.40, November 2026
(docs/gateways/envoy.md).
"""

from __future__ import annotations

from typing import Any

from interlock.compiler.targets.addresses import served
from interlock.compiler.targets.envoy.addresses import word
from interlock.compiler.targets.envoy.clusters import lookup
from interlock.compiler.targets.envoy.parts import (
    BUFFER,
    Part,
    connection,
    internal_cluster,
    internal_listener,
    local_replies,
    lua,
    message,
    replaced,
    retries,
    seconds,
    typed,
    wasm,
)
from interlock.compiler.targets.envoy.scripts import binary
from interlock.dsl.policy import Limit, Policy, Upstream

WALK, HOP = "interlock_walk", "interlock_hop"
ATTEMPTS = 200
"""Of one request, at most: more than the hops and retries of any walk."""
_OURS = ("met", "next", "none", "at", "to", "hold", "local", "began")
_ENVOYS = (
    "retry-on",
    "retry-grpc-on",
    "max-retries",
    "retriable-status-codes",
    "retriable-header-names",
    "upstream-rq-timeout-ms",
    "upstream-rq-per-try-timeout-ms",
    "upstream-rq-timeout-alt-response",
    "hedge-on-per-try-timeout",
    "expected-rq-timeout-ms",
    "attempt-count",
    "original-path",
)
HIDDEN = [*(f"x-interlock-{name}" for name in _OURS), *(f"x-envoy-{name}" for name in _ENVOYS)]
"""Headers that a client is not to set and an upstream is not to see."""


def public(memory: str) -> tuple[list[Part], list[Part]]:
    """The listener for clients, and its clusters. ``memory`` is that filter's script."""
    asked: Part = {"cluster": WALK, "timeout": "0s", "retry_policy": retries(ATTEMPTS)}
    unknown = '{"type":"error","error":{"type":"not_found_error","message":"only /v1/messages is served here"}}'
    hosts = {
        "name": "public",
        "domains": ["*"],
        "request_body_buffer_limit": BUFFER,
        "response_headers_to_remove": [f"x-interlock-{name}" for name in _OURS],
        "routes": [
            {"match": {"prefix": "/v1/messages"}, "route": asked},
            {
                "match": {"prefix": "/"},
                "direct_response": {"status": 404, "body": {"inline_string": unknown}},
                "response_headers_to_add": [replaced("content-type", "application/json")],
            },
        ],
    }
    mutations = [{"remove": name} for name in HIDDEN]
    early = typed(
        "envoy.http.early_header_mutation.header_mutation",
        "extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        mutations=mutations,
    )
    failed = {"type": "error", "error": {"type": "api_error", "message": "%LOCAL_REPLY_BODY%"}}
    chain = connection(
        "public",
        hosts,
        [],
        request_timeout="120s",
        early_header_mutation_extensions=[early],
        local_reply_config={"body_format": {"json_format": failed}},
        access_log=[_log("request", _REQUEST)],
    )
    listener = message(
        "config.listener.v3.Listener",
        name="public",
        address={"socket_address": {"address": "127.0.0.1", "port_value": 10000}},
        per_connection_buffer_limit_bytes=BUFFER,
        filter_chains=[chain],
    )
    return [listener], [internal_cluster(WALK, [lua("memory", memory)])]


def listeners(policy: Policy, walk: str) -> list[Part]:
    """The internal listeners. ``walk`` is the script that decides. Raises ``Unemittable``."""
    upstreams = served(policy)
    undecided = '{"type":"error","error":{"type":"api_error","message":"no decision was made: see the log of Envoy"}}'
    failed = {"direct_response": {"status": 500, "body": {"inline_string": undecided}}}
    deciding = {
        "name": "walk",
        "domains": ["*"],
        "include_request_attempt_count": True,
        "request_body_buffer_limit": BUFFER,
        "routes": [
            *(route for each in upstreams for route in _walk_routes(each)),
            {"match": {"prefix": "/"}, **failed},
        ],
    }
    late = {
        "match": {"prefix": "/", "headers": [_header("x-envoy-attempt-count", "2")]},
        "direct_response": {"status": 504},
        "response_headers_to_add": [replaced("x-interlock-local", "first_token")],
    }
    asking = {
        "name": "hop",
        "domains": ["*"],
        "request_headers_to_remove": [*HIDDEN, "x-forwarded-proto", "x-forwarded-for", "x-request-id"],
        "routes": [late, *(_hop_route(each) for each in upstreams)],
    }
    replies = local_replies("x-interlock-local")
    # An answer that is cut is told to the next connection manager at once, not after a second.
    inner: dict[str, Any] = {
        "delayed_close_timeout": "0s",
        "generate_request_id": False,
        "skip_xff_append": True,
        "local_reply_config": replies,
    }
    hop_filters = [wasm("hold", binary("hold")), *_limits(policy), *lookup(policy)]
    logged = {**inner, "access_log": [_log("hop", _HOP)]}
    return [
        internal_listener(WALK, connection("walk", deciding, [lua("walk", walk)], **logged)),
        internal_listener(HOP, connection("hop", asking, hop_filters, **inner)),
    ]


def _walk_routes(upstream: Upstream) -> list[Part]:
    """Where a decided request goes: with the timer of the first token if it is for a stream."""
    mine = _header("x-interlock-at", word(upstream))
    total = upstream.timeouts.get("total")
    route: Part = {"cluster": HOP, "timeout": "0s" if total is None else seconds(total)}
    plain = {"match": {"prefix": "/", "headers": [mine]}, "route": route}
    first = upstream.timeouts.get("first_token")
    if first is None:
        return [plain]
    # If there is no answer by then a second attempt is made beside the first, and `interlock_hop` answers it with 504:
    # Envoy takes it, and drops the first. The timer ends when an answer begins, which no other timer of Envoy's does.
    timed = {
        **route,
        "retry_policy": retries(1, retriable_headers=[{"name": "x-interlock-none", "present_match": True}])
        | {"per_try_timeout": seconds(first)},
        "hedge_policy": {"hedge_on_per_try_timeout": True},
    }
    return [{"match": {"prefix": "/", "headers": [mine, _HELD]}, "route": timed}, plain]


_HELD: Part = {"name": "x-interlock-hold", "present_match": True}


def _hop_route(upstream: Upstream) -> Part:
    route: Part = {
        "match": {"prefix": "/", "headers": [_header("x-interlock-at", word(upstream))]},
        "route": {"cluster_header": "x-interlock-to", "timeout": "0s"},
        "response_headers_to_remove": [f"x-interlock-{name}" for name in _OURS],
    }
    if upstream.limit is not None:
        limit = _limit(f"limit {word(upstream)}", upstream.limit)
        route["typed_per_filter_config"] = {"interlock.limit": limit}
    return route


_RATE = "extensions.filters.http.local_ratelimit.v3.LocalRateLimit"


def _limits(policy: Policy) -> list[Part]:
    if all(upstream.limit is None for upstream in served(policy)):
        return []
    return [typed("interlock.limit", _RATE, stat_prefix="limit")]


def _limit(name: str, limit: Limit) -> Part:
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    bucket = {
        "max_tokens": limit.burst,
        "tokens_per_fill": limit.count,
        "fill_interval": "1s" if limit.per == "s" else "60s",
    }
    return message(
        _RATE,
        stat_prefix=name,
        token_bucket=bucket,
        filter_enabled=always,
        filter_enforced=always,
    )


def _header(name: str, value: str) -> Part:
    return {"name": name, "string_match": {"exact": value}}


def _log(kind: str, fields: Part) -> Part:
    shown = {"json_format": {"interlock": kind, "time": "%START_TIME%", "id": "%REQ(X-REQUEST-ID)%", **fields}}
    logger = "extensions.access_loggers.stream.v3.StdoutAccessLog"
    return typed("envoy.access_loggers.stdout", logger, log_format=shown)


_TOLD = {
    name: f"%RESP(X-INTERLOCK-{name.upper()})%" for name in ("policy", "version", "rule", "pool", "upstream", "hop")
}
_ANSWER: Part = {
    "status": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
    "milliseconds": "%DURATION%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
}
_REQUEST: Part = {
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(:PATH)%",
    **_ANSWER,
    **_TOLD,
    "model": "%RESP(X-INTERLOCK-MODEL)%",
    "after": "%DYNAMIC_METADATA(interlock:met)%",
}
_HOP: Part = {**_ANSWER, "next": "%RESP(X-INTERLOCK-NEXT)%", "record": "%DYNAMIC_METADATA(interlock:record)%"}

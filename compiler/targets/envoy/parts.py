"""Pieces of Envoy's configuration (the v3 API, Envoy 1.40), as plain data."""

from __future__ import annotations

import base64
from typing import Any

Part = dict[str, Any]

MANY = 1_000_000
"""Of what Envoy would count and refuse by itself: no policy says so."""
BUFFER = 40 * 1024 * 1024
"""Bytes of a request that are kept, to be read and to be sent again. Anthropic takes 32 MB."""

_TYPE = "type.googleapis.com/envoy."
_HTTP = "extensions.upstreams.http.v3.HttpProtocolOptions"


def typed(name: str, type_: str, **fields: Any) -> Part:
    """An extension: its name, and its message of a type below `envoy.`."""
    return {"name": name, "typed_config": message(type_, **fields)}


def message(type_: str, **fields: Any) -> Part:
    """A message of a type below `envoy.`."""
    return {"@type": _TYPE + type_, **fields}


def lua(name: str, code: str) -> Part:
    """A filter that runs a script."""
    source = {"inline_string": code}
    return typed(f"interlock.{name}", "extensions.filters.http.lua.v3.Lua", default_source_code=source)


def wasm(name: str, code: bytes) -> Part:
    """A filter in WebAssembly."""
    source = {"local": {"inline_bytes": base64.b64encode(code).decode()}}
    machine = {"vm_id": f"interlock.{name}", "runtime": "envoy.wasm.runtime.v8", "code": source}
    # Without it a pause at the headers would be one of the body too.
    plugin = {"name": f"interlock.{name}", "vm_config": machine, "allow_on_headers_stop_iteration": True}
    return typed(f"interlock.{name}", "extensions.filters.http.wasm.v3.Wasm", config=plugin)


def connection(prefix: str, hosts: Part, filters: list[Part], **fields: Any) -> Part:
    """A filter chain that speaks HTTP. Nothing of Envoy's own is added to what passes, and no silence ends it: the
    policy's timeouts do."""
    router = typed("envoy.filters.http.router", "extensions.filters.http.router.v3.Router", suppress_envoy_headers=True)
    manager = typed(
        "envoy.filters.network.http_connection_manager",
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=prefix,
        stream_idle_timeout="0s",
        server_header_transformation="PASS_THROUGH",
        **fields,
        route_config={"name": prefix, "validate_clusters": False, "virtual_hosts": [hosts]},
        http_filters=[*filters, router],
    )
    return {"filters": [manager]}


def internal_listener(name: str, chain: Part) -> Part:
    """A listener inside of the process."""
    return message(
        "config.listener.v3.Listener",
        name=name,
        internal_listener={},
        per_connection_buffer_limit_bytes=BUFFER,
        filter_chains=[chain],
    )


def internal_cluster(name: str, filters: list[Part] | None = None) -> Part:
    """The way to the internal listener of the same name, on the same thread. Each request has a connection of its own,
    so that after a change of the listener the next one comes to the new one."""
    options: Part = {"explicit_http_config": {"http_protocol_options": {}}}
    options["common_http_protocol_options"] = {"max_requests_per_connection": 1}
    if filters:
        codec = typed("envoy.filters.http.upstream_codec", "extensions.filters.http.upstream_codec.v3.UpstreamCodec")
        options["http_filters"] = [*filters, codec]
    where = {"envoy_internal_address": {"server_listener_name": name}}
    return cluster(name, "STATIC", "1s", where, options)


def cluster(name: str, kind: str, connect: str, where: Part, options: Part) -> Part:
    """A cluster of one address."""
    return message(
        "config.cluster.v3.Cluster",
        name=name,
        type=kind,
        connect_timeout=connect,
        per_connection_buffer_limit_bytes=BUFFER,
        circuit_breakers=unlimited(),
        load_assignment={
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": where}}]}],
        },
        typed_extension_protocol_options={f"envoy.{_HTTP}": message(_HTTP, **options)},
    )


def unlimited() -> Part:
    """No limits but the policy's."""
    kinds = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    return {"thresholds": [dict.fromkeys(kinds, MANY)]}


def replaced(name: str, value: str) -> Part:
    """A header that is set, over whatever is there."""
    return {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def retries(count: int, **fields: Any) -> Part:
    """Try again, at once, after an answer with `x-interlock-next`."""
    return {
        "retry_on": "retriable-headers",
        "retriable_headers": [{"name": "x-interlock-next", "present_match": True}],
        "num_retries": count,
        "retry_back_off": {"base_interval": "0.001s", "max_interval": "0.001s"},
        **fields,
    }


def local_replies(header: str) -> Part:
    """Answers of Envoy's own are marked as such."""
    failed = {"comparison": {"op": "GE", "value": {"default_value": 400, "runtime_key": "interlock.none"}}}
    mark = {"header": {"key": header, "value": "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"}}
    return {"mappers": [{"filter": {"status_code_filter": failed}, "headers_to_add": [mark]}]}


def seconds(milliseconds: int) -> str:
    """A duration as Envoy writes it."""
    return f"{milliseconds // 1000}.{milliseconds % 1000:03}s" if milliseconds % 1000 else f"{milliseconds // 1000}s"

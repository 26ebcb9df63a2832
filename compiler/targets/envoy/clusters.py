"""The clusters of a policy's upstreams: one an address, or two where a variable has the address."""

from __future__ import annotations

from interlock.compiler.targets.addresses import Address, address, served
from interlock.compiler.targets.envoy.addresses import clusters
from interlock.compiler.targets.envoy.parts import Part, cluster, seconds, typed
from interlock.dsl.policy import Policy, Upstream


def upstream_clusters(policy: Policy) -> list[Part]:
    """The clusters of the policy's upstreams. Raises ``Unemittable``."""
    return [each for upstream in served(policy) for each in _clusters(upstream)]


def lookup(policy: Policy) -> list[Part]:
    """The filter that finds addresses that variables hold."""
    if all(address(upstream) is not None for upstream in served(policy)):
        return []
    kind = "extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig"
    return [typed("envoy.filters.http.dynamic_forward_proxy", kind, dns_cache_config=_DNS)]


_DNS: Part = {"name": "interlock", "dns_lookup_family": "ALL"}


def _clusters(upstream: Upstream) -> list[Part]:
    where, names = address(upstream), clusters(upstream)
    connect = seconds(upstream.timeouts.get("connect", 5000))
    made = []
    for scheme, name in names.items():
        options: Part = {"upstream_http_protocol_options": {"auto_sni": True, "auto_san_validation": True}}
        if scheme == "https":
            options["auto_config"] = {"http_protocol_options": {}, "http2_protocol_options": {}}
        else:
            options["explicit_http_config"] = {"http_protocol_options": {}}
        if where is None:
            found = _by_variable(name, connect, options)
        else:
            found = cluster(name, "LOGICAL_DNS", connect, _socket(where), options) | {"dns_lookup_family": "ALL"}
        if scheme == "https":
            found["transport_socket"] = _tls()
        made.append(found)
    return made


def _by_variable(name: str, connect: str, options: Part) -> Part:
    made = cluster(name, "STATIC", connect, {}, options)
    del made["type"], made["load_assignment"]
    kind = "extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig"
    proxy = typed("envoy.clusters.dynamic_forward_proxy", kind, dns_cache_config=_DNS)
    return {**made, "lb_policy": "CLUSTER_PROVIDED", "cluster_type": proxy}


def _socket(where: Address) -> Part:
    return {"socket_address": {"address": where.host, "port_value": where.port}}


def _tls() -> Part:
    # Debian's place, which Envoy's own images have; Envoy knows no other way to the system's certificates.
    trust = {"trusted_ca": {"filename": "/etc/ssl/certs/ca-certificates.crt"}}
    context = {"common_tls_context": {"validation_context": trust}}
    return typed("envoy.transport_sockets.tls", "extensions.transport_sockets.tls.v3.UpstreamTlsContext", **context)

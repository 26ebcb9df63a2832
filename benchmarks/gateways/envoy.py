"""Envoy with what `interlock emit envoy` wrote, and Envoy with one route to the same upstream.

The plain one has no log, and passes a body on as it comes: to keep it until it is decided is part of the policy's cost.
"""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from tests.gateways.envoy_run import running

from benchmarks.gateways.policies import LOAD, burst_policy, compiled
from benchmarks.gateways.requests import HEADERS, PATH, body
from benchmarks.gateways.served import Bursting, Served
from interlock.compiler.targets.envoy import emit

PLAIN = """
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 10001}}}
static_resources:
  listeners:
  - name: public
    address: {socket_address: {address: 127.0.0.1, port_value: 10000}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: public
          route_config:
            virtual_hosts:
            - {name: public, domains: ['*'], routes: [{match: {prefix: /}, route: {cluster: upstream, timeout: 0s}}]}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: upstream
    type: STATIC
    circuit_breakers: {thresholds: [{max_connections: 1000000, max_pending_requests: 1000000, max_requests: 1000000}]}
    load_assignment:
      cluster_name: upstream
      endpoints:
      - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: UPSTREAM}}}}]
"""
KEY = {"ANTHROPIC_API_KEY": "sk-anthropic"}


@contextmanager
def served(upstream: int) -> Iterator[Served]:
    """Both, asking the upstream at this port."""
    plain = {"envoy.yaml": PLAIN.replace("UPSTREAM", str(upstream)).encode()}
    with running(plain, {}) as without, running(emit(compiled(LOAD, upstream)).files, KEY) as ours:
        yield Served(PATH, (without.port, HEADERS, body), (ours.port, HEADERS, body))


@contextmanager
def bursting(upstream: int) -> Iterator[Bursting]:
    """Envoy with the policy of the burst."""
    with running(emit(compiled(burst_policy(50), upstream)).files, KEY) as ours:

        def under_way() -> int:
            with urllib.request.urlopen(f"http://127.0.0.1:{ours.admin}/stats?filter=rq_active$") as answer:
                told = answer.read().decode()
            return sum(int(count) for count in re.findall(r"^http\.(?!admin).*rq_active: (\d+)$", told, re.MULTILINE))

        yield Bursting(PATH, (ours.port, HEADERS, body), 50, under_way)

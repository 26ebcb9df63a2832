"""A policy for Envoy: clusters, routes, timeouts and limits in its own configuration, deciding and walking in Lua,
the beginnings of streams in WebAssembly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from interlock.compiler.artifact import encode
from interlock.compiler.table import Table
from interlock.compiler.targets.envoy.clusters import upstream_clusters
from interlock.compiler.targets.envoy.config import ATTEMPTS, HOP, listeners, public
from interlock.compiler.targets.envoy.parts import Part, internal_cluster, typed
from interlock.compiler.targets.envoy.report import fidelity
from interlock.compiler.targets.envoy.scripts import script, walk
from interlock.compiler.targets.fidelity import Emitted, Unemittable


def emit(table: Table) -> Emitted:
    """The folder for Envoy: ``envoy.yaml``, which starts it and knows nothing of the policy, what it reads from there
    and follows (``listeners.yaml``, ``clusters.yaml``), and all of it in one (``static.yaml``).

    Raises ``Unemittable`` where an upstream has no address, or one that is none.
    """
    data = encode(table)
    content = json.loads(data)
    version = content["version"]
    if (most := attempts(content)) > ATTEMPTS:
        raise Unemittable(f"a walk may come to {most} attempts, and Envoy makes at most {ATTEMPTS}")
    inner = listeners(table.policy, walk(table, data))
    upstreams = [internal_cluster(HOP), *upstream_clusters(table.policy)]
    outer, own = public(script("memory"))
    about = f"# Written by `interlock emit envoy` from the policy {json.dumps(table.policy.name)}."
    start = "# Starts Envoy 1.40 beside `current`. Knows nothing of the policy: the address is yours to change."
    files = {
        "envoy.yaml": _text(start, _bootstrap(outer, own) | _followed()),
        "listeners.yaml": _text(about, {"version_info": version, "resources": inner}),
        "clusters.yaml": _text(about, {"version_info": version, "resources": upstreams}),
        "static.yaml": _text(about, _bootstrap([*outer, *inner], [*own, *upstreams])),
        "table.json": data,
    }
    return Emitted(files, fidelity(table.policy, version))


def attempts(content: Mapping[str, Any]) -> int:
    """The most attempts that a walk of a table's JSON comes to, that of its end included."""
    states, retries = content["states"], [pool["retry"] for pool in content["pools"]]
    known: dict[int, int] = {}
    waiting = list(range(len(states)))
    while waiting:
        state = waiting.pop()
        ways = {to for to in states[state].get("next", ()) if to is not None}
        if ways <= known.keys():
            own = 1 + retries[states[state]["pool"]] if "pool" in states[state] else 1
            known[state] = own + max((known[to] for to in ways), default=0)
        else:
            waiting += [state, *(ways - known.keys())]
    return max(known.values())


def _bootstrap(own_listeners: list[Part], own_clusters: list[Part]) -> Part:
    internal = "extensions.bootstrap.internal_listener.v3.InternalListener"
    return {
        "node": {"id": "interlock", "cluster": "interlock"},
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 10001}}},
        "bootstrap_extensions": [typed("envoy.bootstrap.internal_listener", internal)],
        "static_resources": {
            "listeners": [_untyped(each) for each in own_listeners],
            "clusters": [_untyped(each) for each in own_clusters],
        },
    }


def _untyped(resource: Part) -> Part:
    return {name: value for name, value in resource.items() if name != "@type"}


def _followed() -> Part:
    def source(name: str) -> Part:
        # A move of `current` to another folder is what Envoy watches for.
        path = {"path": f"current/{name}", "watched_directory": {"path": "."}}
        return {"resource_api_version": "V3", "path_config_source": path}

    return {"dynamic_resources": {"cds_config": source("clusters.yaml"), "lds_config": source("listeners.yaml")}}


class _Dumper(yaml.SafeDumper):
    """Texts of several lines are written as such, and nothing is written as a reference to something above."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _string(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _string)


def _text(comment: str, data: Part) -> bytes:
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
    return f"{comment}\n{text}".encode()

"""The scripts of the Lua filters: the runtime for Lua, the table and the filters' own modules, as one text."""

from __future__ import annotations

import json
from importlib.resources import files

from interlock.compiler.table import Table
from interlock.compiler.targets.addresses import address, key, served
from interlock.compiler.targets.envoy.addresses import clusters, word
from interlock.compiler.targets.lua.bundle import common, long, module, runtime


def script(name: str) -> str:
    """A filter that needs nothing else."""
    return (files("interlock.compiler.targets.envoy") / "filter" / f"{name}.lua").read_text("utf-8")


def binary(name: str) -> bytes:
    """A filter in WebAssembly."""
    return (files("interlock.compiler.targets.envoy") / "filter" / f"{name}.wasm").read_bytes()


def walk(table: Table, data: bytes) -> str:
    """The filter that decides, for a table and its bytes."""
    parts = [
        f"-- Written by `interlock emit envoy` from the policy {json.dumps(table.policy.name)}.\n",
        f"local TABLE = {long(data.decode())}\n",
        f"local SETTINGS = {long(_settings(table))}\n",
        module("interlock", runtime()),
        "local policy, fault = interlock.load(TABLE)\n",
        'if not policy then error("interlock: the table is refused: " .. fault.message, 0) end\n',
        common(),
        module("gateway", script("gateway")),
        script("walk"),
    ]
    return "".join(parts)


def _settings(table: Table) -> str:
    upstreams: list[dict[str, object]] = []
    for upstream in served(table.policy):
        where, names = address(upstream), clusters(upstream)
        told: dict[str, object] = {"name": upstream.name, "word": word(upstream), "key": key(upstream)}
        if where is None:
            assert upstream.endpoint is not None
            told |= {"env": upstream.endpoint[1], "clusters": names}
        else:
            (name,) = names.values()
            told |= {"endpoint": {"authority": where.authority, "base": where.base, "cluster": name}}
        if "first_token" in upstream.timeouts:
            told["first_token"] = True
        if upstream.limit is not None and upstream.limit.status is not None:
            told["limit"] = upstream.limit.status
        upstreams.append(told)
    return json.dumps({"upstreams": upstreams}, ensure_ascii=False, sort_keys=True) + "\n"

"""The scripts of the Lua filters: the runtime for Lua, the table and the filters' own modules, as one text."""

from __future__ import annotations

import json
from importlib.resources import files

from interlock.compiler.table import Table
from interlock.compiler.targets.envoy.addresses import address, clusters, key, served, word

MODULES = ("body", "attributes", "errors", "gateway", "breakers")


def script(name: str) -> str:
    """A filter that needs nothing else."""
    return (files("interlock.compiler.targets.envoy") / "filter" / f"{name}.lua").read_text("utf-8")


def module(name: str) -> bytes:
    """A filter in WebAssembly."""
    return (files("interlock.compiler.targets.envoy") / "filter" / f"{name}.wasm").read_bytes()


def walk(table: Table, data: bytes) -> str:
    """The filter that decides, for a table and its bytes."""
    parts = [
        f"-- Written by `interlock emit envoy` from the policy {json.dumps(table.policy.name)}.\n",
        f"local TABLE = {long_text(data.decode())}\n",
        f"local SETTINGS = {long_text(_settings(table))}\n",
        module_text("interlock", runtime()),
        "local policy, fault = interlock.load(TABLE)\n",
        'if not policy then error("interlock: the table is refused: " .. fault.message, 0) end\n',
        *(module_text(name, script(name)) for name in MODULES),
        script("walk"),
    ]
    return "".join(parts)


def runtime() -> str:
    """The runtime for Lua as one file, as runtimes/lua/amalgamate writes it."""
    names = sorted(file.name for file in files("interlock.runtime_lua").iterdir() if file.name.endswith(".lua"))
    parts = [
        "-- Interlock's runtime for Lua in one file, made by runtimes/lua/amalgamate. Apache-2.0.\n",
        "local modules, loaded, outer = {}, {}, require\n",
        "local function require(name)\n",
        "  local module = modules[name]\n",
        "  if not module then return outer(name) end\n",
        "  if loaded[name] == nil then loaded[name] = module() end\n",
        "  return loaded[name]\n",
        "end\n",
    ]
    for file in names:
        name = "interlock" if file == "init.lua" else f"interlock.{file.removesuffix('.lua')}"
        text = (files("interlock.runtime_lua") / file).read_text("utf-8")
        parts.append(f'modules["{name}"] = function()\n{text}end\n')
    return "".join([*parts, 'return require("interlock")\n'])


def module_text(name: str, text: str) -> str:
    """A module as a local of the script."""
    return f"local {name} = (function()\n{text}end)()\n"


def long_text(text: str) -> str:
    """A string of Lua in which nothing is escaped."""
    level = "="
    while f"]{level}]" in text:
        level += "="
    return f"[{level}[\n{text}]{level}]"


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

"""The runtime for Lua and the modules that gateways share, as text that needs no other file."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

MODULES = ("body", "attributes", "errors", "answers", "breakers")


def common(names: Sequence[str] = MODULES) -> str:
    """The modules of this folder, each a local. They need `interlock`, the runtime."""
    folder = files("interlock.compiler.targets.lua")
    return "".join(module(name, (folder / f"{name}.lua").read_text("utf-8")) for name in names)


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


def module(name: str, text: str) -> str:
    """A module as a local of a script."""
    return f"local {name} = (function()\n{text}end)()\n"


def long(text: str) -> str:
    """A string of Lua in which nothing is escaped."""
    level = "="
    while f"]{level}]" in text:
        level += "="
    return f"[{level}[\n{text}]{level}]"

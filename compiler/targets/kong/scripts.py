"""The plugin as two files that need no others: the runtime for Lua and the plugin's own modules, without a policy."""

from __future__ import annotations

from importlib.resources import files

from interlock.compiler.targets.lua.bundle import common, module, runtime

MODULES = ("limits", "timer", "http", "events", "serving", "walk", "send")


def handler() -> str:
    """The text of handler.lua."""
    parts = [
        "-- Written by `interlock emit kong`: Interlock's plugin for Kong, with its runtime. Apache-2.0.\n",
        module("interlock", runtime()),
        common(),
        *(module(name, _own(name)) for name in MODULES),
        _own("handler"),
    ]
    return "".join(parts)


def schema() -> str:
    """The text of schema.lua."""
    return _own("schema")


def _own(name: str) -> str:
    return (files("interlock.compiler.targets.kong") / "plugin" / f"{name}.lua").read_text("utf-8")

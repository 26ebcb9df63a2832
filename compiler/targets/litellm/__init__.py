"""A policy for LiteLLM's proxy: deployments in its own configuration, deciding and walking in a hook."""

from __future__ import annotations

import json
from importlib.resources import files

from interlock.compiler.artifact import encode
from interlock.compiler.table import Table
from interlock.compiler.targets.fidelity import Emitted
from interlock.compiler.targets.litellm.config import config
from interlock.compiler.targets.litellm.report import fidelity

HOOK = (
    "interlock_attributes.py",
    "interlock_counting.py",
    "interlock_errors.py",
    "interlock_hook.py",
    "interlock_shadow.py",
    "interlock_stream.py",
    "interlock_table.py",
    "interlock_walk.py",
)


def emit(table: Table) -> Emitted:
    """The folder for the proxy: its configuration, the hook, the table and the runtime that reads it.

    Raises ``Unemittable`` where an upstream's provider is none that LiteLLM knows.
    """
    data = encode(table)
    hook = files("interlock.compiler.targets.litellm") / "hook"
    runtime = files("interlock.runtime")
    written = {
        "config.yaml": config(table.policy).encode(),
        "table.json": data,
        **{name: (hook / name).read_bytes() for name in HOOK},
        **{
            f"interlock_runtime/{file.name}": file.read_bytes()
            for file in sorted(runtime.iterdir(), key=lambda file: file.name)
            if file.name.endswith(".py") or file.name == "py.typed"
        },
    }
    return Emitted(written, fidelity(table.policy, json.loads(data)["version"]))

"""A policy for Kong Gateway: a route in decK's form, deciding and walking in a plugin of our own."""

from __future__ import annotations

import json

from interlock.compiler.artifact import encode
from interlock.compiler.table import Table
from interlock.compiler.targets.fidelity import Emitted
from interlock.compiler.targets.kong.config import deck
from interlock.compiler.targets.kong.report import fidelity
from interlock.compiler.targets.kong.scripts import handler, schema

PLUGIN = "kong/plugins/interlock"


def emit(table: Table) -> Emitted:
    """The folder for Kong: ``kong.yaml``, which is the policy, and the plugin, which knows nothing of it.

    Raises ``Unemittable`` where an upstream has no address, or one that is none, or a variable that Kong cannot read.
    """
    data = encode(table)
    files = {
        "kong.yaml": deck(table.policy, data.decode().rstrip("\n")).encode(),
        f"{PLUGIN}/handler.lua": handler().encode(),
        f"{PLUGIN}/schema.lua": schema().encode(),
        "table.json": data,
    }
    return Emitted(files, fidelity(table.policy, json.loads(data)["version"]))

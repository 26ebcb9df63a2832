"""A policy for Portkey's gateway: one configuration in its own language, without any code of ours."""

from __future__ import annotations

import json

from interlock.compiler.artifact import encode
from interlock.compiler.table import Table
from interlock.compiler.targets.fidelity import Emitted
from interlock.compiler.targets.portkey.config import config
from interlock.compiler.targets.portkey.places import places_of
from interlock.compiler.targets.portkey.report import fidelity
from interlock.compiler.targets.portkey.walks import Walks


def emit(table: Table) -> Emitted:
    """The folder for the gateway: config.json, which goes with each request in the header `x-portkey-config`.

    Raises ``Unemittable`` where a rule asks what Portkey's conditions cannot ask, or a provider is none of Portkey's.
    """
    policy = table.policy
    places, walks = places_of(policy), Walks(table)
    data = json.dumps(config(policy, places, walks), indent=2, ensure_ascii=False).encode() + b"\n"
    return Emitted({"config.json": data}, fidelity(policy, json.loads(encode(table))["version"], places, walks, data))

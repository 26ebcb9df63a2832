"""A policy for Cloudflare: a Worker with the table and the runtime for TypeScript in it.

The dynamic routes of Cloudflare's AI Gateway know no error classes, no token counts and no chains that end in one
another, so nothing of a policy is native there: the Worker does all of it, and may have an AI Gateway as upstream.
"""

from __future__ import annotations

import json
from importlib.resources import files

from interlock.compiler.artifact import encode
from interlock.compiler.table import Table
from interlock.compiler.targets.cloudflare.config import upstreams, wrangler
from interlock.compiler.targets.cloudflare.report import fidelity
from interlock.compiler.targets.fidelity import Emitted


def emit(table: Table) -> Emitted:
    """The folder for `wrangler deploy`: its configuration, the Worker, the table and the runtime that reads it.

    Raises ``Unemittable`` where no upstream can be asked by a Worker.
    """
    data = encode(table)
    report = fidelity(table.policy, json.loads(data)["version"])
    worker = files("interlock.compiler.targets.cloudflare") / "worker"
    written = {
        "wrangler.jsonc": wrangler(table.policy, list(report.environment)).encode(),
        "table.json": data,
        "upstreams.json": upstreams(table.policy).encode(),
        **{
            f"src/{file.name}": file.read_bytes()
            for file in sorted(worker.iterdir(), key=lambda file: file.name)
            if file.name.endswith(".js")
        },
    }
    return Emitted(written, report)

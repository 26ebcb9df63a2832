"""`interlock emit envoy` against a running Envoy 1.40: requests over HTTP to /v1/messages, as Claude Code sends them.

`python -m tests.gateways.envoy_emit` serves the emitted folder, with upstreams on loopback that answer as told, and
compares who was asked, the status and the decision in the headers with what the runtime for Python says of the
table, and with retries written plainly. Exits 1 if they differ.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interlock.compiler.pipeline import front
from interlock.compiler.targets.envoy import emit
from interlock.compiler.targets.fidelity import Unemittable
from interlock.runtime import load
from tests.gateways.envoy import ROOT, installed
from tests.gateways.envoy_edges import compare_edges
from tests.gateways.envoy_run import Run, running
from tests.gateways.envoy_streams import compiled
from tests.gateways.litellm_emit import STREAMED, WALKS
from tests.gateways.litellm_run import served_text
from tests.gateways.mock import Upstreams


def compare(run: Run) -> None:
    """Every comparison."""
    base = {"session_id": "s-1", "input_tokens": 10}
    cases: tuple[tuple[dict[str, Any], dict[str, str], dict[str, Any]], ...] = (
        ({}, {}, {}),
        ({"home": "west"}, {"x-region": "west"}, {}),
        ({"home": "atlantis"}, {"x-region": "atlantis"}, {}),
        ({"top": 200}, {}, {"top_k": 200}),
        ({"top": 501}, {}, {"top_k": 501}),
        ({"plan": "team"}, {}, {"metadata": {"plan": "team"}}),
        ({"input_tokens": 7500}, {}, {"messages": [{"role": "user", "content": "x" * 30_000}]}),
        ({"model_hint": "sonnet"}, {}, {"model": "claude-sonnet-4-6"}),
    )
    for more, headers, body in cases:
        run.walk((), {**base, **more}, headers, **body)
        run.walk((529,), {**base, **more}, headers, **body)
    for script in WALKS:
        run.walk(script, base, {})
        run.walk(script, {**base, "home": "west"}, {"x-region": "west"})
    for script in STREAMED:
        run.walk(script, base, {}, stream=True)
    for number in range(12):
        session = {"session_id": f"session-{number}", "model_hint": "sonnet"}
        for _ in range(2):
            run.walk(
                (), {**base, **session}, {"x-claude-code-session-id": f"session-{number}"}, model="claude-sonnet-4-6"
            )


def reload(run: Run) -> None:
    """A new version takes the place of the old one at the next request; one that is refused does not."""
    changed = served_text(run.upstreams).replace("input_tokens < 5K", "input_tokens < 3")
    made = front("gate.route", text=changed)
    assert made.table is not None
    files, old = emit(made.table).files, run.table
    broken = {**files, "listeners.yaml": files["listeners.yaml"].replace(b'"columns"', b'"colums"')}
    run.envoy.place(broken, "v2")
    time.sleep(1.0)
    request = {"session_id": "s-1", "input_tokens": 10}
    run.walk((529,), request, {})
    streamed: list[Any] = []
    under_way = threading.Thread(target=lambda: streamed.append(run.ask((), stream=True)))
    under_way.start()
    time.sleep(0.3)
    run.envoy.place(files, "v3")
    under_way.join()
    whole = "message_stop" in streamed[0].text and streamed[0].headers["x-interlock-version"] == old.version
    run.check("a stream under way ends as it began", whole, streamed[0].text)
    run.table = load(files["table.json"])
    run.await_version(run.table.version)
    for _ in range(20):
        run.walk((), request, {})
    run.envoy.lead("v1")
    run.table = old
    run.await_version(old.version)
    for _ in range(20):
        run.walk((529,), request, {})


def validated() -> list[str]:
    """The ready-made policies of which Envoy refuses the configuration, with what it says; those without an address for
    each upstream are left out."""
    refused = []
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((ROOT / "stdlib_policies").glob("*.route")):
            table = front(str(path)).table
            if table is None:
                continue
            try:
                data = emit(table).files["static.yaml"]
            except Unemittable as error:
                print(f"{path.name} is not for Envoy: {error}")
                continue
            (Path(folder) / "static.yaml").write_bytes(data)
            command = [str(installed()), "--mode", "validate", "-c", "static.yaml", "-l", "warning"]
            run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if run.returncode:
                refused.append(f"{path.name}: {run.stderr[-500:]}")
            print(f"{path.name}: Envoy takes it" if run.returncode == 0 else refused[-1], flush=True)
    return refused


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; gives the exit code."""
    upstreams = Upstreams(4.0)
    made = front("gate.route", text=served_text(upstreams))
    assert made.table is not None, [finding.message for finding in made.findings]
    files = emit(made.table).files
    with running(files, {"ANTHROPIC_API_KEY": "the-providers"}) as envoy:
        run = Run(envoy, load(files["table.json"]), upstreams)
        compare(run)
        reload(run)
    edges = compare_edges(upstreams)
    edges.check("Envoy takes the ready-made policies", not (refused := validated()), refused)
    edges.check("hold.wasm is hold.wat, compiled", compiled())
    total, wrong = run.total + edges.total, run.wrong + edges.wrong
    print(f"envoy emit: {total} comparisons, {run.hops} hops, {wrong} different", flush=True)
    return 1 if wrong or not edges.total else 0


if __name__ == "__main__":
    sys.exit(main())

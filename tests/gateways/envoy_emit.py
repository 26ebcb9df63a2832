"""`interlock emit envoy` against a running Envoy 1.40: requests over HTTP to /v1/messages, as Claude Code sends them.

`python -m tests.gateways.envoy_emit` serves the emitted folder, with upstreams on loopback that answer as told, and
compares who was asked, the status and the decision in the headers with what the runtime for Python says of the
table, and with retries written plainly. Exits 1 if they differ.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from interlock.compiler.pipeline import front
from interlock.compiler.targets.envoy import emit
from interlock.compiler.targets.envoy.scripts import binary
from interlock.compiler.targets.fidelity import Unemittable
from interlock.runtime import Table, load
from tests.gateways.envoy import ROOT, installed
from tests.gateways.envoy_edges import MARKS, compare_edges
from tests.gateways.envoy_run import SHADOW, Run, running
from tests.gateways.envoy_streams import compiled
from tests.gateways.litellm_run import CLASSES, served_text
from tests.gateways.mock import CONNECT, CONTEXT, POLICY, Failure, Upstreams
from tests.gateways.walks import WALKS, walks
from tests.targets.litellm.test_hook import ATTRIBUTES


def generated(run: Run, table: bytes) -> None:
    """Requests of every kind, decided in the shadow: as the runtime for Python does with what LiteLLM's hook finds."""
    random_ = random.Random(11)
    declared = json.loads(table)["attributes"]
    for _ in range(300):
        headers = {"x-region": random_.choice(["east", "west", "", "EAST", "west,east"])}
        if random_.random() < 0.7:
            headers["x-claude-code-session-id"] = random_.choice(["s-1", "é", "x" * 300])
        body: dict[str, Any] = {
            "model": random_.choice(["claude-haiku-4-5", "claude-sonnet-4-6", "opus", "", 7]),
            "messages": [{"role": "user", "content": random_.choice(["hi", "é", '"\\\n']) * random_.randint(0, 9000)}],
            "system": random_.choice([None, "be brief", [{"type": "text", "text": "be brief"}]]),
            "tools": random_.choice([None, [], [{"name": "t"}], "t"]),
            "top_k": random_.choice([None, 0, 99, 100, 500, 501, -1, 5.0, 5.5, "100", True, [1]]),
            "metadata": random_.choice([None, {}, {"plan": random_.choice(["team", "free", "x", 1, None])}]),
        }
        if isinstance(body["metadata"], dict) and random_.random() < 0.5:
            body["metadata"]["user_id"] = "user_1_account__session_abc"
        found = ATTRIBUTES.attributes(declared, headers, body, [body["metadata"]])
        decision = run.table.decide(found)
        text = json.dumps(body, ensure_ascii=random_.random() < 0.5).encode()
        got = run.raw(text, {**headers, "x-claude-code-session-id": headers.get("x-claude-code-session-id"), **SHADOW})
        told = {name: got.headers.get(f"x-interlock-{name}") for name in ("rule", "pool", "upstream", "model", "fail")}
        fail = None if decision.fail is None else str(decision.fail.status)
        plain = {name: getattr(decision, name) for name in ("rule", "pool", "upstream", "model")} | {"fail": fail}
        run.check(f"{headers} {text[:200]!r}", told == plain and got.status == 204, (told, plain))


def together(run: Run) -> None:
    """Many requests at once, each with its own failures: nobody's errors are another's."""
    random_ = random.Random(5)
    answers: tuple[Failure, ...] = (200, 529, 429, 500, 504, CONTEXT, POLICY, 400, CONNECT)
    scripts: list[dict[str, Failure]] = [
        {name: random_.choice(answers) for name in ("east", "west", "large", "other")} for _ in range(600)
    ]

    def ask(number: int) -> tuple[int, str | None, str | None]:
        headers = {"x-script": json.dumps(scripts[number]), "x-region": "west" if number % 3 == 0 else "east"}
        got = run.send(headers, stream=number % 2 == 0)
        return got.status, got.headers.get("x-interlock-upstream"), got.headers.get("x-interlock-hop")

    with ThreadPoolExecutor(32) as pool:
        told = list(pool.map(ask, range(len(scripts))))
    for number, script in enumerate(scripts):
        request = {"session_id": "s-1", "input_tokens": 10, "home": "west" if number % 3 == 0 else "east"}
        run.check(f"together {number} {script}", told[number] == alone(run.table, request, script), told[number])


def alone(table: Table, request: dict[str, Any], script: Mapping[str, Failure]) -> tuple[int, str | None, str | None]:
    """The status, upstream and hop of a request by itself. A retry changes nothing: upstreams keep to their answer."""
    decision = table.decide(request)
    while decision.fail is None:
        status = script.get(str(decision.upstream), CONNECT)
        class_ = CLASSES.get(status)
        later = None if class_ is None else table.after(decision, class_)
        if later is None or (later.fail is not None and later.fail.status is None):
            shown = {CONTEXT: 400, POLICY: 400, CONNECT: 503}.get(str(status), status)
            return int(shown), decision.upstream, str(decision.hop)
        decision = later
    assert decision.fail.status is not None
    return decision.fail.status, None, str(decision.hop)


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
    upstreams.every_header = MARKS
    made = front("gate.route", text=served_text(upstreams))
    assert made.table is not None, [finding.message for finding in made.findings]
    files = emit(made.table).files
    with running(files, {"ANTHROPIC_API_KEY": "the-providers"}) as envoy:
        run = Run(envoy, load(files["table.json"]), upstreams)
        walks(run)
        generated(run, files["table.json"])
        together(run)
        reload(run)
    with running(files, {}, "static.yaml") as envoy:
        alone_ = Run(envoy, load(files["table.json"]), upstreams)
        for script in WALKS[:5]:
            alone_.walk(script, {"session_id": "s-1", "input_tokens": 10}, {})
    edges = compare_edges(upstreams)
    edges.check("static.yaml serves by itself", alone_.total > 0 and not alone_.wrong)
    edges.check("Envoy takes the ready-made policies", not (refused := validated()), refused)
    edges.check("hold.wasm is hold.wat, compiled", compiled() == binary("hold"))
    total, wrong = run.total + edges.total, run.wrong + edges.wrong
    print(f"envoy emit: {total} comparisons, {run.hops} hops, {wrong} different", flush=True)
    return 1 if wrong or not edges.total else 0


if __name__ == "__main__":
    sys.exit(main())

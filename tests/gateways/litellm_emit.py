"""`interlock emit litellm` against the running proxy: requests over HTTP to /v1/messages, as Claude Code sends them.

`python -m tests.gateways.litellm_emit` serves the emitted folder, with upstreams on loopback that answer as told, and
compares who was asked, the status, the decision in the headers and the record in the log with what the runtime for
Python says of the table, and with retries written plainly here. Exits 1 if they differ.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

from interlock.compiler.pipeline import front
from interlock.compiler.targets.litellm import emit
from interlock.runtime import load
from tests.gateways.litellm import installed, running
from tests.gateways.litellm_run import Run, served_text
from tests.gateways.litellm_serving import serving, unserved
from tests.gateways.mock import CONNECT, CONTEXT, CUT, IN_STREAM, PAUSE, POLICY, TIMEOUT, Failure, Upstreams
from tests.gateways.walks import walks

ALONE: tuple[Failure, ...] = (529, 503, 429, 500, 502, 504, TIMEOUT, CONNECT, CONTEXT, 413, POLICY, 400, 401, 404)
"""Errors at a pool without a chain: the client gets them."""


def compare(run: Run) -> None:
    """Every comparison."""
    walks(run)
    base = {"session_id": "s-1", "input_tokens": 10}
    for error in ALONE:
        run.walk((error,), {**base, "top": 200}, {}, top_k=200)
        run.walk((error,), {**base, "top": 200}, {}, top_k=200, stream=True)
    run.walk((IN_STREAM,), {**base, "top": 200}, {}, top_k=200, stream=True)
    streams(run)
    together(run)


def together(run: Run) -> None:
    """Requests at one time do not take each other's decisions."""
    run.upstreams.expect(())
    wanted = [("west" if number % 2 else "east", f"together-{number}") for number in range(24)]

    def one(want: tuple[str, str]) -> tuple[str | None, str | None]:
        headers = {"x-region": want[0], "x-claude-code-session-id": want[1]}
        got = run.send(headers, stream=True)
        return got.headers.get("x-interlock-upstream"), got.headers.get("x-interlock-rule")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, wanted))
    run.check("together", found == [(where, "west" if where == "west" else "small") for where, _ in wanted], found)
    told = [line["record"]["upstream"] for line in run.lines()[-24:]]
    run.check("together in the log", sorted(told) == sorted(where for where, _ in wanted), told)


def streams(run: Run) -> None:
    """Pieces come as they are sent; nothing hops after content; headers reach the upstream."""
    got = run.ask((), stream=True)
    words = [next((at for at, piece in got.pieces if word in piece), 0.0) for word in (b"one", b"two", b"three")]
    gaps = [later - earlier for earlier, later in pairwise(words)]
    run.check("pieces come as they are sent", all(gap > PAUSE / 2 for gap in gaps), gaps)
    sent = run.upstreams.headers[0]
    wanted = {"anthropic-beta": "context-1m-2025-08-07", "anthropic-version": "2023-06-01"}
    run.check("anthropic-* reach the upstream", all(v in sent.get(k, "") for k, v in wanted.items()), sent)
    run.ask((CUT,), stream=True)
    run.check("no hop after content", run.upstreams.asked == ["east"], run.upstreams.asked)


def reload(run: Run, folder: Path, good: bytes) -> None:
    """A table that is refused leaves the old one in place; another one takes its place at the next request."""
    (folder / "table.json").write_bytes(good[: len(good) // 2])
    run.walk((), {"session_id": "s-1", "input_tokens": 10}, {})
    changed = front(
        "gate.route", text=served_text(run.upstreams).replace("input_tokens < 5K", "input_tokens < 3")
    ).table
    assert changed is not None
    data = emit(changed).files["table.json"]
    (folder / "table.json").write_bytes(data)
    run.table = load(data)
    run.walk((), {"session_id": "s-1", "input_tokens": 10}, {})


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; gives the exit code."""
    upstreams = Upstreams(4.0)
    made = front("gate.route", text=served_text(upstreams))
    assert made.table is not None, [finding.message for finding in made.findings]
    files = emit(made.table).files
    with running(installed()) as gateway:
        folder = gateway.folder
        for name, data in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        # The mocks take any key; HOME is a variable that is there.
        text = files["config.yaml"].decode().replace("os.environ/ANTHROPIC_API_KEY", "os.environ/HOME")
        (folder / "watching.py").write_bytes((Path(__file__).parent / "litellm_watching.py").read_bytes())
        text = text.replace("interlock_hook.hook", "[interlock_hook.hook, watching.watching]")
        run = Run(gateway, gateway.serve(text), load(files["table.json"]), upstreams)
        compare(run)
        reload(run, folder, files["table.json"])
        serving(run, folder, files)
        unserved(run, folder, text, files["table.json"])
    print(f"litellm emit: {run.total} comparisons, {run.hops} hops, {run.wrong} different", flush=True)
    return 1 if run.wrong or not run.total else 0


if __name__ == "__main__":
    sys.exit(main())

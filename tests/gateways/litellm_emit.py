"""`interlock emit litellm` against the running proxy: requests over HTTP to /v1/messages, as Claude Code sends them.

`python -m tests.gateways.litellm_emit` serves the emitted folder, with upstreams on loopback that answer as told, and
compares who was asked, the status and the decision in the headers with what the runtime for Python says of the
table, and with retries written plainly here. Exits 1 if they differ.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path
from typing import Any

from interlock.compiler.pipeline import front
from interlock.compiler.targets.litellm import emit
from interlock.runtime import Table, load
from tests.gateways.litellm import Gateway, installed, running
from tests.gateways.mock import CONNECT, CONTEXT, CUT, IN_STREAM, PAUSE, POLICY, TIMEOUT, Failure, Upstreams

POLICY_TEXT = """
policy gate
import "std/claude_code"
import "std/models"
request {
    home : enum(east, west)   per session   from header "x-region"   default east
    plan : enum(free, team)?   per session   from metadata "plan"
    top  : int(0..=500)?   from body "/top_k"
}
upstream east  { provider anthropic  endpoint "EAST"   timeout first_token 2s, total 2s }
upstream west  { provider anthropic  endpoint "WEST"   timeout first_token 2s, total 2s }
upstream large { provider anthropic  endpoint "LARGE"  timeout first_token 2s, total 2s }
upstream other { provider anthropic  endpoint "OTHER"  timeout first_token 2s, total 2s }
upstream dead  { provider anthropic  endpoint "DEAD"   timeout first_token 2s, total 2s }
pool main   { serve east with claude-haiku-4-5 }
pool second { serve west with claude-haiku-4-5  retry 2 }
pool big    { serve large with claude-sonnet-4-6 }
pool mild   { serve other with claude-haiku-4-5 }
pool pair   { sticky by session_id  serve east with claude-haiku-4-5  serve west with claude-haiku-4-5 weight 2 }
pool gone   { serve dead with claude-haiku-4-5 }
fallback main   -> second -> fail 503 "both are busy" on overloaded, timeout
fallback main   -> mild -> fail 429 "slow down" on rate_limited
fallback main   -> big -> fail 413 "too long" on context_overflow
fallback main   -> other_pool -> fail 451 on refused
pool other_pool { serve other with claude-sonnet-4-6 }
fallback gone   -> follow second on unreachable
fallback second -> fail 502 "west is gone"
rule paid  when plan == team -> gone
rule deep  when top >= 100 -> big
rule west  when home == west -> second
rule pairs when model_hint == sonnet -> pair
rule small when input_tokens < 5K -> main
rule rest  -> big
"""

CLASSES: dict[Failure, str | None] = {
    529: "overloaded", 503: "overloaded", IN_STREAM: "overloaded", 429: "rate_limited", 500: "server_error",
    502: "server_error", 504: "timeout", TIMEOUT: "timeout", CONNECT: "unreachable", CONTEXT: "context_overflow",
    413: "context_overflow", POLICY: "refused", 400: None, 401: None, 404: None,
}  # fmt: skip
UNAVAILABLE = ("overloaded", "rate_limited", "server_error", "timeout", "unreachable")

WALKS: tuple[tuple[Failure, ...], ...] = (
    (), (529,), (503,), (429,), (500,), (502,), (504,), (TIMEOUT,), (CONNECT,), (CONTEXT,), (413,), (POLICY,), (400,),
    (401,), (404,), (529, 529), (529, 400), (529, 500, 500, 500), (529, 429, CONNECT, 503),
    (TIMEOUT, 529, TIMEOUT, 529), (429, 529), (429, 429), (CONTEXT, 529), (POLICY, POLICY), (529, 529, 400),
)  # fmt: skip
STREAMED: tuple[tuple[Failure, ...], ...] = (*WALKS, (IN_STREAM,), (IN_STREAM, IN_STREAM), (529, IN_STREAM, 429))


class Asked:
    """What came back: ``pieces`` are the seconds from the first piece of the body to each, with the piece."""

    def __init__(
        self,
        port: int,
        key: str,
        body: dict[str, Any] | bytes,
        headers: Mapping[str, str | None],
        path: str = "/v1/messages?beta=true",
    ) -> None:
        url = f"http://127.0.0.1:{port}{path}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        own = {
            "authorization": f"Bearer {key}",
            "content-type": "application/json",
            "user-agent": "claude-cli/2.1.90 (external, cli)",
            "anthropic-version": "2023-06-01",
            "anthropic-beta": "context-1m-2025-08-07",
            "x-claude-code-session-id": "s-1",
        }
        self.pieces: list[tuple[float, bytes]] = []
        try:
            sent = {name: value for name, value in {**own, **headers}.items() if value is not None}
            answer: Any = urllib.request.urlopen(urllib.request.Request(url, data, sent), timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.status = int(answer.status)
            self.headers = {name.lower(): value for name, value in answer.headers.items()}
            try:
                while piece := answer.read1(65536):
                    self.pieces.append((time.monotonic(), piece))
            except (OSError, HTTPException) as error:
                self.pieces.append((time.monotonic(), repr(error).encode()))
        self.text = b"".join(piece for _, piece in self.pieces).decode("utf-8", "replace")


def expected(table: Table, request: dict[str, Any], script: Sequence[Failure]) -> tuple[list[str], Any]:
    """Who is to be asked, and the last decision; None for it where the upstream's own error goes to the client. Written
    plainly from docs/language.md: retries first, then the chain."""
    decision, asked, left, tries = table.decide(request), [], list(script), 0
    retries = {"second": 2}
    while decision.fail is None:
        if decision.upstream == "dead":
            class_: str | None = "unreachable"
        else:
            asked.append(str(decision.upstream))
            if not left:
                return asked, decision
            class_ = CLASSES[left.pop(0)]
        if class_ is None:
            return asked, None
        if class_ in UNAVAILABLE and tries < retries.get(str(decision.pool), 0):
            tries += 1
            continue
        tries, decision = 0, table.after(decision, class_)
    return asked, decision if decision.fail.status is not None else None


class Run:
    """The comparisons, and what differed."""

    def __init__(self, gateway: Gateway, port: int, table: Table, upstreams: Upstreams) -> None:
        self.gateway, self.port, self.table, self.upstreams = gateway, port, table, upstreams
        self.total = self.hops = self.wrong = 0

    def ask(self, script: Sequence[Failure], headers: dict[str, str] | None = None, **body: Any) -> Asked:
        """Send a request while the upstreams answer by the script."""
        self.upstreams.expect(script)
        message = {"model": "claude-haiku-4-5", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}
        return Asked(self.port, self.gateway.key, {**message, **body}, headers or {})

    def check(self, name: str, holds: bool, told: object = "") -> None:
        """Count a comparison."""
        self.total += 1
        if not holds:
            self.wrong += 1
            print(f"differs: {name}: {told}", flush=True)

    def walk(self, script: Sequence[Failure], request: dict[str, Any], headers: dict[str, str], **body: Any) -> None:
        """One request by the script: who was asked, the status, and the decision that the headers tell."""
        asked, decision = expected(self.table, request, script)
        got = self.ask(script, headers, **body)
        self.hops += len(asked)
        name = f"{script} {headers} {sorted(body)}"
        self.check(name, self.upstreams.asked == asked, f"asked {self.upstreams.asked}, not {asked}: {got.text[:300]}")
        if decision is None:
            self.check(
                name, got.status >= 400 or "event: error" in got.text, f"no error: {got.status} {got.text[:300]}"
            )
        elif decision.fail is not None:
            failed = got.status == decision.fail.status or (IN_STREAM in script and "event: error" in got.text)
            self.check(name, failed and (decision.fail.message or "") in got.text, f"{got.status} {got.text[:300]}")
        elif IN_STREAM not in script:  # the headers of a stream are sent before the error in it is met
            told = {
                key: got.headers.get(f"x-interlock-{key}") for key in ("rule", "pool", "upstream", "hop", "version")
            }
            want = {key: str(value) for key, value in decision.to_dict().items() if key in told}
            self.check(name, told == want and got.status == 200, f"{got.status} {told}, not {want}")


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
    streams(run)


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


def served_text(upstreams: Upstreams) -> str:
    """The policy, at the mock upstreams."""
    text = POLICY_TEXT.replace('"DEAD"', json.dumps(upstreams.nobody("dead")))
    for name in ("east", "west", "large", "other"):
        text = text.replace(f'"{name.upper()}"', json.dumps(upstreams.url(name)))
    return text


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
        run = Run(gateway, gateway.serve(text), load(files["table.json"]), upstreams)
        compare(run)
        reload(run, folder, files["table.json"])
    print(f"litellm emit: {run.total} comparisons, {run.hops} hops, {run.wrong} different", flush=True)
    return 1 if run.wrong or not run.total else 0


if __name__ == "__main__":
    sys.exit(main())

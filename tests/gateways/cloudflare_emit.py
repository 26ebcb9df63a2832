"""`interlock emit cloudflare` against the running Worker: requests over HTTP, as Claude Code sends them.

`python -m tests.gateways.cloudflare_emit` has wrangler bundle the emitted folder, serves it with workerd, with
upstreams on loopback that answer as told, and compares who was asked with what, the answers' bytes, the decision in
the headers and the records in the log with what the runtime for Python says of the table, with the attributes as the
hook for LiteLLM finds them, and with retries written plainly. Exits 1 if they differ.
"""

from __future__ import annotations

import argparse
import http.client
import importlib.util
import json
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from interlock.compiler.pipeline import front
from interlock.compiler.targets.cloudflare import emit
from interlock.runtime import Table, load
from tests.gateways.cloudflare_requests import WIDE, ask, random_request
from tests.gateways.litellm_run import CLASSES, expected, served_text
from tests.gateways.logs import whole_lines
from tests.gateways.mock import (
    CONNECT,
    CONTEXT,
    CUT,
    EARLY,
    IN_STREAM,
    PAUSE,
    POLICY,
    STALLED,
    TIMEOUT,
    Failure,
    Upstreams,
)
from tests.gateways.walks import STREAMED, WALKS
from tests.gateways.workerd import bundled, installed, serving

HOOK = Path(__file__).parents[2] / "compiler/targets/litellm/hook/interlock_attributes.py"
SECRETS = {"INTERLOCK_KEY": "sk-gateway", "ANTHROPIC_API_KEY": "sk-anthropic", "OPENAI_API_KEY": "sk-openai"}
OURS: dict[Failure, str | None] = {
    **CLASSES, EARLY: "unreachable", 521: "unreachable", 522: "unreachable", 523: "unreachable", 525: "unreachable",
    526: "unreachable", 530: "unreachable", 524: "timeout", 520: "server_error", 422: None, 307: None,
}  # fmt: skip
OWN = {"request-id": "req_1", "anthropic-ratelimit-requests-remaining": "7"}
"""Headers of each answer of an upstream."""
EDGE: tuple[tuple[Failure, ...], ...] = ((521,), (522,), (523,), (525,), (526,), (530,), (524,), (520,), (422,), (307,))
MIXED = """
policy mixed
import "std/claude_code"
import "std/models"
upstream oai { provider openai     endpoint "OTHER/v1"  breaker 50% of 1 in 10s, probe after 30s }
upstream ant { provider anthropic  endpoint "EAST" }
pool first { serve oai with claude-haiku-4-5 }
pool next  { serve ant with claude-haiku-4-5 }
fallback first -> next -> fail 503 "both are gone"
rule all -> first
"""

LIMITED = """
policy limited
import "std/claude_code"
import "std/models"
upstream east  { provider anthropic  endpoint "EAST"   limit 1/min burst 2 else spill }
upstream west  { provider anthropic  endpoint "WEST"   limit 1/min burst 2 else fail 429 }
upstream other { provider anthropic  endpoint "OTHER"  breaker 50% of 3 in 10s, probe after 1s }
upstream large { provider anthropic  endpoint "LARGE"  limit 1/min burst 1 }
pool first  { serve east with claude-haiku-4-5 }
pool next   { serve west with claude-haiku-4-5 }
pool broken { serve other with claude-haiku-4-5  retry 1 }
pool alone  { serve large with claude-haiku-4-5 }
fallback first  -> next -> fail 503
fallback broken -> first -> fail 503 on overloaded
rule breaks when model_hint == opus   -> broken
rule alone  when model_hint == sonnet -> alone
rule all    -> first
"""

TOO_LONG = """event: error
data: {"type":"error","error":{"type":"timeout_error","message":"the answer took longer than it may"}}

"""
TIMED = """
policy timed
import "std/claude_code"
import "std/models"
upstream east  { provider anthropic  endpoint "EAST"   timeout connect 400ms, first_token 400ms }
upstream west  { provider anthropic  endpoint "WEST"   timeout total 500ms }
pool first { serve east with claude-haiku-4-5 }
pool next  { serve west with claude-haiku-4-5 }
fallback first -> next -> fail 504 "too slow"
rule all -> first
"""


def hook() -> ModuleType:
    """How the hook for LiteLLM finds attributes: the Worker must find the same."""
    spec = importlib.util.spec_from_file_location("interlock_attributes", HOOK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Run:
    """The comparisons, and what differed."""

    def __init__(self, upstreams: Upstreams, folder: Path) -> None:
        self.upstreams, self.folder = upstreams, folder
        self.total = self.hops = self.wrong = self.number = self.asked = 0
        self.port = 0
        self.table: Table
        self.log: Path

    @contextmanager
    def serving(self, text: str, secrets: Mapping[str, str] = SECRETS) -> Iterator[None]:
        """A policy in a Worker."""
        made = front("gate.route", text=text)
        assert made.table is not None, [finding.message for finding in made.findings]
        files = emit(made.table).files
        self.number, self.asked = self.number + 1, 0
        into, self.log = self.folder / str(self.number), self.folder / f"{self.number}.log"
        self.table = load(files["table.json"])
        with serving(installed(), bundled(installed(), files, into), secrets, self.log) as self.port:
            yield

    def check(self, name: str, holds: bool, told: object = "") -> None:
        """Count a comparison."""
        self.total += 1
        if not holds:
            self.wrong += 1
            print(f"differs: {name}: {told}", flush=True)

    def logged(self) -> list[dict[str, Any]]:
        """What the Worker logged of requests, the last one's line included."""
        for _ in range(100):
            lines = [json.loads(line) for line in whole_lines(self.log) if line.startswith("{")]
            lines = [line for line in lines if "record" in line]
            if len(lines) == self.asked:
                break
            time.sleep(0.02)
        return lines

    def answered(self, name: str, got: Any, decision: Any) -> None:
        """The status and the headers of a decision, and the body of a fail."""
        keys = ("policy", "rule", "pool", "upstream", "model", "hop", "version")
        told = {key: got.headers.get(f"x-interlock-{key}") for key in keys}
        want = {key: None if value is None else str(value) for key, value in decision.to_dict().items() if key in told}
        self.check(name, told == want, f"{told}, not {want}")
        if decision.fail is None:
            self.check(name, got.status == 200, f"{got.status} {got.text[:300]}")
            return
        message = decision.invalid.message if decision.invalid is not None else decision.fail.message
        error = json.loads(got.text)["error"] if got.text.startswith("{") else {"message": None}
        failed = got.status == decision.fail.status and error["message"] == (message or "no way on")
        self.check(name, failed, f"{got.status} {got.text[:300]}, not {decision.fail}")

    def walk(self, script: Sequence[Failure], request: dict[str, Any], headers: dict[str, str], **body: Any) -> None:
        """One request by the script: who was asked with which model, and what the client got of the last."""
        asked, after, decision, error = expected(self.table, request, script, OURS)
        self.upstreams.expect(script)
        self.asked += 1
        sent = {"model": "claude-haiku-4-5", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}], **body}
        got = ask(self.port, json.dumps(sent).encode(), headers)
        self.hops += len(asked)
        name = f"{script} {headers} {sorted(body)}"
        self.check(name, self.upstreams.asked == asked, f"asked {self.upstreams.asked}, not {asked}: {got.text[:300]}")
        line = self.logged()[-1]
        met = (line["record"]["after"], [hop["upstream"] for hop in line["hops"] if hop["upstream"] != "dead"])
        self.check(f"{name}: the log", met == (after, asked), f"{met}, not {after} {asked}")
        if error is None:
            self.answered(name, got, decision)
            return
        last = error
        if last not in (EARLY, CONNECT, TIMEOUT):
            status = {CONTEXT: 400, POLICY: 400, IN_STREAM: 200}.get(str(last), last)
            own = all(got.headers.get(key) == value for key, value in OWN.items())
            as_sent = got.text.encode() == self.upstreams.sent[-1] and got.status == status and own
            self.check(f"{name}: the error as it was sent", as_sent, f"{got.status} {got.headers} {got.text[:300]}")
        else:
            status = 504 if last == TIMEOUT else 502
            self.check(name, got.status == status and json.loads(got.text)["type"] == "error", f"{got.status}")


def walks(run: Run) -> None:
    """Chains hop by hop under each error; sessions stay where they are."""
    base = {"session_id": "s-1", "input_tokens": 10}
    for script in (*WALKS, *EDGE):
        run.walk(script, base, {})
        run.walk(script, {**base, "home": "west"}, {"x-region": "west"})
    for script in ((), (529,), (529, 429, 500)):  # the first upstream refuses every connection
        run.walk(script, {**base, "plan": "team"}, {}, metadata={"plan": "team"})
        run.walk(script, {**base, "plan": "team"}, {}, metadata={"plan": "team"}, stream=True)
    for script in (*STREAMED, *EDGE, (EARLY,), (EARLY, 529), (529, EARLY, EARLY, EARLY)):
        run.walk(script, base, {}, stream=True)
        run.walk(script, {**base, "home": "west"}, {"x-region": "west"}, stream=True)
    for number in range(40):
        session = {"session_id": f"session-{number}", "model_hint": "sonnet"}
        for _ in range(2):
            run.walk(
                (), {**base, **session}, {"x-claude-code-session-id": f"session-{number}"}, model="claude-sonnet-4-6"
            )


def bodies(run: Run) -> None:
    """Of a body only the model changes; headers go through, but for the client's key."""
    original = b' { "max_tokens" : 1.50e1 , "model"\t:\t"claude-haiku-4-5" , "messages":[{"role":"user","content":"\\u00e9\xc3\xa9 \\"model\\": 5"}],\n "metadata": {"model": "x"} }\r\n'  # noqa: E501
    run.upstreams.expect((503,))
    got = ask(run.port, original, {"x-region": "east", "x-own": "1", "cookie": "a=b", "cf-connecting-ip": "1.2.3.4"})
    hops = [original, original]
    run.check("a body comes as it was sent", got.status == 200 and run.upstreams.bodies == hops, run.upstreams.bodies)
    own = all(got.headers.get(name) == value for name, value in OWN.items())
    run.check("an answer's headers are the upstream's", own, got.headers)
    sent = run.upstreams.headers[-1]
    wanted = {
        "anthropic-beta": "context-1m-2025-08-07",
        "anthropic-version": "2023-06-01",
        "user-agent": "claude-cli/2.1.90 (external, cli)",
        "x-api-key": "sk-anthropic",
        "x-own": "1",
        "x-claude-code-session-id": "s-1",
    }
    held = {key: sent.get(key) for key in wanted} == wanted
    hidden = not {"authorization", "cookie", "cf-connecting-ip"} & sent.keys()
    run.check("headers reach the upstream", held and hidden and "sk-gateway" not in str(sent), sent)
    run.check("so does the query", run.upstreams.paths[-1] == "/west/v1/messages?beta=true", run.upstreams.paths)
    other = original.replace(b"claude-haiku-4-5", b"claude-opus-4-7")
    run.upstreams.expect(())
    ask(run.port, other, {})
    run.check("the model is the hop's", run.upstreams.bodies == [original], run.upstreams.bodies)
    large = json.dumps({"model": "m", "messages": [{"role": "user", "content": "é\n" * 400_000}]}).encode()
    run.upstreams.expect(())
    ask(run.port, large, {})
    wanted_body = large.replace(b'"m"', b'"claude-sonnet-4-6"', 1)
    run.check("a megabyte too", run.upstreams.bodies == [wanted_body] and run.upstreams.asked == ["large"])


def streams(run: Run) -> None:
    """Pieces come as they are sent, and nothing hops after content."""
    message = {"model": "claude-haiku-4-5", "stream": True, "messages": []}
    run.upstreams.expect(())
    got = ask(run.port, json.dumps(message).encode(), {})
    words = [next((at for at, piece in got.pieces if word in piece), 0.0) for word in (b"one", b"two", b"three")]
    gaps = [later - earlier for earlier, later in pairwise(words)]
    run.check("pieces come as they are sent", all(gap > PAUSE / 2 for gap in gaps), gaps)
    run.check("a stream's bytes are the upstream's", got.text.encode() == run.upstreams.sent[0], got.text)
    whole = len(run.upstreams.sent[0])
    run.upstreams.expect(())
    body = json.dumps(message).encode()
    head = (
        f"POST /v1/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-gateway\r\ncontent-length: {len(body)}\r\n"
    )
    with socket.create_connection(("127.0.0.1", run.port)) as client:
        client.sendall(head.encode() + b"x-claude-code-session-id: s-1\r\n\r\n" + body)
        client.recv(65536)
    time.sleep(5 * PAUSE)
    run.check("when the client goes, the upstream is let go", 0 < len(run.upstreams.sent[0]) < whole)
    run.upstreams.expect((CUT,))
    got = ask(run.port, json.dumps(message).encode(), {})
    begun = b"one" in run.upstreams.sent[0] and "one" in got.text and "message_stop" not in got.text
    run.check("no hop after content", run.upstreams.asked == ["east"] and begun, got.text)


def edges(run: Run) -> None:
    """What is no message of a client with the gateway's key."""
    good = json.dumps({"model": "claude-haiku-4-5", "messages": []}).encode()
    cases: tuple[tuple[str, bytes | None, dict[str, str], int], ...] = (
        ("/v1/messages", good, {"authorization": "Bearer sk-other"}, 401),
        ("/v1/messages", good, {"authorization": ""}, 401),
        ("/v1/messages", b"{", {}, 400),
        ("/v1/messages", b"[]", {}, 400),
        ("/v1/messages", b'{"model": "\xff"}', {}, 400),
        ("/v1/messages", b"[" * 200_000, {}, 400),
        ("/v1/messages", None, {}, 405),
        ("/v1/models", None, {}, 404),
        ("/v1/chat/completions", good, {}, 502),
    )
    for path, body, headers, status in cases:
        run.upstreams.expect(())
        got = ask(run.port, body, headers, path)
        shape = "message" in json.loads(got.text)["error"]
        run.check(f"{path} {headers} {status}", got.status == status and shape and not run.upstreams.asked, got.text)
        version = got.headers.get("x-interlock-version")
        run.check(f"{path} {headers} {status}: the version", version == run.table.version, version)
    large = http.client.HTTPConnection("127.0.0.1", run.port, timeout=60)
    large.putrequest("POST", "/v1/messages")
    large.putheader("authorization", "Bearer sk-gateway")
    large.putheader("content-length", str(32 * 2**20 + 1))
    large.endheaders()
    run.check("a body that is too large", large.getresponse().status == 413)
    large.close()
    got = ask(run.port, None, {}, "/")
    wanted = {"interlock": {"policy": run.table.policy, "version": run.table.version}}
    run.check("/ tells the policy", json.loads(got.text) == wanted, got.text)
    either: tuple[dict[str, str], ...] = (
        {"authorization": "", "x-api-key": "sk-gateway"},
        {"authorization": "Bearer sk-other", "x-api-key": "sk-gateway"},
        {"authorization": "bearer  sk-gateway"},
    )
    for headers in either:
        run.check("the key in either header", ask(run.port, good, headers).status == 200)
    deep = b'{"model": "m", "messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    got = ask(run.port, deep, {})
    # The mock cannot read it, and hangs up.
    run.check("a body nested deeply", run.upstreams.bodies[-1].endswith(deep[14:]), got.text)
    for script, status in (((), 200), ((529,), 529)):
        run.upstreams.expect(script)
        got = ask(run.port, good, {}, "/v1/messages/count_tokens")
        counted = got.status == status and run.upstreams.paths == ["/east/v1/messages/count_tokens"]
        run.check("a count is the first hop's", counted, f"{got.status} {run.upstreams.paths}")


def decisions(run: Run, count: int, seed: int) -> None:
    """Random requests, well-formed and not: the decision, and the record in the log."""
    table = json.loads((run.folder / str(run.number) / "worker/table.json").read_bytes())
    find, random = hook().attributes, Random(seed)
    records = []
    for number in range(count):
        headers, body = random_request(random)
        run.upstreams.expect(())
        got = ask(run.port, json.dumps(body).encode(), headers)
        every = {"x-claude-code-session-id": "s-1", "user-agent": "claude-cli/2.1.90 (external, cli)", **headers}
        found = find(table["attributes"], every, body, [body.get("metadata")])
        run.answered(f"request {number} {headers} {body}", got, run.table.decide(found))
        records.append(run.table.record(found, []).to_json())
        run.asked += 1
    told = [
        json.dumps(line["record"], sort_keys=True, ensure_ascii=False, separators=(",", ":")) for line in run.logged()
    ]
    differ = [pair for pair in zip(told, records, strict=False) if pair[0] != pair[1]]
    run.check("the log has a record of each", told == records, differ[:2])


def mixed(run: Run) -> None:
    """Two APIs: nothing is translated, and what does not speak the request's counts as unreachable."""
    message = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]}).encode()
    run.upstreams.expect(())
    got = ask(run.port, message, {})
    hop = (got.status, got.headers.get("x-interlock-hop"), run.upstreams.asked)
    run.check("what speaks another API is unreachable, and its breaker stays closed", hop == (200, "1", ["east"]), hop)
    run.upstreams.expect(())
    got = ask(run.port, message, {}, "/v1/chat/completions")
    right = run.upstreams.paths == ["/other/v1/chat/completions?beta=true"] and got.status == 200
    right = right and run.upstreams.headers[0]["authorization"] == "Bearer sk-openai"
    run.check("chat completions", right and b"claude-haiku-4-5" in run.upstreams.bodies[0], run.upstreams.paths)
    run.upstreams.expect((429,))
    got = ask(run.port, message, {}, "/v1/chat/completions")
    error = json.loads(got.text)["error"]
    gone = run.upstreams.asked == ["other"] and (got.status, error["message"]) == (503, "both are gone")
    run.check("so is the last", gone and "param" in error, f"{got.status} {got.text}")


def limits(run: Run) -> None:
    """Limits spill or fail, and breakers open and are probed, in the one isolate that workerd has."""

    def one(model: str, script: Sequence[Failure] = ()) -> tuple[object, ...]:
        run.upstreams.expect(script)
        got = ask(run.port, json.dumps({"model": model, "messages": []}).encode(), {})
        return got.status, run.upstreams.asked, got.headers.get("x-interlock-upstream")

    def check(name: str, got: object, wanted: object) -> None:
        run.check(f"limits: {name}", got == wanted, f"{got}, not {wanted}")

    check("an error, a retry, an error", one("claude-opus", (529, 529)), (200, ["other", "other", "east"], "east"))
    check("the third opens the breaker before its retry", one("claude-opus", (500,)), (200, ["other", "east"], "east"))
    check("and it is open, and the chain at its end", one("claude-opus"), (503, [], None))
    check("what is spilt goes on", one("claude-haiku"), (200, ["west"], "west"))
    check("till the next has no room", one("claude-haiku"), (200, ["west"], "west"))
    check("which fails", one("claude-haiku"), (429, [], None))
    time.sleep(1.1)
    check("the breaker is probed", one("claude-opus"), (200, ["other"], "other"))
    check("and closed", one("claude-opus"), (200, ["other"], "other"))
    check("a lone upstream", one("claude-sonnet"), (200, ["large"], "large"))
    check("is overloaded by its own limit", one("claude-sonnet"), (529, [], "large"))


def timeouts(run: Run) -> None:
    """The first content in time, and the whole answer."""

    def one(stream: bool, script: Sequence[Failure]) -> tuple[list[str], Any, float]:
        run.upstreams.expect(script)
        began = time.monotonic()
        body = {"model": "claude-haiku-4-5", "stream": stream, "messages": []}
        got = ask(run.port, json.dumps(body).encode(), {})
        return run.upstreams.asked, got, time.monotonic() - began

    for script in ((TIMEOUT, 200), (STALLED, 200)):
        asked, got, took = one(True, script)
        late = asked == ["east", "west"] and got.status == 200 and took > 0.8
        run.check(f"timeouts: no first content {script}", late, f"{asked} {got.status} {took}")
        cut = "one" in got.text and "message_stop" not in got.text and got.text.endswith(TOO_LONG)
        run.check("timeouts: an answer that takes too long in all ends in an error", cut, got.text)
    asked, got, took = one(True, (TIMEOUT, TIMEOUT))
    run.check("timeouts: of the last", (asked, got.status) == (["east", "west"], 504) and took < 2, f"{asked} {took}")
    asked, got, took = one(False, (TIMEOUT,))
    run.check("timeouts: no stream has a first token", (asked, got.status) == (["east"], 200) and took > 3.5, took)
    asked, got, took = one(False, (529, TIMEOUT))
    run.check("timeouts: but it has a total", (asked, got.status) == (["east", "west"], 504) and took < 2, took)


def shadowed(run: Run) -> None:
    """Shadow mode: unchanged to one place, with the client's own key; the decision is told."""
    message = b'{"model": "claude-opus-4-7", "messages": []}'
    run.asked = 3
    for script, status in (((), 200), ((529,), 529)):
        run.upstreams.expect(script)
        got = ask(run.port, message, {"authorization": "", "x-api-key": "sk-own"})
        same = run.upstreams.asked == ["other"] and run.upstreams.bodies == [message] and got.status == status
        run.check("shadow: as it came", same and run.upstreams.headers[0]["x-api-key"] == "sk-own", got.text)
        told = (got.headers.get("x-interlock-rule"), got.headers.get("x-interlock-shadow"))
        run.check("shadow: the decision is told", told == ("small", "1"), told)
    run.upstreams.expect(())
    got = ask(run.port, b"no JSON", {})  # the mock cannot read it, and hangs up
    run.check("shadow: whatever it is", run.upstreams.bodies == [b"no JSON"], run.upstreams.bodies)
    got = ask(run.port, None, {}, "/v1/models")
    run.check("shadow: whatever is asked", json.loads(got.text) == {"data": []}, got.text)
    shadows = [line["interlock"] for line in run.logged()]
    run.check("shadow: the log", shadows == ["shadow"] * 3, shadows)


def broken(run: Run) -> None:
    """A table that is refused keeps the Worker from starting: such a version is never deployed."""
    upload = run.folder / str(run.number) / "upload"
    (table,) = upload.glob("*-table.json")
    table.write_bytes(table.read_bytes().replace(b'"policy":"', b'"policy":"x', 1))
    try:
        with serving(installed(), upload, SECRETS, run.folder / "broken.log"):
            run.check("a damaged table does not start", False)
    except SystemExit as error:
        run.check("a damaged table does not start", "TableError" in str(error), error)


def at_mocks(text: str, upstreams: Upstreams) -> str:
    """A policy, at the mock upstreams."""
    for name in ("east", "west", "other", "large"):
        text = text.replace(f'"{name.upper()}', f'"{upstreams.url(name)}')
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; gives the exit code."""
    parser = argparse.ArgumentParser(prog="tests.gateways.cloudflare_emit")
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="of the first part: walks, bodies, streams or edges")
    options = parser.parse_args(arguments)
    upstreams = Upstreams(4.0)
    upstreams.every_header = OWN
    text = served_text(upstreams)
    with tempfile.TemporaryDirectory(prefix="cloudflare-") as folder:
        run = Run(upstreams, Path(folder))
        with run.serving(text):
            for part in (walks, bodies, streams, edges):
                if options.only in (None, part.__name__):
                    part(run)
        with run.serving(at_mocks(WIDE, upstreams)):
            decisions(run, options.requests, options.seed)
        with run.serving(at_mocks(MIXED, upstreams)):
            mixed(run)
        with run.serving(at_mocks(TIMED, upstreams)):
            timeouts(run)
        with run.serving(at_mocks(LIMITED, upstreams)):
            limits(run)
        with run.serving(text, {"INTERLOCK_SHADOW": upstreams.url("other")}):
            shadowed(run)
        with run.serving(text, {"INTERLOCK_KEY": "sk-gateway"}):
            upstreams.expect(())
            got = ask(run.port, b'{"model": "m", "messages": []}', {})
            run.check(
                "a secret that is not set is named", got.status == 500 and "ANTHROPIC_API_KEY" in got.text, got.text
            )
        broken(run)
    print(
        f"cloudflare emit: seed {options.seed}: {run.total} comparisons, {run.hops} hops, {run.wrong} different",
        flush=True,
    )
    return 1 if run.wrong or not run.total else 0


if __name__ == "__main__":
    sys.exit(main())

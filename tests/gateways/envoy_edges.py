"""What `interlock emit envoy` promises beside decisions and walks, against a running Envoy: streams, headers, limits,
timers, addresses from variables, large bodies, and a new table while it runs. Part of tests.gateways.envoy_emit."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from interlock.compiler.pipeline import front
from interlock.compiler.targets.envoy import emit
from interlock.runtime import load
from tests.gateways.asking import Asking
from tests.gateways.envoy_run import SHADOW, Run, running
from tests.gateways.envoy_serving import breaker, limits
from tests.gateways.envoy_streams import CONTENT, START, Raw, beginnings, hung_up, streams, timers
from tests.gateways.logs import whole_lines
from tests.gateways.mock import ANTHROPIC, Upstreams

MARKS = {
    "request-id": "req_011",
    "anthropic-ratelimit-requests-remaining": "7",
    "retry-after": "3",
    "x-envoy-ratelimited": "true",
}
"""Headers of every answer of an upstream, that a client reads."""

HEADERS = ("policy", "version", "rule", "pool", "upstream", "model", "hop")

EDGES = """
policy edges
import "std/claude_code"
import "std/models"
enum place = quick, named, nowhere, metered, strict, slow, bare, shaky, raw, brief, safe, even
request {
    to : place   from header "x-to"   default quick
}
upstream quick   { provider anthropic  endpoint "EAST"   timeout first_token 200ms }
upstream named   { provider house  account "the house"  endpoint env NAMED_URL }
upstream nowhere { provider house  endpoint env NOT_SET }
upstream metered { provider anthropic  endpoint "WEST"   limit 1/s burst 2 else spill }
upstream strict  { provider anthropic  endpoint "WEST"   limit 1/min burst 1 else fail 418 }
upstream slow    { provider anthropic  endpoint "SLOW"   timeout connect 300ms }
upstream shaky   { provider anthropic  endpoint "EAST"   breaker 100% of 2 in 10s, probe after 3s }
upstream raw     { provider anthropic  endpoint "RAW" }
upstream brief   { provider anthropic  endpoint "EAST"   timeout total 500ms }
upstream safe    { provider house  endpoint env SAFE_URL }
upstream even    { provider anthropic  endpoint "WEST"   limit 300/min burst 1 else spill }
upstream last    { provider anthropic  endpoint "LARGE" }
pool quick   { serve quick with claude-haiku-4-5 }
pool named   { serve named with claude-sonnet-4-6 }
pool nowhere { serve nowhere with claude-haiku-4-5 }
pool metered { serve metered with claude-haiku-4-5  retry 5 }
pool strict  { serve strict with claude-haiku-4-5 }
pool slow    { serve slow with claude-haiku-4-5 }
pool shaky   { serve shaky with claude-haiku-4-5 }
pool raw     { serve raw with claude-haiku-4-5 }
pool brief   { serve brief with claude-haiku-4-5 }
pool safe    { serve safe with claude-haiku-4-5 }
pool even    { serve even with claude-haiku-4-5 }
pool bare    { serve last with claude-haiku-4-5 }
pool last    { serve last with claude-haiku-4-5 }
fallback quick   -> last -> fail 503
fallback nowhere -> last -> fail 503 on unreachable
fallback metered -> last -> fail 503 on overloaded
fallback strict  -> last -> fail 503
fallback shaky   -> last -> fail 503
fallback raw     -> last -> fail 503 on overloaded
fallback brief   -> last -> fail 503
fallback even    -> last -> fail 503
fallback slow    -> last -> fail 503 on timeout
rule by match to {
    quick -> quick; named -> named; nowhere -> nowhere; metered -> metered; strict -> strict; slow -> slow; bare -> bare
    shaky -> shaky; raw -> raw; brief -> brief; safe -> safe
    even -> even
}
rule rest -> last
"""


TOLD = {"x-envoy-ratelimited", *(f"x-interlock-{name}" for name in HEADERS)}


def compare_edges(upstreams: Upstreams) -> Run:
    """Every comparison of EDGES."""
    raw = Raw()
    with dropping() as slow, tempfile.TemporaryDirectory() as folder:
        certificate = certified(Path(folder))
        safe = Raw(certificate)
        text = EDGES.replace('"RAW"', json.dumps(raw.url))
        text = text.replace('"SLOW"', json.dumps(f"http://127.0.0.1:{slow}"))
        for name in ("east", "west", "large"):
            text = text.replace(f'"{name.upper()}"', json.dumps(upstreams.url(name)))
        made = front("edges.route", text=text)
        assert made.table is not None, [finding.message for finding in made.findings]
        files = emit(made.table).files
        clusters = files["clusters.yaml"].replace(b"/etc/ssl/certs/ca-certificates.crt", certificate.encode())
        files = {**files, "clusters.yaml": clusters}
        environment = {
            "SAFE_URL": safe.url,
            "NAMED_URL": upstreams.url("named") + "/",
            "HOUSE_THE_HOUSE_API_KEY": "the-houses",
        }
        with running(files, {**environment, "HOUSE_THE_HOUSE_API_KEY": "the-houses"}) as envoy:
            run = Run(envoy, load(files["table.json"]), upstreams)
            streams(run)
            timers(run)
            headers(run)
            limits(run)
            breaker(run)
            beginnings(run, raw)
            hung_up(run, raw)
            secure(run, safe)
            bodies(run)
            others(run)
    return run


@contextlib.contextmanager
def dropping() -> Iterator[int]:
    """A port whose connections never come up: its queue is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = int(listening.getsockname()[1])
        waiting = []
        for _ in range(4):
            each = socket.socket()
            each.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                each.connect(("127.0.0.1", port))
            waiting.append(each)
        time.sleep(0.1)
        yield port
        for each in waiting:
            each.close()


def certified(folder: Path) -> str:
    """The file of a key and a certificate for localhost, which its own key has signed."""
    key, certificate = folder / "key", folder / "certificate"
    asked = ["-keyout", str(key), "-out", str(certificate), "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*command, *asked], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return str(both)


def secure(run: Asking, safe: Raw) -> None:
    """TLS, to a name that the certificate has, and to one that it has not."""
    safe.pieces = (START, CONTENT)
    got = run.ask((), {"x-to": "safe"}, stream=True)
    asked = ["POST /base/v1/messages?beta=true HTTP/1.1"]
    run.check(
        "TLS to a name of the certificate's", (safe.asked, got.text) == (asked, START + CONTENT), (safe.asked, got.text)
    )


def headers(run: Asking) -> None:
    """What reaches the upstream and the client, and what does not."""
    spoofed = {"x-interlock-met": "overloaded", "x-interlock-at": "7", "x-envoy-upstream-rq-timeout-ms": "1"}
    got = run.ask((), {"accept-encoding": "gzip", **spoofed})
    sent = run.upstreams.headers[0]
    wanted = {"anthropic-beta": "context-1m-2025-08-07", "anthropic-version": "2023-06-01"}
    run.check("anthropic-* reach the upstream", all(sent.get(k) == v for k, v in wanted.items()), sent)
    ours = [name for name in sent if name.startswith(("x-interlock", "x-envoy", "x-forwarded", "x-request-id"))]
    run.check("nothing of ours reaches the upstream", not ours and run.upstreams.asked == ["east"], ours)
    run.check("nor the client's own key", "the-gateways" not in json.dumps(sent), sent)
    run.check("headers come back", all(got.headers.get(k) == v for k, v in MARKS.items()), got.headers)
    hidden = [name for name in got.headers if name.startswith(("x-envoy", "x-interlock-")) and name not in TOLD]
    run.check("and nothing of ours but the decision", not hidden, got.headers)
    as_sent(run)


def as_sent(run: Asking) -> None:
    """Addresses from variables, or none, and errors that come back as the upstream sent them."""
    run.ask((), {"x-to": "named"})
    named = run.upstreams.asked == ["named"] and run.upstreams.headers[0].get("x-api-key") == "the-houses"
    run.check("an address and a key from variables", named, (run.upstreams.asked, run.upstreams.headers))
    got = run.ask((), {"x-to": "nowhere"})
    run.check("no address is unreachable", run.upstreams.asked == ["large"] and got.status == 200, got.text)
    for failure in (400, 401, 404, 529, 500):
        got = run.ask((failure,), {"x-to": "bare"})
        said = "Overloaded" if failure == 529 else f"mock {failure}"
        own = {"type": "error", "error": {"type": ANTHROPIC.get(failure, "api_error"), "message": said}}
        same = (got.status, got.text) == (failure, json.dumps(own)) and MARKS.items() <= got.headers.items()
        run.check(f"{failure} comes as sent", same, (got.status, got.text, got.headers))


def bodies(run: Asking) -> None:
    """Large ones, and what is none."""
    for size in (1_000_000, 20_000_000):
        content = "é\n" * (size // 8)  # 8 bytes of JSON
        got, took = run.timed((529,), messages=[{"role": "user", "content": content}], tools=[{"name": "model"}])
        whole = run.upstreams.asked == ["east", "large"] and got.status == 200
        run.check(f"a body of {size} bytes is sent again", whole, (got.status, got.text[:200], run.upstreams.asked))
        print(f"a body of {size // 1_000_000} MB over two hops takes {took * 1000:.0f} ms", flush=True)
    for name, headers in (("in chunks", {}), ("after a 100", {"expect": "100-continue"})):
        client = HTTPConnection("127.0.0.1", run.port, timeout=20)
        run.upstreams.expect((529,))
        own = {"x-claude-code-session-id": "s-1", "content-type": "application/json", **headers}
        parts = (b'{"model": "some-model-of-another-length",', b' "max_tokens": 1}')
        client.request("POST", "/v1/messages", iter(parts), own, encode_chunked=True)
        answer = client.getresponse()
        served = json.loads(answer.read()).get("model")
        run.check(f"a body {name}", (answer.status, served) == (200, "claude-haiku-4-5"), (answer.status, served))
        client.close()
    got = run.ask((), messages=[{"content": "x" * 45_000_000}])
    refused = got.status == 413 and json.loads(got.text)["error"]["type"] == "request_too_large"
    run.check("one that is too large is refused", refused, got.text[:200])
    for body in (b"", b"[]", b"{", b'{"a": 1,}', b"\xff"):
        got = run.raw(body)
        run.check(f"{body!r} is refused", got.status == 400 and not run.upstreams.asked, got.text)


def others(run: Run) -> None:
    """The shadow, the log, and what is not served."""
    got = run.ask((529,), {"x-to": "named", **SHADOW})
    told = (got.status, got.headers.get("x-interlock-upstream"), run.upstreams.asked)
    run.check("a shadow decides and asks nobody", told == (204, "named", []), told)
    got = run.ask((), path="/v1/complete")
    run.check("other paths are not served", got.status == 404 and "not_found_error" in got.text, got.text)
    run.ask((529,), {"x-to": "quick"})
    lines: list[dict[str, Any]] = []
    for _ in range(120):  # Envoy writes its log every ten seconds
        time.sleep(0.1)
        lines = [json.loads(line) for line in whole_lines(run.envoy.folder / "out")]
        if any(line.get("after") == "overloaded" for line in lines):
            break
    requests = [line for line in lines if line["interlock"] == "request" and line.get("after") == "overloaded"]
    run.check("the log tells the walk", any(line["upstream"] == "last" for line in requests), lines[-3:])
    hops_of = [line for line in lines if line["interlock"] == "hop" and line["id"] == requests[-1]["id"]]
    run.check("an id joins a request and its hops", len(hops_of) == 2, hops_of)
    records = [json.loads(line["record"]) for line in lines if line["interlock"] == "hop" and line.get("record")]
    hops = [(record["upstream"], record["after"]) for record in records]
    run.check("and the record of each hop", ("quick", []) in hops and ("last", ["overloaded"]) in hops, hops)

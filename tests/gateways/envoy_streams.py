"""How streams begin: what a running Envoy keeps back, and what makes it go on. Part of tests.gateways.envoy_emit;
by itself it compiles the filter anew."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

from tests.gateways.asking import Asking
from tests.gateways.envoy import ROOT
from tests.gateways.mock import CUT, IN_STREAM, PAUSE, TIMEOUT

START = 'event: message_start\ndata: {"type":"message_start","message":{"content":[]}}\n\n'
PING = "event: ping\ndata: {}\n\n"
ERROR = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n'
OTHER = 'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"x"}}\n\n'
CONTENT = 'event: content_block_start\ndata: {"type":"content_block_start","index":0}\n\n'
DELTA = 'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"x"}}\n\n'

BEGINNINGS: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("content", (START, PING, CONTENT, DELTA), False),
    ("an error after content", (START, PING, CONTENT, ERROR), False),
    ("an error after content in one piece", (START + CONTENT + ERROR,), False),
    ("an overloaded error", (START, PING, ERROR), True),
    ("an overloaded error and no more", (ERROR,), True),
    ("an overloaded error letter by letter", (START, *ERROR), True),
    ("an overloaded error with other ends of lines", (START, ERROR.replace("\n", "\r\n")), True),
    ("another error", (START, OTHER), False),
    ("another error, and an overloaded one after it", (OTHER + ERROR,), False),
    ("pings alone", (START, PING), False),
    ("nothing", (), False),
    ("much of nothing", (": " + "x" * 300_000 + "\n\n", ERROR), False),
    ("an answer without content", (START, "event: message_delta\ndata: {}\n\n", ERROR), False),
)


class Raw:
    """An upstream that answers with the pieces of a stream. ``lost`` counts the clients that did not want all of it."""

    def __init__(self, certificate: str | None = None) -> None:
        self.pieces: tuple[str, ...] = ()
        self.asked: list[str] = []
        self.lost = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}" if certificate is None else f"https://localhost:{port}/base"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._listening = context.wrap_socket(self._listening, server_side=True)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                self._answer()
            except OSError:
                self.lost += 1

    def _answer(self) -> None:
        connection, _ = self._listening.accept()
        with connection:
            connection.settimeout(5)
            got = b""
            while b"\r\n\r\n" not in got or not got.endswith(b"}"):
                got += connection.recv(65536)
            head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nconnection: close\r\n\r\n"
            self.asked.append(got.split(b"\r\n")[0].decode())
            connection.sendall(head)
            for piece in self.pieces:
                connection.sendall(piece.encode())
                time.sleep(0.01)


def beginnings(run: Asking, raw: Raw) -> None:
    """Each beginning: it goes on to the next hop, or comes as it was sent."""
    for name, pieces, moves in BEGINNINGS:
        raw.pieces = pieces
        got = run.ask((), {"x-to": "raw"}, stream=True)
        told = (got.status, got.text[-300:], run.upstreams.asked)
        if moves:
            run.check(name, run.upstreams.asked == ["large"] and "message_stop" in got.text, told)
        else:
            same = got.text == "".join(pieces) and got.headers["x-interlock-upstream"] == "raw"
            run.check(name, same and not run.upstreams.asked, told)


def hung_up(run: Asking, raw: Raw) -> None:
    """A client that hangs up is told to the upstream."""
    raw.pieces, before = (START, CONTENT, *((DELTA,) * 300)), raw.lost
    body = b'{"stream":true}'
    with socket.create_connection(("127.0.0.1", run.port)) as client:
        fields = ("host: a", "x-to: raw", "x-claude-code-session-id: s", f"content-length: {len(body)}")
        client.sendall("\r\n".join(("POST /v1/messages HTTP/1.1", *fields, "", "")).encode() + body)
        got = b""
        while b"content_block_delta" not in got:
            got += client.recv(65536)
    for _ in range(100):
        if raw.lost > before:
            break
        time.sleep(0.05)
    run.check("the upstream is told when a client hangs up", raw.lost == before + 1, raw.lost)


def streams(run: Asking) -> None:
    """Pieces come as they are sent; nothing hops after content; an overloaded error before it does."""
    got = run.ask((), stream=True)
    words = [next((at for at, piece in got.pieces if word in piece), 0.0) for word in (b"one", b"two", b"three")]
    gaps = [later - earlier for earlier, later in pairwise(words)]
    run.check("pieces come as they are sent", all(gap > PAUSE / 2 for gap in gaps), gaps)
    run.check("a silence after the first token is no timeout of it", "message_stop" in got.text, got.text[-200:])
    got = run.ask((CUT,), stream=True)
    run.check("no hop after content", run.upstreams.asked == ["east"] and "one" in got.text, run.upstreams.asked)
    got = run.ask((IN_STREAM,), {"x-to": "bare"}, stream=True)
    began = got.status == 200 and got.headers["content-type"] == "text/event-stream"
    run.check("an error in a stream that nothing covers comes as sent", began and "event: error" in got.text, got.text)
    run.check("and is told of the hop that sent it", got.headers["x-interlock-upstream"] == "last", got.headers)


def timers(run: Asking) -> None:
    """The first token of a stream, and of nothing else; a connection that does not come up."""
    got, took = run.timed((TIMEOUT,), stream=True)
    asked = run.upstreams.asked == ["east", "large"]
    run.check(
        "a stream without its first token goes on", asked and got.status == 200 and took < 2.0, (took, got.status)
    )
    got, took = run.timed((TIMEOUT,))
    waited = run.upstreams.asked == ["east"] and took > 3.0
    run.check("what is not streamed has no first token", waited, (took, run.upstreams.asked))
    got, took = run.timed((TIMEOUT,), {"x-to": "brief"})
    run.check(
        "the total goes on before content", run.upstreams.asked == ["east", "large"] and took < 2, (took, got.text)
    )
    got, took = run.timed((), {"x-to": "brief"}, stream=True)
    cut = run.upstreams.asked == ["east"] and "two" in got.text and "message_stop" not in got.text and took < 0.8
    run.check("and cuts after it", cut, (took, got.text, run.upstreams.asked))
    got, took = run.timed((), {"x-to": "slow"})
    run.check("connect is a timeout", run.upstreams.asked == ["large"] and 0.2 < took < 1.5, (took, got.text))


SOURCE = ROOT / "compiler" / "targets" / "envoy" / "filter" / "hold.wat"


WASMTIME = "50.0.1"


def wasmtime() -> Path:
    """The Python of an environment with a compiler for WebAssembly's text, which is made where there is none."""
    folder = ROOT / ".gateways" / "wasmtime"
    python, done = folder / "bin" / "python", folder / ".ready"
    if not done.exists() or done.read_text("utf-8") != WASMTIME:
        uv = str(ROOT / ".venv" / "bin" / "uv")
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", str(python), f"wasmtime=={WASMTIME}"], check=True)
        done.write_text(WASMTIME, "utf-8")
    return python


def compiled() -> bytes:
    """The module of the filter that keeps streams back, from its source."""
    code = "import sys, wasmtime; sys.stdout.buffer.write(wasmtime.wat2wasm(open(sys.argv[1]).read()))"
    run = subprocess.run([str(wasmtime()), "-c", code, str(SOURCE)], capture_output=True, check=True)
    return run.stdout


if __name__ == "__main__":
    SOURCE.with_suffix(".wasm").write_bytes(compiled())

"""How streams begin: what a running Envoy keeps back, and what makes it go on. Part of tests.gateways.envoy_emit."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time

from interlock.compiler.targets.envoy.scripts import module
from tests.gateways.envoy import ROOT
from tests.gateways.envoy_run import Run

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
    """An upstream that answers with the pieces of a stream."""

    def __init__(self) -> None:
        self.pieces: tuple[str, ...] = ()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            with connection:
                connection.settimeout(5)
                got = b""
                while b"\r\n\r\n" not in got or not got.endswith(b"}"):
                    got += connection.recv(65536)
                head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nconnection: close\r\n\r\n"
                connection.sendall(head)
                for piece in self.pieces:
                    connection.sendall(piece.encode())
                    time.sleep(0.01)


def beginnings(run: Run, raw: Raw) -> None:
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


def compiled() -> bool:
    """Whether the module that is emitted is the source beside it, compiled."""
    folder = ROOT / ".gateways" / "wasmtime"
    python = folder / "bin" / "python"
    if not python.exists():
        uv = str(ROOT / ".venv" / "bin" / "uv")
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", str(python), "wasmtime==50.0.1"], check=True)
    source = ROOT / "compiler" / "targets" / "envoy" / "filter" / "hold.wat"
    code = "import sys, wasmtime; sys.stdout.buffer.write(wasmtime.wat2wasm(open(sys.argv[1]).read()))"
    run = subprocess.run([str(python), "-c", code, str(source)], capture_output=True, check=True)
    return run.stdout == module("hold")

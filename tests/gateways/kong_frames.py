"""How answers are framed: chunks cut anywhere, lengths, connections that are kept, and answers that break off. Part of
tests.gateways.kong_emit."""

from __future__ import annotations

import json
import socket
import threading
import time

from interlock.compiler.pipeline import front
from interlock.compiler.targets.kong import emit
from interlock.runtime import load
from tests.gateways.asking import Asking
from tests.gateways.envoy_streams import CONTENT, DELTA, START
from tests.gateways.kong_nginx import running
from tests.gateways.mock import Upstreams

POLICY = """
policy frames
request { x : bool? }
model claude-haiku-4-5 { context 200K }
upstream framed { provider anthropic  endpoint "FRAMED"  timeout total 3s }
upstream last   { provider anthropic  endpoint "LAST" }
pool framed { serve framed with claude-haiku-4-5 }
pool last   { serve last with claude-haiku-4-5 }
fallback framed -> last -> fail 503
rule all -> framed
"""
EVENTS = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
TEXT = START + CONTENT + DELTA


def chunk(text: str, more: str = "") -> str:
    """A chunk, with an extension perhaps."""
    return f"{len(text.encode()):X}{more}\r\n{text}\r\n"


class Framed:
    """An upstream that answers with bytes as they are given, and closes if ``closes``. ``connections`` counts them."""

    def __init__(self) -> None:
        self.pieces: tuple[str, ...] = ()
        self.closes = True
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            self.connections += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            while True:
                got = b""
                while b"\r\n\r\n" not in got or not got.endswith(b"}"):
                    try:
                        piece = connection.recv(65536)
                    except OSError:
                        return
                    if not piece:
                        return
                    got += piece
                for text in self.pieces:
                    connection.sendall(text.encode())
                    time.sleep(0.01)
                if self.closes:
                    return


def length(text: str, size: int) -> tuple[str, ...]:
    """An answer of JSON that says it has a size."""
    return (f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {size}\r\n\r\n", text)


def frames(upstreams: Upstreams) -> Asking:
    """Every comparison."""
    framed = Framed()
    text = POLICY.replace('"FRAMED"', json.dumps(framed.url)).replace('"LAST"', json.dumps(upstreams.url("last")))
    made = front("frames.route", text=text)
    assert made.table is not None, [finding.message for finding in made.findings]
    files = emit(made.table).files
    with running(files, {}) as kong:
        run = Asking(kong.port, load(files["table.json"]), upstreams)
        whole = chunk(START[:7]) + chunk(START[7:], ";x=y") + chunk(CONTENT + DELTA) + "0\r\nx-trailer: 1\r\n\r\n"
        good: tuple[tuple[str, tuple[str, ...], str], ...] = (
            ("chunks", (EVENTS, chunk(START), chunk(CONTENT), chunk(DELTA), "0\r\n\r\n"), TEXT),
            ("chunks cut anywhere", (EVENTS, *(whole[at : at + 5] for at in range(0, len(whole), 5))), TEXT),
            ("all at once", (EVENTS + whole,), TEXT),
            ("an answer after another one", ("HTTP/1.1 100 Continue\r\n\r\n", EVENTS, whole), TEXT),
            ("a length", length('{"a":1}', 7), '{"a":1}'),
            ("no length", ("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n", '{"a":', "1}"), '{"a":1}'),
            ("nothing", ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",), ""),
        )
        for name, pieces, wanted in good:
            framed.pieces, framed.closes = pieces, name == "no length"
            got = run.ask((), stream=True)
            run.check(name, (got.status, got.text, upstreams.asked) == (200, wanted, []), (got.status, got.text))
        bad: tuple[tuple[str, tuple[str, ...]], ...] = (
            ("an answer shorter than it says", length('{"a":1}', 9)),
            ("chunks that break off before content", (EVENTS, chunk(START))),
            ("a chunk without a size", (EVENTS, "x\r\n")),
            ("no HTTP", ("HELLO\r\n\r\n",)),
            ("a header without a name", ("HTTP/1.1 200 OK\r\nhello\r\n\r\n",)),
            ("no answer", ()),
        )
        for name, pieces in bad:
            framed.pieces, framed.closes = pieces, True
            got = run.ask((), stream=True)
            run.check(f"{name} goes on", upstreams.asked == ["last"] and got.status == 200, (got.status, got.text))
        time.sleep(0.1)  # the log's last line is written after its answer
        framed.pieces, before = (EVENTS, chunk(TEXT)), len(kong.lines())
        got = run.ask((), stream=True)
        (line,) = kong.lines_after(before)
        told = (got.text, line["interlock"].get("cut"), upstreams.asked)
        cut = got.text.startswith(TEXT + "IncompleteRead") and told[1:] == ("closed", [])
        run.check("chunks that break off after content break off for the client", cut, told)
        framed.pieces, framed.closes, before = length('{"a":1}', 7), False, framed.connections
        for _ in range(5):
            run.ask(())
        run.check("a connection is kept", framed.connections == before + 1, framed.connections - before)
        framed.pieces = length('{"a":', 7)
        got = run.ask(())
        run.check("a body that stops is a timeout", upstreams.asked == ["last"] and got.status == 200, got.text)
    return run

"""Upstreams on loopback that answer as told, and remember who was asked.

Every upstream has a name, the first part of the path: `http://127.0.0.1:PORT/NAME/…`. The answers are for one request
at the gateway: the first upstream that is asked gives the first, and so on; when none is left, they answer well. A
request with the header `x-script`, JSON with the answers by name, has its own.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any

CONTEXT, POLICY, TIMEOUT, CONNECT = "context", "policy", "timeout", "connect"
IN_STREAM, EARLY, CUT = "in_stream", "early", "cut"
"""Of a stream that began with 200: overloaded before any content; the connection lost before any; lost after the
first."""
STALLED, QUIET = "stalled", "quiet"
"""Of a stream that began with 200: silent before any content; silent for a while after the first."""
COUNTED = 4711
"""The tokens that every prompt has."""
PAUSE = 0.3
"""Seconds between the pieces of a stream's content."""
Failure = int | str

ANTHROPIC = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
TEXTS = {
    CONTEXT: (
        "prompt is too long: 220000 tokens > 200000 maximum",
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        "context_length_exceeded",
    ),
    POLICY: (
        "Output blocked by content filtering policy",
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        "content_filter",
    ),
}


class Upstreams:
    """The upstreams. ``hang`` is for how long one keeps silent that is to time out. Of each request since ``expect``
    they remember who was asked, the headers, the path, the body, and the body of the answer."""

    def __init__(self, hang: float) -> None:
        self.hang = hang
        self.error_headers: dict[str, str] = {}
        self.every_header: dict[str, str] = {}
        """Of each answer."""
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.bodies: list[bytes] = []
        self.sent: list[bytearray] = []
        self._script: list[Failure] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self.port = int(self._server.server_address[1])
        self.closed = closed_port()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, name: str) -> str:
        """Where an upstream is."""
        return f"http://127.0.0.1:{self.port}/{name}"

    def nobody(self, name: str) -> str:
        """The same, where every connection is refused."""
        return f"http://127.0.0.1:{self.closed}/{name}"

    def expect(self, script: Sequence[Failure]) -> None:
        """From now on these are the answers."""
        with self._lock:
            self.asked, self.headers, self.paths, self.bodies, self.sent = [], [], [], [], []
            self._script = list(script)

    def next(self, name: str) -> Failure:
        """Somebody asks ``name``: what it answers."""
        with self._lock:
            self.asked.append(name)
            return self._script.pop(0) if self._script else 200


def closed_port() -> int:
    """A port that nobody listens at."""
    (port,) = closed_ports(1)
    return port


def closed_ports(count: int) -> list[int]:
    """Ports that nobody listens at, each another one: of this process's own, and never the same again, if
    `GATEWAY_PORTS` says where these begin. Otherwise the system chooses, and may give one to somebody else before it is
    used."""
    with contextlib.ExitStack() as stack:
        probes: list[socket.socket] = []
        while len(probes) < count:
            probe = stack.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", next(_OWN) if _FIRST else 0))
            except OSError:
                if not _FIRST:
                    raise
                continue
            probes.append(probe)
        return [int(probe.getsockname()[1]) for probe in probes]


_FIRST = int(os.environ.get("GATEWAY_PORTS", "0"))
_OWN = itertools.count(_FIRST)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, upstreams: Upstreams) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstreams = upstreams

    def handle_error(self, request: object, client_address: object) -> None:
        """Gateways hang up on what takes too long."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is said."""

    def do_GET(self) -> None:
        self._sent = bytearray()
        self._send(200, {"data": []})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        name = self.path.split("/")[1]
        anthropic = "messages" in self.path
        script = self.headers.get("x-script")
        answer = self.server.upstreams.next(name) if script is None else json.loads(script).get(name, 200)
        self.server.upstreams.headers.append({key.lower(): value for key, value in self.headers.items()})
        self.server.upstreams.paths.append(self.path)
        self.server.upstreams.bodies.append(raw)
        self._sent = bytearray()  # its own: one that hangs may go on during the next request
        self.server.upstreams.sent.append(self._sent)
        body = json.loads(raw or b"{}")
        if answer == CONNECT:
            self.close_connection = True
            self.connection.close()
            return
        if answer == 200 and self.path.partition("?")[0].endswith("/count_tokens"):
            self._send(200, {"input_tokens": COUNTED})
            return
        if answer == TIMEOUT:
            time.sleep(self.server.upstreams.hang)
            answer = 200
        if answer in (IN_STREAM, EARLY, CUT, STALLED, QUIET) or (answer == 200 and anthropic and body.get("stream")):
            self._stream(str(body.get("model")), answer)
        elif answer == 200:
            self._send(200, good(str(body.get("model")), anthropic))
        elif isinstance(answer, str):
            _, openai, code = TEXTS[answer]
            error = {"message": openai, "type": "invalid_request_error", "param": "messages", "code": code}
            self._send(400, anthropic_error(answer) if anthropic else {"error": error})
        else:
            kind = ANTHROPIC.get(answer, "api_error")
            message = "Overloaded" if answer == 529 else f"mock {answer}"
            own = anthropic_error(answer)
            error = {"message": message, "type": kind, "code": str(answer)}
            self._send(answer, own if anthropic else {"error": error}, self.server.upstreams.error_headers)

    def _stream(self, model: str, answer: Failure) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        for name, value in self.server.upstreams.every_header.items():
            self.send_header(name, value)
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        head = {"id": "m", "type": "message", "role": "assistant", "model": model, "content": []}
        self._event({"type": "message_start", "message": {**head, "usage": {"input_tokens": 1, "output_tokens": 1}}})
        if answer == EARLY:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if answer == IN_STREAM:
            self._event(anthropic_error(answer))
            return
        if answer == STALLED:
            time.sleep(self.server.upstreams.hang)
        self._event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
        for word in ("one", "two", "three"):
            self._event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}})
            time.sleep(self.server.upstreams.hang if answer == QUIET and word == "one" else PAUSE)
            if answer == CUT:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
        self._event({"type": "content_block_stop", "index": 0})
        self._event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}})
        self._event({"type": "message_stop"})

    def _event(self, data: dict[str, Any]) -> None:
        raw = f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()
        self._sent += raw
        self.wfile.write(raw)
        self.wfile.flush()

    def _send(self, status: int, body: object, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        raw = json.dumps(body).encode()
        self._sent += raw
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        for name, value in {**self.server.upstreams.every_header, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)


def anthropic_error(answer: Failure) -> dict[str, Any]:
    """The body of an error of Anthropic's API."""
    if answer in TEXTS:
        kind, message = "invalid_request_error", TEXTS[str(answer)][0]
    elif answer in (529, IN_STREAM):
        kind, message = "overloaded_error", "Overloaded"
    else:
        kind, message = ANTHROPIC.get(int(answer), "api_error"), f"mock {answer}"
    return {"type": "error", "error": {"type": kind, "message": message}}


def good(model: str, anthropic: bool) -> dict[str, Any]:
    """A short answer, in the form of one API or the other."""
    if anthropic:
        content = [{"type": "text", "text": "hi"}]
        usage = {"input_tokens": 1, "output_tokens": 1}
        head = {"id": "m", "type": "message", "role": "assistant", "model": model}
        return {**head, "content": content, "stop_reason": "end_turn", "usage": usage}
    choice = {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
    used = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": model, "choices": [choice], "usage": used}

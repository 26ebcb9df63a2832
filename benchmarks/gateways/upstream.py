"""An upstream that costs next to nothing: Anthropic's API with one answer. `python -m benchmarks.gateways.upstream`
prints its port and serves until it is ended.

Head and body go in one packet: in two, Nagle's algorithm and delayed acknowledgements cost 40 ms a request. Each answer
names in `x-asked` the first part of the path, by which upstreams are told apart.
"""

from __future__ import annotations

import asyncio
import json

ANSWER = json.dumps(
    {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": "hi"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
).encode()
HEAD = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(ANSWER)}\r\nx-asked: ".encode()
END = b"\r\n0\r\n\r\n"


class Upstream(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._left = -1  # bytes of the body that are still to come; -1 in a head
        self._chunked, self._head, self._name = False, b"", b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            self._head += data
            head, found, data = self._head.partition(b"\r\n\r\n")
            if not found:
                return
            self._head, self._name = b"", head.split(b" ", 2)[1].split(b"/")[1]
            lines = head.lower().split(b"\r\n")
            lengths = [line[15:] for line in lines if line.startswith(b"content-length:")]
            self._left = int(lengths[0]) if lengths else 0
            self._chunked = b"transfer-encoding: chunked" in lines
        if self._chunked:
            self._head = (self._head + data)[-len(END) :]
            if self._head != END:
                return
            self._chunked, self._head = False, b""
        self._left -= len(data)
        if self._left <= 0:
            self._left = -1
            assert isinstance(self._transport, asyncio.WriteTransport)
            self._transport.write(HEAD + self._name + b"\r\n\r\n" + ANSWER)


async def serve() -> None:
    """Serve until ended."""
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())

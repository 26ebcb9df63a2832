"""An open load on one port: requests leave at their time, whether earlier ones are answered or not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Load:
    """``milliseconds`` of each answer, from the time when its request was to leave; ``errors`` are other statuses than
    200 and lost connections; ``seconds`` until the last answer."""

    milliseconds: tuple[float, ...]
    errors: int
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of them do not exceed; NaN of none."""
    if not values:
        return float("nan")
    return sorted(values)[max(0, ceil(len(values) * share) - 1)]


class _Connections:
    """Connections that are kept open and used again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def status(self, request: bytes) -> int:
        """Send a request; the answer's status, once all of it is there."""
        if self._free:
            reader, writer = self._free.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        length = next(int(line[15:]) for line in head if line.startswith("content-length:"))
        await reader.readexactly(length)
        self._free.append((reader, writer))
        return int(head[0].split(" ")[1])

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


async def _run(port: int, request: bytes, rate: float, seconds: float) -> Load:
    connections, taken, errors = _Connections(port), list[float](), 0

    async def one(at: float) -> None:
        nonlocal errors
        try:
            if await connections.status(request) == 200:
                taken.append((perf_counter() - at) * 1000)
            else:
                errors += 1
        except (OSError, asyncio.IncompleteReadError, StopIteration, ValueError):
            errors += 1

    began, tasks = perf_counter(), list[asyncio.Task[None]]()
    for number in range(int(rate * seconds)):
        at = began + number / rate
        await asyncio.sleep(max(0.0, at - perf_counter()))
        tasks.append(asyncio.create_task(one(at)))
    await asyncio.gather(*tasks)
    connections.close()
    return Load(tuple(taken), errors, perf_counter() - began)


def load(port: int, request: bytes, rate: float, seconds: float) -> Load:
    """Ask ``port`` with ``request``, the bytes of an HTTP/1.1 request, ``rate`` times a second for ``seconds``."""
    return asyncio.run(_run(port, request, rate, seconds))


def request_of(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The bytes of a POST."""
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", "content-type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body

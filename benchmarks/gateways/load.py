"""An open load on one port: requests leave at their time, whether earlier ones are answered or not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from time import perf_counter

LOST, STUCK = "lost", "stuck"
"""What a request got that has no status: a lost connection, or nothing in time."""
PATIENCE = 30.0
"""Seconds until a request is stuck."""


@dataclass(frozen=True, slots=True)
class Load:
    """``milliseconds`` of each answer of 200, from the time when its request was to leave; ``answers`` counts all by
    status (or ``LOST``, ``STUCK``) and by the upstream that gave it (``x-asked``, or empty; of a 200 from a gateway
    that keeps this back the decision's ``x-interlock-upstream``, which tests.gateways compares with who was asked).
    ``leaving`` are the seconds until the last request left, ``seconds`` those until the last answer."""

    milliseconds: tuple[float, ...]
    answers: Counter[tuple[str, str]]
    leaving: float
    seconds: float

    @property
    def errors(self) -> int:
        """Requests that did not get 200."""
        return self.answers.total() - len(self.milliseconds)

    @property
    def rate(self) -> float:
        """Answers of 200 a second."""
        return len(self.milliseconds) / self.seconds

    @property
    def asked(self) -> float:
        """Requests that left a second: less than was told where this process is too slow."""
        return self.answers.total() / self.leaving


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

    async def answer(self, request: bytes) -> tuple[str, str]:
        """Send a request; the answer's status and upstream, once all of it is there."""
        if self._free:
            reader, writer = self._free.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        try:
            writer.write(request)
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
            head = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
            await _pass_body(reader, head)
        except BaseException:
            writer.close()
            raise
        if head.get("connection") == "close":
            writer.close()
        else:
            self._free.append((reader, writer))
        status = first.split(" ")[1]
        return status, head.get("x-asked") or (head.get("x-interlock-upstream", "") if status == "200" else "")

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


async def _pass_body(reader: asyncio.StreamReader, head: dict[str, str]) -> None:
    if head.get("transfer-encoding") != "chunked":
        await reader.readexactly(int(head["content-length"]))
        return
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readexactly(2)


async def _run(port: int, request: bytes, rate: float, seconds: float, patience: float) -> Load:
    connections, taken, answers = _Connections(port), list[float](), Counter[tuple[str, str]]()

    async def one(at: float) -> None:
        try:
            answer = await asyncio.wait_for(connections.answer(request), patience)
        except TimeoutError:
            answer = STUCK, ""
        except (OSError, EOFError):
            answer = LOST, ""
        answers[answer] += 1
        if answer[0] == "200":
            taken.append((perf_counter() - at) * 1000)

    began, tasks = perf_counter(), list[asyncio.Task[None]]()
    for number in range(int(rate * seconds)):
        at = began + number / rate
        await asyncio.sleep(max(0.0, at - perf_counter()))
        tasks.append(asyncio.create_task(one(at)))
    leaving = perf_counter() - began + 1 / rate
    await asyncio.gather(*tasks)
    connections.close()
    return Load(tuple(taken), answers, leaving, perf_counter() - began)


def load(port: int, request: bytes, rate: float, seconds: float, patience: float = PATIENCE) -> Load:
    """Ask ``port`` with ``request``, the bytes of an HTTP/1.1 request, ``rate`` times a second for ``seconds``; a
    request that has no answer after ``patience`` seconds is stuck."""
    return asyncio.run(_run(port, request, rate, seconds, patience))


def request_of(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The bytes of a POST."""
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", "content-type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body

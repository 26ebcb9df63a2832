"""The load that benchmarks of gateways put on them: that it asks as often as told, and counts what fails."""

from __future__ import annotations

import importlib
import math
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from interlock.compiler.targets import cloudflare, envoy, kong, litellm, portkey
from tests.gateways.mock import Upstreams, closed_port

sys.path.append(str(Path(__file__).parents[1]))
LOAD, RUN, BURST, POLICIES, SERVED = (
    importlib.import_module(f"benchmarks.gateways.{name}") for name in ("load", "run", "burst", "policies", "served")
)
OK = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A port where each connection gets these bytes once, and no more."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                kept.append(connection)
                connection.recv(1 << 16)
                connection.sendall(answer)

        kept: list[socket.socket] = []
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in kept:
            connection.close()


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [([3.0, 1.0, 2.0], 0.5, 2.0), ([1.0], 0.99, 1.0), ([float(n) for n in range(1, 101)], 0.99, 99.0)],
)
def test_a_percentile_is_a_value_that_is_there(values: list[float], share: float, found: float) -> None:
    assert LOAD.percentile(values, share) == found


def test_there_is_no_percentile_of_nothing() -> None:
    assert math.isnan(LOAD.percentile([], 0.5))


@pytest.mark.parametrize("size", [10, 300_000])
def test_every_request_is_answered(size: int) -> None:
    with RUN.upstream() as port:
        found = LOAD.load(port, LOAD.request_of("/v1/messages", b"x" * size, {}), 100, 0.5)
    assert (len(found.milliseconds), found.errors) == (50, 0)
    assert found.seconds >= 0.4


def test_what_fails_is_counted() -> None:
    upstreams = Upstreams(1)
    upstreams.expect([500] * 3)
    found = LOAD.load(upstreams.port, LOAD.request_of("/a/v1/messages", b"{}", {}), 50, 0.2)
    assert (len(found.milliseconds), found.errors) == (7, 3)
    assert found.answers == {("500", ""): 3, ("200", ""): 7}
    found = LOAD.load(closed_port(), LOAD.request_of("/", b"", {}), 50, 0.1)
    assert (found.errors, found.answers) == (5, {(LOAD.LOST, ""): 5})


def test_answers_are_counted_by_who_gave_them() -> None:
    with RUN.upstream() as port:
        found = LOAD.load(port, LOAD.request_of("/east/v1/messages", b"{}", {}), 50, 0.1)
    assert found.answers == {("200", "east"): 5}


@pytest.mark.parametrize(("status", "by"), [("200 OK", "west"), ("429 Shed", "")])
def test_a_gateway_that_keeps_that_back_is_asked_for_its_decision(status: str, by: str) -> None:
    head = f"HTTP/1.1 {status}\r\nx-interlock-upstream: west\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    with answering(head.encode()) as port:
        assert LOAD.load(port, LOAD.request_of("/", b"", {}), 20, 0.2).answers == {(status[:3], by): 4}


@pytest.mark.parametrize("head", [b"", b"transfer-encoding: chunked\r\n", b"content-length: 1\r\n"])
def test_what_is_never_whole_is_stuck(head: bytes) -> None:
    answer = OK + head + b"\r\n" if head else b""
    with answering(answer) as port:
        found = LOAD.load(port, LOAD.request_of("/", b"", {}), 20, 0.1, 0.2)
    assert found.answers == {(LOAD.STUCK, ""): 2}


def test_an_answer_in_chunks_is_read_to_its_end() -> None:
    answer = OK + b"transfer-encoding: chunked\r\nconnection: close\r\n\r\nA\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n"
    with answering(answer) as port:
        assert LOAD.load(port, LOAD.request_of("/", b"", {}), 20, 0.2).answers == {("200", ""): 4}


def test_the_upstream_reads_a_body_in_chunks_to_its_end() -> None:
    with RUN.upstream() as port, socket.create_connection(("127.0.0.1", port), 10) as client:
        for _ in range(2):  # the second would be read as the rest of the first
            client.sendall(b"POST /west/v1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n0\r\n")
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.recv(1)
            client.settimeout(10)
            client.sendall(b"\r\n")
            assert b"x-asked: west\r\n" in client.recv(1 << 16)


def loaded(answers: dict[tuple[str, str], int], seconds: float = 4.0) -> Any:
    good = sum(count for (status, _), count in answers.items() if status == "200")
    return LOAD.Load((1.0,) * good, Counter(answers), seconds, seconds)


QUIET = {("200", "east"): 200}
SHED = {("200", "east"): 500, ("200", "west"): 475, ("429", ""): 1025}


@pytest.mark.parametrize(
    ("answers", "after", "left", "told"),
    [
        (SHED, QUIET, (0, 0), []),
        (SHED, QUIET, (None, None), []),
        (SHED, QUIET, (2, 3), ["2 connections are still open", "3 requests are still under way"]),
        ({**SHED, ("200", "east"): 600}, QUIET, (0, 0), ["east took 600 in 4.0 s; its limit lets 500 through"]),
        ({**SHED, ("200", "west"): 90}, QUIET, (0, 0), ["west took 90 in 4.0 s; its limit lets 500 through"]),
        (
            {**SHED, (LOAD.STUCK, ""): 1},
            QUIET,
            (0, 0),
            ["burst: 500 × 200 by east, 475 × 200 by west, 1025 × 429, 1 × stuck"],
        ),
        (SHED, {("200", "east"): 199, ("429", ""): 1}, (0, 0), ["after: 199 × 200 by east, 1 × 429"]),
        (SHED, {("200", "east"): 199, ("200", "west"): 1}, (0, 0), ["after: 199 × 200 by east, 1 × 200 by west"]),
    ],
)
def test_a_burst_is_as_the_limits_say(
    answers: dict[tuple[str, str], int], after: dict[tuple[str, str], int], left: tuple[int, int], told: list[str]
) -> None:
    assert BURST.faults([loaded(QUIET), loaded(answers), loaded(after)], 50, *left) == told


def test_connections_that_are_left_are_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if BURST.connections(port) is None:
            pytest.skip("no /proc/net/tcp here")
        with socket.create_connection(("127.0.0.1", port)) as client:
            there, _ = server.accept()
            assert BURST.connections(port) == 1
            client.shutdown(socket.SHUT_RDWR)
            assert BURST.connections(port) == 1  # which waits to be closed by its owner
            there.close()
        assert BURST.connections(port) == 0


@pytest.mark.parametrize(
    ("rates", "told"),
    [
        ((300, 500), "not reached: load and upstream alone make 300"),
        ((500, 300), "not reached: the gateway alone answers 300"),
        ((500, 450), None),
    ],
)
def test_a_rate_that_is_not_reached_is_named(
    monkeypatch: pytest.MonkeyPatch, rates: tuple[int, int], told: str | None
) -> None:
    found = iter([loaded({("200", ""): rate}, 1.0) for rate in rates])
    monkeypatch.setattr(RUN, "load", lambda *_: next(found))
    side: Any = (1, {}, lambda size: b"x" * size)
    assert RUN.reached(SERVED.Served("/", side, side), 2, 10, 500) == told


@pytest.mark.parametrize("text", [POLICIES.LOAD, POLICIES.burst_policy(5)])
def test_the_policies_are_for_each_gateway(text: str) -> None:
    table = POLICIES.compiled(text, 1)
    for target in (cloudflare, envoy, kong, litellm, portkey):
        assert target.emit(table).files

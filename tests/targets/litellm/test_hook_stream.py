"""Streams that are held back until content, timeouts, and tables that change. Without LiteLLM."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from interlock.compiler.artifact import encode
from interlock.compiler.pipeline import front
from tests.targets.litellm.beside import module

STREAM, TABLE = module("interlock_stream"), module("interlock_table")


def event(type_: str, **more: object) -> bytes:
    return f"event: {type_}\ndata: {json.dumps({'type': type_, **more})}\n\n".encode()


START, PING = event("message_start", message={}), event("ping")
DELTA, STOP = event("content_block_delta", delta={"text": "hi"}), event("message_stop")
OVERLOADED = event("error", error={"type": "overloaded_error", "message": "Overloaded"})


class Source:
    """A stream of pieces, each after some seconds."""

    def __init__(self, *pieces: tuple[float, Any]) -> None:
        self._pieces = pieces
        self.model = "m"
        self.given = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[Any]:
        for seconds, piece in self._pieces:
            await asyncio.sleep(seconds)
            self.given += 1
            yield piece

    async def aclose(self) -> None:
        self.closed = True


def opened(source: Any, timeouts: dict[str, int] | None = None, seconds: float = 0, stream: bool = True) -> list[Any]:
    """The pieces that come out."""

    async def call() -> Any:
        await asyncio.sleep(seconds)
        return source

    async def run() -> list[Any]:
        answer = await STREAM.opened(call, timeouts or {}, stream)
        return [piece async for piece in answer] if stream else [answer]

    return asyncio.run(run())


def test_everything_comes_out_in_order_and_nothing_before_content() -> None:
    source = Source(*((0, piece) for piece in (START, PING, DELTA, STOP)))
    assert opened(source) == [START, PING, DELTA, STOP]

    async def held() -> tuple[int, str]:
        fresh = Source(*((0, piece) for piece in (START, PING, DELTA, STOP)))
        answer = await STREAM.opened(lambda: asyncio.sleep(0, fresh), {}, True)
        return fresh.given, answer.model

    assert asyncio.run(held()) == (3, "m")


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_an_error_before_content_is_seen_however_it_is_cut(size: int) -> None:
    whole = START + OVERLOADED
    source = Source(*((0, whole[at : at + size]) for at in range(0, len(whole), size)))
    with pytest.raises(STREAM.ErrorEvent) as raised:
        opened(source)
    assert raised.value.status_code == 529
    assert json.loads(raised.value.body)["error"]["message"] == "Overloaded"
    assert source.closed


def test_an_error_after_content_is_passed_on() -> None:
    assert opened(Source((0, START), (0, DELTA), (0, OVERLOADED))) == [START, DELTA, OVERLOADED]
    assert opened(Source((0, START + DELTA + OVERLOADED))) == [START + DELTA + OVERLOADED]


def test_a_stream_without_content_ends_and_lines_may_end_with_carriage_returns() -> None:
    assert opened(Source((0, START), (0, PING))) == [START, PING]
    with pytest.raises(STREAM.ErrorEvent):
        opened(Source((0, OVERLOADED.replace(b"\n", b"\r\n"))))


def test_objects_have_content_in_their_choices() -> None:
    def chunk(**delta: object) -> Any:
        return SimpleNamespace(choices=[SimpleNamespace(delta=SimpleNamespace(**delta), finish_reason=None)])

    events = STREAM.Events()
    assert not events.has_content(chunk(role="assistant", content=""))
    assert events.has_content(chunk(content="x"))
    assert events.has_content(chunk(content=None, tool_calls=[1]))


@pytest.mark.parametrize(
    ("source", "timeouts", "seconds", "kind"),
    [
        (Source((0, START), (5, DELTA)), {"first_token": 50}, 0.0, "no content came within 0.05 s"),
        (Source((0, START), (0, DELTA)), {"first_token": 50}, 5.0, "no content came within 0.05 s"),
        (Source((0, START), (5, DELTA)), {"first_token": 5000, "total": 50}, 0.0, "the answer did not end"),
        (Source((0, DELTA), (5, STOP)), {"first_token": 50, "total": 100}, 0.0, "the answer did not end within 0.1 s"),
    ],
)
def test_a_stream_is_bounded(source: Any, timeouts: dict[str, int], seconds: float, kind: str) -> None:
    with pytest.raises(STREAM.TimedOut, match=kind):
        opened(source, timeouts, seconds)


def test_the_first_token_s_timeout_does_not_end_a_stream_that_falls_silent_later() -> None:
    assert opened(Source((0, DELTA), (0.2, STOP)), {"first_token": 50}) == [DELTA, STOP]


def test_an_answer_that_is_not_streamed_is_bounded_by_total_alone() -> None:
    assert opened({"id": 1}, {"first_token": 50}, 0.1, stream=False) == [{"id": 1}]
    with pytest.raises(STREAM.TimedOut, match="the answer did not end"):
        opened({"id": 1}, {"total": 50}, 5, stream=False)


def test_a_timeout_of_somebody_else_s_stays_as_it_is() -> None:
    async def call() -> Any:
        raise TimeoutError("theirs")

    with pytest.raises(TimeoutError, match="theirs"):
        asyncio.run(STREAM.opened(call, {"total": 5000}, False))


POLICY = """
policy held
upstream a { provider vertex  endpoint "https://a.example"  limit 1/s burst 1 }
upstream b { provider anthropic  endpoint env B_URL }
model m { context 1K }
pool p { serve UPSTREAM with m }
rule all -> p
"""


def table(upstream: str = "a", comment: str = "") -> bytes:
    made = front("held.route", text=comment + POLICY.replace("UPSTREAM", upstream)).table
    assert made is not None
    return encode(made)


def test_a_table_takes_the_place_of_the_old_one_and_a_broken_or_missing_one_does_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, now = tmp_path / "table.json", [0.0]
    path.write_bytes(table())
    caplog.set_level(logging.WARNING, logger="interlock")
    logging.getLogger("interlock").propagate = True
    holder = TABLE.Holder(str(path), lambda: now[0])

    def current(misfit: str | None = None) -> Any:
        return holder.current(lambda _: misfit)

    first = current()
    path.write_bytes(table("b"))
    second = current()
    assert second is not first
    assert second.table.version != first.table.version
    path.write_bytes(table("b")[:-50])
    assert [current() for _ in range(3)] == [second] * 3
    assert [r.levelname for r in caplog.records].count("ERROR") == 1
    now[0] = 61
    current()
    assert [r.levelname for r in caplog.records].count("ERROR") == 2
    path.unlink()
    assert current() is second
    path.write_bytes(table())
    assert current("it does not fit") is second
    assert "it does not fit" in caplog.text


def test_the_same_table_written_anew_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    path.write_bytes(table())
    holder = TABLE.Holder(str(path))
    serving = holder.current(lambda _: None)
    path.write_bytes(table(comment="# another layout\n"))
    assert holder.current(lambda _: None) is serving


def test_a_table_that_does_not_fit_the_proxy_at_first_serves_nobody(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    path.write_bytes(table())
    holder = TABLE.Holder(str(path))
    with pytest.raises(ValueError, match="no deployment"):
        holder.current(lambda _: "no deployment")
    assert holder.current(lambda _: None).table.policy == "held"


def test_the_deployments_of_a_table_are_those_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B_URL", "https://b.example")
    assert TABLE.Serving(table()).deployments == {"interlock/a/m": ("vertex_ai/m", "https://a.example")}
    assert TABLE.Serving(table("b")).deployments == {"interlock/b/m": ("anthropic/m", "https://b.example")}

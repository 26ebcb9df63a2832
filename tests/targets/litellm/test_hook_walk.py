"""The hook's walk, with a clock of the test's: limits, breakers, retries, and the line of the log. Without LiteLLM."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from interlock.compiler.artifact import encode
from interlock.compiler.pipeline import front
from tests.targets.litellm.beside import module

WALK, RUNTIME, SERVING = module("interlock_walk"), module("interlock_runtime"), module("interlock_runtime.serving")

POLICY = """
policy kept
request { who : string }
upstream east { provider anthropic  limit EAST  breaker 50% of 4 in 10s, probe after 5s }
upstream west { provider anthropic }
upstream strict { provider anthropic  limit 1/s burst 1 else fail 429 }
model m { context 1K }
pool main   { serve east with m  retry 1 }
pool second { serve west with m }
pool hard   { serve strict with m }
fallback main -> second -> fail 503 "none is left"
rule strict when who == "strict" -> hard
rule all -> main
"""


class Clock:
    """Milliseconds, as the test says."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


class Proxy:
    """Walks requests, while upstreams answer by a script of error classes; well when none is left."""

    def __init__(self, limit: str = "100/s burst 100 else spill") -> None:
        made = front("kept.route", text=POLICY.replace("EAST", limit)).table
        assert made is not None
        self.table = RUNTIME.load(encode(made))
        self.clock = Clock()
        self.state = SERVING.State(self.clock)

    def ask(self, *script: str | None, who: str = "somebody") -> tuple[str, list[str], Any]:
        """How it ended, who was asked, and the walk."""
        left: list[str | None] = list(script)
        asked: list[str] = []
        walk = WALK.Walk(self.table, self.state, {"who": who}, lambda: self.clock.now / 1000)

        async def send(decision: Any) -> str:
            asked.append(decision.upstream)
            error = left.pop(0) if left else None
            if error is not None:
                raise RuntimeError(error)
            return "answer"

        def class_of(error: Exception) -> str | None:
            return None if str(error) == "400" else str(error)

        try:
            return asyncio.run(walk.run(send, class_of)), asked, walk
        except WALK.Ended as ended:
            fail = walk.decision.fail
            return (f"fail {fail.status}" if fail and fail.status else f"error {ended.error}"), asked, walk


def asked(proxy: Proxy, times: int) -> list[list[str]]:
    return [proxy.ask()[1] for _ in range(times)]


def test_a_burst_over_the_limit_spills_and_the_tokens_come_back() -> None:
    proxy = Proxy("2/s burst 3 else spill")
    assert asked(proxy, 5) == [["east"], ["east"], ["east"], ["west"], ["west"]]
    proxy.clock.now = 499
    assert asked(proxy, 1) == [["west"]]
    proxy.clock.now = 1000
    assert asked(proxy, 3) == [["east"], ["east"], ["west"]]


def test_what_was_spilt_is_in_the_record() -> None:
    proxy = Proxy("1/s burst 1 else spill")
    proxy.ask()
    _, _, walk = proxy.ask()
    record = walk.record()
    assert (record["pool"], record["hop"], record["after"]) == ("second", 1, ["overloaded"])


def test_a_limit_that_fails_answers_with_its_status_and_says_so_beside_the_record() -> None:
    proxy = Proxy()
    assert proxy.ask(who="strict")[0] == "answer"
    ended, who, walk = proxy.ask(who="strict")
    assert (ended, who) == ("fail 429", [])
    line = json.loads(walk.line("failed"))
    assert line["limited"] == {"upstream": "strict", "status": 429}
    assert line["record"]["fail"] is None


def test_a_breaker_opens_after_failures_sheds_and_closes_after_a_good_probe() -> None:
    proxy = Proxy()
    for _ in range(2):
        assert proxy.ask("server_error", "server_error")[1] == ["east", "east", "west"]
    assert asked(proxy, 3) == [["west"]] * 3
    proxy.clock.now = 4999
    assert asked(proxy, 1) == [["west"]]
    proxy.clock.now = 5000
    assert proxy.ask("timeout")[1] == ["east", "west"]  # the probe fails: open again, and no retry
    assert asked(proxy, 1) == [["west"]]
    proxy.clock.now = 10_000
    assert asked(proxy, 2) == [["east"], ["east"]]


def test_the_request_s_own_errors_do_not_open_a_breaker() -> None:
    proxy = Proxy()
    for _ in range(5):
        assert proxy.ask("400")[:2] == ("error 400", ["east"])
        assert proxy.ask("context_overflow")[:2] == ("error context_overflow", ["east"])
    assert asked(proxy, 1) == [["east"]]


@pytest.mark.parametrize(
    ("script", "ended", "who"),
    [
        (("timeout",), "answer", ["east", "east"]),
        (("timeout", "timeout"), "answer", ["east", "east", "west"]),
        (("timeout", "timeout", "server_error"), "fail 503", ["east", "east", "west"]),
        (("400",), "error 400", ["east"]),
        (("timeout", "400"), "error 400", ["east", "east"]),
        (("refused",), "error refused", ["east"]),
    ],
)
def test_retries_come_before_the_chain(script: Sequence[str], ended: str, who: list[str]) -> None:
    assert Proxy().ask(*script)[:2] == (ended, who)


def test_the_line_says_what_was_sent_and_the_record_what_was_decided() -> None:
    proxy = Proxy()
    _, _, walk = proxy.ask("overloaded", "rate_limited")
    line = json.loads(walk.line("served", call="c-1"))
    assert line["interlock"] == "served"
    assert line["call"] == "c-1"
    assert [(hop["upstream"], hop["error"]) for hop in line["hops"]] == [
        ("east", "overloaded"),
        ("east", "rate_limited"),
        ("west", None),
    ]
    table = proxy.table
    assert line["record"] == json.loads(table.record({"who": "somebody"}, ["rate_limited"]).to_json())


def test_a_walk_without_state_keeps_no_limits() -> None:
    proxy = Proxy("1/s burst 1 else spill")
    proxy.state = None
    assert asked(proxy, 3) == [["east"]] * 3


def test_an_invalid_request_asks_nobody() -> None:
    proxy = Proxy()
    walk = WALK.Walk(proxy.table, proxy.state, {})
    with pytest.raises(WALK.Ended):
        asyncio.run(walk.run(None, None))
    assert walk.decision.fail.status == 400
    assert walk.hops == []

"""The reference evaluator against answers computed by hand from the language's definition."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from interlock.compiler.pipeline import front
from interlock.compiler.reference import decide, step, walk
from interlock.dsl import policy as p


def read(text: str) -> p.Policy:
    """The policy of a text that has no T findings."""
    result = front("test.route", text=text)
    assert result.policy is not None, result.findings
    return result.policy


# ── the example of the language's definition, hop by hop ─────────────────────────────────────────────

EXAMPLE = """
policy claude_code
enum region = us_east, us_west, eu_central
request {
    session_id   : string per session
    input_tokens : int(0..=1M) rising
    model_hint   : enum(haiku, sonnet, opus, ...)? per turn
    has_tools    : bool? per turn
    home : region   per session   from header "x-region"   default us_east
    tier : enum(free, team, enterprise)   per session   from metadata "tier"
}
model claude-haiku-4-5 { }
model claude-sonnet-4-6 { }
model claude-opus-4-7 { }
upstream anthropic[r in region] {
    provider anthropic
    account  platform
    region   r
}
upstream bedrock { provider bedrock; account prod; region us_east }
pool haiku[r in region]  { serve anthropic[r] with claude-haiku-4-5;  sticky by session_id }
pool sonnet[r in region] { serve anthropic[r] with claude-sonnet-4-6; sticky by session_id }
pool opus[r in region]   { serve anthropic[r] with claude-opus-4-7;   sticky by session_id }
pool spare               { serve bedrock with claude-sonnet-4-6 }
fallback opus[us_east]        -> opus[us_west] -> follow spare
fallback opus[us_west]        -> opus[us_east] -> follow spare
fallback opus[eu_central]     -> fail 503
fallback sonnet[r in region]  -> follow spare
fallback haiku[r in region]   -> follow spare
fallback spare                -> fail 503 "every region is down"
let large = input_tokens >= 40K or model_hint == opus
rule large_turns  when large                  -> opus[home]
rule medium_turns when input_tokens >= 8K     -> sonnet[home]
rule otherwise                                -> haiku[home]
"""
REFACTOR = {"input_tokens": 180_000, "home": "us_east", "tier": "team", "session_id": "s-1"}


def test_the_first_decision_of_the_example() -> None:
    assert decide(read(EXAMPLE), REFACTOR) == {
        "policy": "claude_code",
        "rule": "large_turns",
        "pool": "opus[us_east]",
        "upstream": "anthropic[us_east]",
        "provider": "anthropic",
        "account": "platform",
        "region": "us_east",
        "model": "claude-opus-4-7",
        "hop": 0,
        "fail": None,
        "invalid": None,
    }


@pytest.mark.parametrize(
    ("after", "pool", "hop", "fail"),
    [
        ((), "opus[us_east]", 0, None),
        (("overloaded",), "opus[us_west]", 1, None),
        (("overloaded", "timeout"), "spare", 2, None),
        (
            ("overloaded", "timeout", "overloaded"),
            None,
            2,
            {"status": 503, "message": "every region is down"},
        ),
        # Errors after a fail change nothing.
        (("overloaded",) * 3 + ("refused",), None, 2, {"status": 503, "message": "every region is down"}),
        # No chain covers these two: the error is returned, and stays.
        (("refused",), None, 0, {"status": None, "message": "refused"}),
        (("timeout", "context_overflow"), None, 1, {"status": None, "message": "context_overflow"}),
        (
            ("timeout", "context_overflow", "timeout"),
            None,
            1,
            {"status": None, "message": "context_overflow"},
        ),
    ],
)
def test_the_walks_of_the_example(after: Sequence[str], pool: str, hop: int, fail: object) -> None:
    decision = decide(read(EXAMPLE), REFACTOR, after)
    assert (decision["rule"], decision["pool"]) == ("large_turns", pool)
    assert (decision["hop"], decision["fail"]) == (hop, fail)


@pytest.mark.parametrize(
    ("request_", "rule", "pool"),
    [
        ({"input_tokens": 40_000}, "large_turns", "opus[us_east]"),
        ({"input_tokens": 39_999}, "medium_turns", "sonnet[us_east]"),
        ({"input_tokens": 8_000.0, "home": "eu_central"}, "medium_turns", "sonnet[eu_central]"),
        ({"input_tokens": 7_999, "model_hint": "fable"}, "otherwise", "haiku[us_east]"),
        ({"input_tokens": 0, "model_hint": "opus", "home": "us_west"}, "large_turns", "opus[us_west]"),
        ({"input_tokens": 0, "home": "mars"}, "otherwise", "haiku[us_east]"),
        ({"input_tokens": 0, "home": 7}, "otherwise", "haiku[us_east]"),
    ],
)
def test_the_rules_of_the_example(request_: dict[str, object], rule: str, pool: str) -> None:
    decision = decide(read(EXAMPLE), {"session_id": "s", "tier": "free", **request_})
    assert (decision["rule"], decision["pool"]) == (rule, pool)


def test_a_class_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no error class"):
        decide(read(EXAMPLE), REFACTOR, ("unavailable",))


# ── chains ───────────────────────────────────────────────────────────────────────────────────────────

CHAINS = """
policy chains
request { to : enum(east, west, tail, lonely) }
model m {}
upstream u { provider p }
pool east { serve u with m }
pool west { serve u with m }
pool tail { serve u with m }
pool lonely { serve u with m }
pool big { serve u with m }
fallback east -> west -> tail -> fail 503 "end of east" on overloaded, timeout
fallback east -> big -> east -> fail 413 "too long" on context_overflow
fallback west -> east -> follow tail
fallback west -> fail 451 on refused
fallback tail -> follow west on unreachable
fallback tail -> fail 500 "end of tail" on overloaded
rule east when to == east -> east
rule west when to == west -> west
rule tail when to == tail -> tail
rule lonely -> lonely
"""


@pytest.mark.parametrize(
    ("to", "walk_"),
    [
        # A pool in the middle does not consult its own chain for a class that the walked one covers.
        ("east", "overloaded west, overloaded tail, timeout 503 end of east"),
        # One that it does not cover is taken by the pool's own chain, which replaces the walked one for good:
        # at east again, `west -> east -> follow tail` is walked on, not east's own chain.
        ("east", "overloaded west, server_error east, overloaded tail, overloaded 500 end of tail"),
        ("east", "overloaded west, refused 451 None"),
        ("east", "overloaded west, overloaded tail, unreachable west, timeout east, timeout tail"),
        ("east", "overloaded west, context_overflow None context_overflow"),
        # Another chain of the same pool, from its start; then back: the first one begins anew.
        ("east", "context_overflow big, context_overflow east, overloaded west"),
        ("east", "context_overflow big, context_overflow east, context_overflow 413 too long"),
        ("east", "context_overflow big, overloaded None overloaded, overloaded None overloaded"),
        # `follow` starts anew: tail's own chain, although west's covers the class too.
        ("west", "overloaded east, overloaded tail, overloaded 500 end of tail"),
        ("west", "overloaded east, overloaded tail, timeout None timeout"),
        # In east by west's chain, a class that chain leaves out goes by east's own.
        ("west", "timeout east, context_overflow big, context_overflow east, timeout west"),
        ("tail", "unreachable west, unreachable east, unreachable tail, unreachable west"),
        ("lonely", "rate_limited None rate_limited"),
    ],
)
def test_walks(to: str, walk_: str) -> None:
    policy = read(CHAINS)
    after: list[str] = []
    hop = 0
    for move in walk_.split(", "):
        error, where, *message = move.split(" ")
        after.append(error)
        decision = decide(policy, {"to": to}, after)
        if message:
            status = None if where == "None" else int(where)
            text = None if message == ["None"] else " ".join(message)
            assert decision["fail"] == {"status": status, "message": text}, after
            assert decision["pool"] is decision["upstream"] is decision["model"] is None
        else:
            hop += 1
            assert (decision["pool"], decision["fail"]) == (where, None), after
        assert (decision["hop"], decision["rule"]) == (hop, to)


def test_a_rule_that_fails_stays_failed() -> None:
    policy = read('policy p\nrequest { a : bool }\nrule r -> fail 418 "teapot"\n')
    expected = decide(policy, {"a": True})
    assert expected["rule"] == "r"
    assert expected["fail"] == {"status": 418, "message": "teapot"}
    assert decide(policy, {"a": True}, ("overloaded", "refused")) == expected


def test_a_request_that_meets_no_rule() -> None:
    policy = read("policy p\nrequest { a : bool }\nrule r when a -> fail 418\n")
    decision = decide(policy, {"a": False})
    assert (decision["rule"], decision["fail"]) == (None, {"status": 500, "message": None})


def test_the_states_of_a_walk() -> None:
    policy = read(CHAINS)
    state = walk(policy, p.To("east"), ("overloaded",))
    assert (state.pool, state.position, state.hop) == ("west", 1, 1)
    assert state.walked is not None
    assert state.walked.pool == "east"
    followed = walk(policy, p.To("west"), ("overloaded", "overloaded"))
    assert (followed.pool, followed.walked, followed.position) == ("tail", None, 0)
    ended = step(policy, followed, "refused")
    assert step(policy, ended, "overloaded") == ended

"""Predicates and validation in the reference evaluator, by hand from the language's definition."""

from __future__ import annotations

import math
import re
from itertools import product
from typing import Any

import pytest

from interlock.compiler.pipeline import front
from interlock.compiler.reference import decide, is_like
from interlock.dsl import policy as p


def read(text: str) -> p.Policy:
    """The policy of a text that has no T findings."""
    result = front("test.route", text=text)
    assert result.policy is not None, result.findings
    return result.policy


# ── absent values and logic ──────────────────────────────────────────────────────────────────────────

ATTRIBUTES = """
    b : bool?
    n : int(-5..=5)?
    e : enum(x, y, ...)?
    s : string?
    t : set(string)
"""


def holds(predicate: str, values: dict[str, object]) -> bool:
    policy = read(f"policy p\nrequest {{ {ATTRIBUTES} }}\nrule r when {predicate} -> fail 400\n")
    return decide(policy, values)["rule"] == "r"


@pytest.mark.parametrize(
    "predicate",
    [
        "b", "b == true", "b == false", "b in [true, false]", "n == 1", "n < 5", "n >= -5", "n in ..=5",
        "n in [1]",
        "e == x", "e in [x, y]", 's == "a"', 's in ["a"]', 's like "*"', 's like "a"',
        "has b", "has n", "has s", "sample(s) < 100%", 'sample(s, "x") < 100%',
        't contains "a"', 't contains any ["a", "b"]', 't contains all ["a", "b"]',
    ],
)  # fmt: skip
def test_nothing_holds_of_an_absent_value_and_every_negation_does(predicate: str) -> None:
    assert not holds(predicate, {})
    assert holds(f"not ({predicate})", {})
    assert holds(f"not {predicate}", {"b": None, "n": None, "e": None, "s": None, "t": None})


@pytest.mark.parametrize(
    "predicate",
    ["b != true", "n != 1", "n not in [1]", "n not in ..=5", "e != x", "e not in [x, y]", 's not like "*"'],
)
def test_exact_negations_hold_for_an_absent_value(predicate: str) -> None:
    assert holds(predicate, {})


@pytest.mark.parametrize(
    ("predicate", "values", "expected"),
    [
        # `or` binds loosest, then `and`, then `not`.
        ("b or n == 1 and n == 2", {"b": True}, True),
        ("(b or n == 1) and n == 2", {"b": True}, False),
        ("not b and n == 1", {"b": False}, False),
        ("not (b and n == 1)", {"b": False}, True),
        ("not b or b", {"b": True}, True),
        ("n in 0..5", {"n": 5}, False),
        ("n in 0..=5", {"n": 5}, True),
        ("n in 0..", {"n": 0}, True),
        ("n in ..0", {"n": 0}, False),
        ("n > 0", {"n": 0}, False),
        ("n <= 0", {"n": -0.0}, True),
        ("e not in [x, y]", {"e": "X"}, True),
        ("e == x", {"e": "x"}, True),
        ('s == "é"', {"s": "e\u0301"}, False),  # by code point; no normalization
        ('t contains all ["a", "b"]', {"t": ["b", "c", "a", "a"]}, True),
        ('t contains any ["a", "b"]', {"t": ["c"]}, False),
        ('s like "a\\*"', {"s": "a*"}, True),
        ('s like "a\\*"', {"s": "ab"}, False),
        ("true and not false", {}, True),
    ],
)
def test_predicates(predicate: str, values: dict[str, object], expected: bool) -> None:
    assert holds(predicate, values) is expected


@pytest.mark.parametrize(
    "pieces",
    [
        ("", ""),
        ("a", "a"),
        ("a", "b", "a"),
        ("ab", "ba"),
        ("", "ab", ""),
        ("", "a", "", "b"),
        ("a", "aa", ""),
    ],
)
def test_like_is_what_a_regular_expression_says(pieces: tuple[str, ...]) -> None:
    pattern = re.compile(".*".join(map(re.escape, pieces)), re.DOTALL)
    for length in range(7):
        for text in map("".join, product("ab\n", repeat=length)):
            assert is_like(text, pieces) == (pattern.fullmatch(text) is not None), text


# ── validation ───────────────────────────────────────────────────────────────────────────────────────

TYPED = """
policy p
request {
    b : bool default false
    d : set(enum(x, y)) default [x]
    e : enum(x, "y z")
    n : int(-5..=5)?
    o : enum(x, ...)
    s : string
    t : set(enum(x, y, "z w"))
}
rule defaulted when b or d contains y -> fail 401
rule r -> fail 400
invalid -> fail 422 "bad"
"""
GOOD: dict[str, Any] = {"e": "x", "o": "anything", "s": ""}


@pytest.mark.parametrize(
    ("request_", "attribute", "reason", "message"),
    [
        ([], None, "not_an_object", "the request is not a JSON object"),
        (None, None, "not_an_object", "the request is not a JSON object"),
        ({}, "e", "missing", "`e` is missing"),
        (GOOD | {"e": None}, "e", "missing", "`e` is missing"),
        (GOOD | {"e": "z"}, "e", "unknown_value", "`e` must be one of x, y z"),
        (GOOD | {"e": 1}, "e", "wrong_type", "`e` must be a string"),
        (GOOD | {"e": "\ud800"}, "e", "wrong_type", "`e` must be a string"),
        (GOOD | {"n": "1"}, "n", "wrong_type", "`n` must be an integer"),
        (GOOD | {"n": True}, "n", "wrong_type", "`n` must be an integer"),
        (GOOD | {"n": 0.5}, "n", "wrong_type", "`n` must be an integer"),
        (GOOD | {"n": math.nan}, "n", "wrong_type", "`n` must be an integer"),
        (GOOD | {"n": math.inf}, "n", "wrong_type", "`n` must be an integer"),
        (GOOD | {"n": 6}, "n", "out_of_range", "`n` must lie in -5..=5"),
        (GOOD | {"n": 1e300}, "n", "out_of_range", "`n` must lie in -5..=5"),
        (GOOD | {"n": -(10**999)}, "n", "out_of_range", "`n` must lie in -5..=5"),
        (GOOD | {"o": ["x"]}, "o", "wrong_type", "`o` must be a string"),
        (GOOD | {"s": b""}, "s", "wrong_type", "`s` must be a string"),
        (GOOD | {"t": "x"}, "t", "wrong_type", "`t` must be a list of strings"),
        (GOOD | {"t": ["q", 1]}, "t", "wrong_type", "`t` must be a list of strings"),  # types before values
        (GOOD | {"t": ["x", "q"]}, "t", "unknown_value", "`t` may hold only x, y, z w"),
        (GOOD | {"t": ("x",)}, "t", "wrong_type", "`t` must be a list of strings"),
        (
            {"n": 9, "t": 1, "e": "x"},
            "n",
            "out_of_range",
            "`n` must lie in -5..=5",
        ),  # the first in name order
    ],
)
def test_invalid_requests(request_: object, attribute: str | None, reason: str, message: str) -> None:
    decision = decide(read(TYPED), request_)
    assert decision["invalid"] == {"attribute": attribute, "reason": reason, "message": message}
    assert (decision["rule"], decision["hop"]) == (None, 0)
    assert decision["fail"] == {"status": 422, "message": "bad"}


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({}, "r"),
        ({"n": 5.0, "t": ["x", "x"], "undeclared": object()}, "r"),
        ({"b": 0}, "r"),  # invalid for any reason: the default stands in
        ({"b": True}, "defaulted"),
        ({"d": []}, "r"),
        ({"d": ["y", "q"]}, "r"),
        ({"d": ["y"]}, "defaulted"),
    ],
)
def test_valid_requests(more: dict[str, object], rule: str) -> None:
    decision = decide(read(TYPED), GOOD | more)
    assert (decision["rule"], decision["invalid"]) == (rule, None)

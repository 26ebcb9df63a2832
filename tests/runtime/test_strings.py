"""Patterns, literals, prefixes and samples of strings."""

from __future__ import annotations

import pytest

from interlock.runtime import Table, load, murmur3_x86_32

from .tables import Columns, Condition, attribute, build, fail, holds

TEXTS = ["", "a", "b", "ab", "ba", "aa", "aba", "abba", "ababa", "abaaba", "aabab", "abab", "abaxba", "xaba"]
TEXTS += [
    "abax",
    "acme",
    "acme/",
    "acme/x",
    "acme/x/y",
    "acm",
    "*a",
    "****",
    "abc",
    "abcabc",
    "bcabc",
    "caab",
]
TEXTS += ["\n", "a\nb", "été"]


def asking(*conditions: Condition) -> Table:
    """A table that sends texts that meet each condition to a rule of its own, by a set of rules."""
    columns = [(f"r{i}", {"text": [condition]}, 0) for i, condition in enumerate(conditions)]
    return load(build([attribute("text", "string", optional=True)], columns, [fail(500)], []))


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "**",
        "a*",
        "*a",
        "a*a",
        "ab*",
        "aba*ba",
        "*b*",
        "a*b*a",
        "*a*a*",
        "ab*ba",
        "*abc*abc",
        "acme/*",
        "é*",
        "*é",
    ],
)
def test_a_pattern_matches_whole_strings_without_overlap(pattern: str) -> None:
    table = asking(("like", pattern))
    negated = asking(("not like", pattern))
    for text in TEXTS:
        expected = holds(("like", pattern), text)
        assert (table.decide({"text": text}).rule == "r0") is expected, text
        assert (negated.decide({"text": text}).rule == "r0") is not expected, text
    assert table.decide({}).rule is None
    assert negated.decide({}).rule == "r0"


def test_overlapping_pieces_need_room_for_both() -> None:
    table = asking(("like", "aba*ba"))
    assert table.decide({"text": "aba"}).rule is None
    assert table.decide({"text": "ababa"}).rule == "r0"


def test_a_star_matches_a_line_break_and_nothing() -> None:
    assert asking(("like", "a*b")).decide({"text": "a\n\nb"}).rule == "r0"
    assert asking(("like", "a*b")).decide({"text": "ab"}).rule == "r0"


def test_many_prefixes_of_each_other() -> None:
    prefixes = ["", "a", "ab", "abc", "abd", "b", "ba", "acme/", "acme/x/", "z"]
    kinds = ["like", "not like"]
    for text in TEXTS:
        for kind in kinds:
            for i, prefix in enumerate(prefixes):
                # Every other prefix is asked for too, by rules that come later.
                conditions = [
                    (kind, f"{prefix}*"),
                    *(("like", f"{p}*") for p in prefixes),
                    ("in", ("ab", "x")),
                ]
                expected = holds(conditions[0], text)
                assert (asking(*conditions).decide({"text": text}).rule == "r0") is expected, (text, i)


def test_literals_meet_patterns_too() -> None:
    columns: Columns = [
        ("one", {"text": [("like", "a*"), ("not in", ("ab",))]}, 0),
        ("two", {"text": [("in", ("ab", "ba"))]}, 0),
        ("three", {"text": [("like", "*b")]}, 0),
    ]
    table = load(build([attribute("text", "string")], columns, [fail(500)], []))
    expected = {"ab": "two", "ba": "two", "aa": "one", "bb": "three", "c": None}
    assert {text: table.decide({"text": text}).rule for text in expected} == expected


@pytest.mark.parametrize("salt", [None, "", "blue", "é"])
@pytest.mark.parametrize("below", [0, 1, 2_500, 10_000])
def test_a_sample_takes_its_share_by_hash(salt: str | None, below: int) -> None:
    table = asking(("sample", salt, below))
    seed = 0 if salt is None else murmur3_x86_32(salt.encode())
    taken = 0
    for i in range(1_000):
        expected = murmur3_x86_32(f"user-{i}".encode(), seed) % 10_000 < below
        assert (table.decide({"text": f"user-{i}"}).rule == "r0") is expected
        taken += expected
    assert abs(taken - below / 10) < 50
    assert table.decide({}).rule is None
    assert asking(("not sample", salt, below)).decide({}).rule == "r0"


def test_too_many_literals_and_patterns_to_compare_ahead_decide_alike() -> None:
    literals = tuple(f"t{i}" for i in range(1_200))
    patterns = [("like", f"*{i}z") for i in range(900)]
    columns: list[tuple[str, dict[str, list[Condition]], int]]
    columns = [(f"r{i}", {"text": [pattern]}, 0) for i, pattern in enumerate(patterns)]
    columns += [
        ("two", {"text": [("in", literals), ("like", "t1*")]}, 0),
        ("three", {"text": [("like", "t*")]}, 0),
    ]
    table = load(build([attribute("text", "string")], columns, [fail(500)], []))
    for text, rule in [("t17", "two"), ("t27", "three"), ("t27z", "r7"), ("u", None), ("77z", "r7")]:
        assert table.decide({"text": text}).rule == rule

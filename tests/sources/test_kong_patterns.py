"""Regular expressions as predicates of a policy, against Python's `re`."""

from __future__ import annotations

import re
from random import Random

from interlock.compiler.pipeline import front
from interlock.compiler.reference import decide
from interlock.compiler.sources.kong.patterns import regex
from interlock.dsl.policy import Policy

PIECES = (
    "a",
    "b",
    "/",
    ".*",
    ".*?",
    r"\.",
    r"\*",
    "a?",
    "(a|b)",
    "(?:ab)?",
    "(?<n>b|/a)",
    "[ab]",
    "a+",
    r"\d",
    ".",
    "^",
    "$",
    "|",
)


def made(random: Random) -> str:
    """An expression of a few pieces."""
    return "".join(random.choice(PIECES) for _ in range(random.randint(1, 6)))


def policy(test: str) -> Policy:
    """A policy that fails with 401 where a test holds."""
    text = f"policy p\nrequest {{ path : string }}\nrule a when {test} -> fail 401\nrule otherwise -> fail 402\n"
    found = front("p.route", text=text)
    assert found.policy is not None, [finding.message for finding in found.findings]
    return found.policy


def test_what_stars_say_is_what_the_expression_says() -> None:
    random = Random(7)
    compared = 0
    for _ in range(400):
        expression, anchored = made(random), random.random() < 0.5
        try:
            compiled = re.compile(("^" if anchored else "") + expression.replace("?<", "?P<"))
        except re.error:
            continue
        test = regex("path", expression, anchored=anchored)
        if test is None:
            continue
        compared += 1
        holds = policy(test)
        for _ in range(30):
            text = "".join(random.choice("ab/.*") for _ in range(random.randint(0, 6)))
            status = decide(holds, {"path": text})["fail"]
            assert isinstance(status, dict)
            assert (status["status"] == 401) == (compiled.search(text) is not None), (expression, anchored, test, text)
    assert compared > 100


def test_what_stars_cannot_say_is_left() -> None:
    for expression in ("[ab]c", "a+", r"\d", "a{2}", "(?i)a", "(a|b)+", "a.c", "(a", "a^b", "a$b"):
        assert regex("path", expression, anchored=True) is None

"""Regular expressions as lists of texts with stars: they match the same."""

from __future__ import annotations

import re
from random import Random

import pytest

from interlock.compiler.reference import is_like
from interlock.compiler.sources.envoy.expressions import Pattern, patterns

SAID = {
    "claude-.*": [Pattern(("claude-", ""), False)],
    "^claude-.+$": [Pattern(("claude-", ""), True)],
    "gpt-5(-mini|-nano)?": [Pattern((text,), False) for text in ("gpt-5-mini", "gpt-5-nano", "gpt-5")],
    "a|b": [Pattern(("a",), False), Pattern(("b",), False)],
    r"claude-3\.5": [Pattern(("claude-3.5",), False)],
    "(?:us|eu)[.]x.*y": [Pattern(("us.x", "y"), False), Pattern(("eu.x", "y"), False)],
    "": [Pattern(("",), False)],
}
UNSAID = (
    r"gpt-\d",
    "a.b",
    "[a-z]+",
    "(?i)claude",
    "a{2}",
    "x*",
    ".+-.+",
    "a$b",
    "(^a)",
    "(a",
    "a)",
    "[]a]",
    "\\",
    "a.*?",
    "[^a]",
)
PIECES = (
    "a",
    "b",
    "-",
    r"\.",
    ".*",
    ".+",
    "(a|b)",
    "(ab)?",
    "[ab]",
    "|",
    "^",
    "$",
    "(?:a|.*b)",
    "c?",
    "()",
    "+",
    "[a-c]",
)


@pytest.mark.parametrize("expression", SAID)
def test_what_stars_say(expression: str) -> None:
    assert patterns(expression) == tuple(SAID[expression])


@pytest.mark.parametrize("expression", UNSAID)
def test_what_stars_do_not_say(expression: str) -> None:
    assert patterns(expression) is None


@pytest.mark.parametrize("seed", range(300))
def test_they_match_the_same(seed: int) -> None:
    random = Random(seed)
    expression = "".join(random.choice(PIECES) for _ in range(random.randint(1, 7)))
    found = patterns(expression)
    try:
        compiled = re.compile(expression)
    except re.error:
        assert found is None, expression
        return
    for _ in range(60 if found is not None else 0):
        text = "".join(random.choice("ab-.c") for _ in range(random.randint(0, 6)))
        assert any(matches(p, text) for p in found or ()) == bool(compiled.fullmatch(text)), (expression, text)


def matches(pattern: Pattern, text: str) -> bool:
    """Whether a pattern takes a text, as the policy says it."""
    if len(pattern.parts) == 1:
        return text == pattern.parts[0]
    found = is_like(text, pattern.parts)
    return found and not (pattern.some and text == "".join(pattern.parts))

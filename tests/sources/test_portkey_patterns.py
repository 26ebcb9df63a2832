"""Regular expressions as patterns with stars, against Python's own matching."""

from __future__ import annotations

import re
from random import Random

import pytest

from interlock.compiler.sources.portkey.patterns import Pattern, patterns

LETTERS = "ab.-*"


def expression(random: Random, depth: int) -> str:
    """An expression that patterns may be able to say."""
    branches = []
    for _ in range(random.choice([1, 1, 2, 3])):
        parts = [piece(random, depth) for _ in range(random.randint(0, 4))]
        anchors = depth == 0
        start = "^" if anchors and random.random() < 0.4 else ""
        end = "$" if anchors and random.random() < 0.4 else ""
        branches.append(start + "".join(parts) + end)
    return "|".join(branches)


def piece(random: Random, depth: int) -> str:
    """A part of one."""
    kind = random.random()
    if kind < 0.5:
        return re.escape(random.choice(LETTERS))
    if kind < 0.6:
        return ".*"
    if kind < 0.7:
        return f"[{random.choice(['ab', 'a', 'b.'])}]"
    if kind < 0.85:
        return re.escape(random.choice(LETTERS)) + "?"
    if depth < 2:
        opening = random.choice(["(", "(?:"])
        return opening + expression(random, depth + 1) + ")" + random.choice(["", "", "?"])
    return random.choice(["a", r"\d", "a+", "b{2}"])


def holds(pattern: Pattern, text: str) -> bool:
    """Whether a pattern is one of a text, as the language reads it: `*` is any run, `\\*` a star."""
    if not pattern.stars:
        return pattern.text == text
    parts = re.split(r"(\\\\|\\\*|\*)", pattern.like[1:-1])
    said = "".join({"*": ".*", r"\*": r"\*", r"\\": r"\\"}.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(said, text, re.DOTALL) is not None


@pytest.mark.parametrize("seed", range(60))
def test_patterns_hold_for_what_an_expression_matches(seed: int) -> None:
    random = Random(seed)
    said = 0
    for _ in range(40):
        given = expression(random, 0)
        found = patterns(given)
        if found is None:
            continue
        said += 1
        for _ in range(25):
            text = "".join(random.choice(LETTERS) for _ in range(random.randint(0, 5)))
            expected = re.search(given, text) is not None
            assert any(holds(pattern, text) for pattern in found) == expected, (given, text, found)
    assert said > 5


@pytest.mark.parametrize(
    "given", [r"\d", "a+", "a{2}", "[a-z]", "[^a]", "a.b", "^a^", "(?=a)", "a|", "(", "[", "a$b", "\\\\", "é"]
)
def test_what_patterns_cannot_say_is_left_to_the_gateway(given: str) -> None:
    found = patterns(given)
    if found is not None:
        for text in ("", "a", "b", "ab", "aa", "é", "a$b", "^a", "\\", "d"):
            assert any(holds(pattern, text) for pattern in found) == (re.search(given, text) is not None), (given, text)

"""What Kong matches texts against, as predicates of a policy: prefixes, wildcards, and as many regular expressions as a
pattern with stars can say."""

from __future__ import annotations

import re

from interlock.compiler.sources.draft import quoted
from interlock.dsl.record import record

_CLASS = re.compile(r"(\[(?:\\.|[^\]\\])+\]|\\[dwDWsS]|\.)([+*?]|\{\d+(?:,\d*)?\})?\??")
_GROUP = re.compile(r"\((?:\?:|\?P?<[A-Za-z_]\w*>)?")
MAX_CHOICES = 16
_ANY = "\0"
"""A run of any characters, where a star is itself."""


@record
class Pattern:
    """A predicate on an attribute; one that is not ``exact`` holds for more texts than Kong's does."""

    test: str
    exact: bool


def prefix(attribute: str, text: str) -> Pattern:
    """That an attribute starts with a text."""
    return Pattern(_test(attribute, text + _ANY), True)


def wildcard(attribute: str, text: str) -> Pattern:
    """That an attribute is a text, which may have a star at its start or end."""
    if text.startswith("*"):
        text = _ANY + text[1:]
    elif text.endswith("*"):
        text = text[:-1] + _ANY
    return Pattern(_test(attribute, text), True)


def regex(attribute: str, expression: str, *, anchored: bool) -> Pattern:
    """That an attribute matches a regular expression; ``anchored``: from its start. Of one that stars cannot say, what
    is plain at its start is kept."""
    if expression.startswith("^"):
        anchored, expression = True, expression[1:]
    ended = expression.endswith("$") and not expression.endswith("\\$")
    found = _choices(expression[:-1] if ended else expression)
    if found is None:
        found, ended = [(_plain_start(expression), False)], False
    start, end = "" if anchored else _ANY, "" if ended else _ANY
    return any_of([Pattern(_test(attribute, start + text + end), exact) for text, exact in found])


def any_of(patterns: list[Pattern]) -> Pattern:
    """That one of several holds."""
    tests = list(dict.fromkeys(pattern.test for pattern in patterns))
    test = tests[0] if len(tests) == 1 else "(" + " or ".join(tests) + ")"
    return Pattern(test, all(pattern.exact for pattern in patterns))


def _choices(expression: str) -> list[tuple[str, bool]] | None:
    """The patterns with stars that together hold for what an expression matches, each with whether it holds for no
    more; None where there are none."""
    parts = _split(expression)
    if parts is None:
        return None
    if len(parts) > 1:
        found = [_choices(part) for part in parts]
        joined = [choice for choices in found if choices is not None for choice in choices]
        return joined if None not in found and len(joined) <= MAX_CHOICES else None
    done: list[tuple[str, bool]] = [("", True)]
    at = 0
    while at < len(expression):
        more, at = _next(expression, at)
        if more is None:
            return None
        done = [(text + tail, exact and also) for text, exact in done for tail, also in more]
        if len(done) > MAX_CHOICES:
            return None
    return done


def _next(expression: str, at: int) -> tuple[list[tuple[str, bool]] | None, int]:
    """What the next piece of an expression matches, and where it ends."""
    c = expression[at]
    if c == "(":
        end = _closing(expression, at)
        opening = _GROUP.match(expression, at)
        if end is None or opening is None or expression[opening.end() : opening.end() + 1] == "?":
            return None, at
        inner = _choices(expression[opening.end() : end])
        after = expression[end + 1 : end + 2]
        if inner is None or after in ("+", "*", "{"):
            return None, at
        return ([*inner, ("", True)], end + 2) if after == "?" else (inner, end + 1)
    found = _CLASS.match(expression, at)
    if found is not None:
        # Of these only `.*` is what a star is; a path has no newlines.
        return [(_ANY, found[0] in (".*", ".*?"))], found.end()
    if c == "\\" and at + 1 < len(expression) and not expression[at + 1].isalnum():
        literal, at = expression[at + 1], at + 2
    elif c in "\\^$*+?|)[]{}":
        return None, at
    else:
        literal, at = c, at + 1
    after = expression[at : at + 1]
    if after == "?":
        return [(literal, True), ("", True)], at + 1
    return (None, at) if after in ("+", "*", "{") else ([(literal, True)], at)


def _split(expression: str) -> list[str] | None:
    """The alternatives of an expression, outside of its groups."""
    parts, depth, start, at, inside = [], 0, 0, 0, False
    while at < len(expression):
        c = expression[at]
        if c == "\\":
            at += 1
        elif inside:
            inside = c != "]"
        elif c == "[":
            inside = True
        elif c in "()":
            depth += 1 if c == "(" else -1
        elif c == "|" and depth == 0:
            parts.append(expression[start:at])
            start = at + 1
        at += 1
    return [*parts, expression[start:]] if depth == 0 and not inside else None


def _closing(expression: str, at: int) -> int | None:
    depth, inside = 0, False
    while at < len(expression):
        c = expression[at]
        if c == "\\":
            at += 1
        elif inside:
            inside = c != "]"
        elif c == "[":
            inside = True
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return None


def _plain_start(expression: str) -> str:
    """What every match of an expression starts with, as far as that is plain to see."""
    if _split(expression) != [expression]:
        return ""
    found = re.match(r"[A-Za-z0-9/_-]*", expression)
    text = found[0] if found is not None else ""
    return text[:-1] if expression[len(text) : len(text) + 1] in ("?", "*", "{") and text else text


def _test(attribute: str, text: str) -> str:
    if _ANY not in text:
        return f"{attribute} == {quoted(text)}"
    pieces = [quoted(piece)[1:-1].replace("*", r"\*") for piece in re.split(f"{_ANY}+", text)]
    return f'{attribute} like "{"*".join(pieces)}"'

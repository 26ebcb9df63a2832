"""What Kong matches texts against, as predicates of a policy: prefixes, wildcards, and those regular expressions that
patterns with stars can say."""

from __future__ import annotations

import re
from collections.abc import Iterable

from interlock.compiler.sources.draft import quoted

_GROUP = re.compile(r"\((?:\?:|\?P?<[A-Za-z_]\w*>)?")
MAX_CHOICES = 16
_ANY = "\0"
"""A run of any characters, where a star is itself."""


def prefix(attribute: str, text: str) -> str:
    """That an attribute starts with a text."""
    return _test(attribute, text + _ANY)


def wildcard(attribute: str, text: str) -> str:
    """That an attribute is a text, which may have a star at its start or end."""
    if text.startswith("*"):
        text = _ANY + text[1:]
    elif text.endswith("*"):
        text = text[:-1] + _ANY
    return _test(attribute, text)


def regex(attribute: str, expression: str, *, anchored: bool) -> str | None:
    """That an attribute matches a regular expression somewhere; ``anchored``: Kong puts `^` in front of it. None where
    stars cannot say it."""
    tests: list[str] = []
    for number, part in enumerate(_split(expression) or ()):
        # Of several alternatives, a `^` or `$` belongs to the one that it stands in, Kong's own as well.
        start = "" if (anchored and number == 0) or part.startswith("^") else _ANY
        ended = part.endswith("$") and not part.endswith("\\$")
        found = _choices(part.removeprefix("^")[: -1 if ended else None])
        if found is None:
            return None
        tests += [_test(attribute, start + text + ("" if ended else _ANY)) for text in found]
    return any_of(tests) if 0 < len(tests) <= MAX_CHOICES else None


def any_of(tests: Iterable[str]) -> str:
    """That one of several holds."""
    each = list(dict.fromkeys(tests))
    return each[0] if len(each) == 1 else "(" + " or ".join(each) + ")"


def _choices(expression: str) -> list[str] | None:
    """The patterns with stars that together hold for what an expression matches; None where there are none."""
    parts = _split(expression)
    if parts is None:
        return None
    if len(parts) > 1:
        found = [_choices(part) for part in parts]
        joined = [choice for choices in found if choices is not None for choice in choices]
        return joined if None not in found and len(joined) <= MAX_CHOICES else None
    done = [""]
    at = 0
    while at < len(expression):
        more, at = _next(expression, at)
        if more is None:
            return None
        done = [text + tail for text in done for tail in more]
        if len(done) > MAX_CHOICES:
            return None
    return done


def _next(expression: str, at: int) -> tuple[list[str] | None, int]:
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
        return ([*inner, ""], end + 2) if after == "?" else (inner, end + 1)
    if expression.startswith(".*", at):
        # A path or a header has no newlines, which `.` leaves out.
        return [_ANY], at + (3 if expression.startswith("?", at + 2) else 2)
    if c == "\\" and at + 1 < len(expression) and not expression[at + 1].isalnum():
        literal, at = expression[at + 1], at + 2
    elif c in "\\^$*+?|)[]{}.":
        return None, at
    else:
        literal, at = c, at + 1
    after = expression[at : at + 1]
    if after == "?":
        return [literal, ""], at + 1
    return (None, at) if after in ("+", "*", "{") else ([literal], at)


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


def _test(attribute: str, text: str) -> str:
    if _ANY not in text:
        return f"{attribute} == {quoted(text)}"
    pieces = [quoted(piece)[1:-1].replace("*", r"\*") for piece in re.split(f"{_ANY}+", text)]
    return f'{attribute} like "{"*".join(pieces)}"'

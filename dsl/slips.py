"""Slips of the pen: what people write from the habit of other languages, and what they meant.

Each slip is a kind of token of its own. It gives one finding and, where the meaning is plain, is read as
what was meant, so that the rest of the declaration is still checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from interlock.dsl.finding import Finding
from interlock.dsl.findings.syntax_error import syntax_error
from interlock.dsl.source import Span

Mended = tuple[str, str] | None
"""The terminal and the text to read instead; None: nothing."""


class Slip(NamedTuple):
    """``first``: to be tried before the grammar's own tokens. ``mend`` gives message, help and what to read; None
    where that depends on what stands around it, which the parser knows."""

    pattern: str
    first: bool
    mend: Callable[[str], tuple[str, str, Mended]] | None


def mend(kind: str, span: Span) -> tuple[Finding, Mended] | None:
    """The finding for a slip, and what to read instead of it; None where the parser is to judge."""
    how = SLIPS[kind].mend
    if how is None:
        return None
    message, help, mended = how(span.text)
    return syntax_error(span, message, help), mended


def _shown(text: str) -> str:
    return f"`{text}`" if len(text) <= 40 else f"`{text[:36]}…`"


def _instead(kind: str, right: str) -> Callable[[str], tuple[str, str, Mended]]:
    return lambda text: (f"`{text}` is written `{right}` here", f"write `{right}`", (kind, right))


def _arrow(text: str) -> tuple[str, str, Mended]:
    return (
        f"`{text}` means nothing here",
        "write `->` before a destination, or `>=` to compare",
        ("ARROW", "->"),
    )


_MARKS: dict[str, tuple[str, str]] = {
    "≤": ("ATMOST", "<="),
    "≥": ("ATLEAST", ">="),
    "≠": ("UNEQUAL", "!="),
    "→": ("ARROW", "->"),
    "⇒": ("ARROW", "->"),
    "…": ("BELOW", ".."),
}


def _mark(text: str) -> tuple[str, str, Mended]:
    kind, right = _MARKS[text]
    return f"`{text}` is written `{right}` here", f"write `{right}`", (kind, right)


def _slashes(text: str) -> tuple[str, str, Mended]:
    return "a comment starts with `#`", f"write `#` instead of `{text[:2]}`", None


def _pattern(text: str) -> tuple[str, str, Mended]:
    return f"{_shown(text)} means nothing here", 'compare with a pattern as in `tenant like "acme/*"`', ("NAME", "like")


def _bar(text: str) -> tuple[str, str, Mended]:
    return "`|` means nothing here", "write `,` between values and `or` between conditions", None


def _quotes(text: str) -> tuple[str, str, Mended]:
    inner = text[1:-1].replace("\\", "\\\\").replace('"', '\\"')
    return (
        f"`{text[0]}` does not start a string",
        'write strings in straight double quotes, "…"',
        ("STRING", f'"{inner}"'),
    )


def _open_string(text: str) -> tuple[str, str, Mended]:
    inner = text[1:].replace("\\", "\\\\")
    return (
        "this string has no closing quote on its line",
        'end it with `"`; `\\n` stands for a new line',
        (
            "STRING",
            f'"{inner}"',
        ),
    )


def _word(text: str) -> tuple[str, str, Mended]:
    return (
        f"{_shown(text)} is no name",
        "use the letters a to z, digits, `_` and `-` in names, or quotes for the value of an enum",
        ("NAME", text),
    )


def _space(text: str) -> tuple[str, str, Mended]:
    return f"an unusual space (U+{ord(text[0]):04X}) stands here", "replace it with an ordinary space", None


def _stray(text: str) -> tuple[str, str, Mended]:
    shown = _shown(text) if text.isprintable() else f"the character U+{ord(text[0]):04X}"
    help = "remove it, or put it in a string"
    if text in ("+", "-", "%", "^"):
        help = "compare an attribute with a number; there is no arithmetic"
    elif text == "*":
        help = "write `else` for whatever is left; stars stand in the pattern of a `like`"
    return f"{shown} means nothing here", help, None


def _number(text: str) -> tuple[str, str, Mended]:
    """Numbers, the richest field: each wrong form has its own advice."""
    shown = _shown(text)
    if len(text) > 40:
        return f"{shown} is no number", "write numbers as in `8000`, `8_000`, `8K` or `2M`", ("INT", "1")
    whole = re.fullmatch(r"(-?\d+(?:_\d+)*)([kmKM])[bB]?", text)
    if whole:
        right = whole[1] + whole[2].upper()
        return f"{shown} is no number", f"write `{right}`", ("INT", right)
    if decimal := re.fullmatch(r"(-?\d{1,15}\.\d{1,15})([kKmM])", text):
        value = Decimal(decimal[1]) * (1000 if decimal[2] in "kK" else 1_000_000)
        if value == int(value):
            right = f"{int(value) // 1000}K" if value % 1000 == 0 else str(int(value))
            return (
                f"{shown} has decimals, which only percents and money have",
                f"write `{right}`",
                ("INT", right),
            )
    if "%" in text:
        if re.fullmatch(r"\d+(\.\d{1,2})?%+", text):
            right = text.rstrip("%") + "%"
            return f"{shown} has a `%` too many", f"write `{right}`", ("PERCENT", right)
        return (
            f"{shown} is no percent",
            "write percents with at most two decimals, such as `0.25%`",
            ("PERCENT", "1%"),
        )
    if text.startswith("$"):
        return f"{shown} is no amount of money", "write money as in `$3.75`", ("MONEY", "$1")
    if rate := re.fullmatch(r"(\d+(?:_\d+)*)/(\w+)", text):
        unit = "min" if rate[2].lower().startswith("m") else "s"
        help = f"write a rate per second or per minute: `{rate[1]}/s`, `{rate[1]}/min`"
        return f"{shown} is no rate", help, ("RATE", f"{rate[1]}/{unit}")
    if lasting := re.fullmatch(r"(\d+(?:_\d+)*)(secs?|seconds?|mins?|minutes?|hours?|hrs?|millis|S|H|MS)", text):
        unit = {"s": "s", "h": "h"}.get(lasting[2][0].lower(), "ms" if lasting[2].lower()[:3] in ("mil", "ms") else "m")
        right = lasting[1] + unit
        return f"{shown} is no duration", f"write `{right}`", ("DURATION", right)
    if re.fullmatch(r"-?\d+\.\d+", text):
        share = Decimal(text) * 100
        if 0 < share <= 100 and share == round(share, 2):
            return f"{shown} is no share", f"write `{share.normalize():f}%`", ("PERCENT", f"{share.normalize():f}%")
        return (
            f"{shown} has decimals, which only percents and money have",
            "write a whole number",
            ("INT", "1"),
        )
    if re.fullmatch(r"5xx", text, re.IGNORECASE):
        help = "write `server_error`, or `overloaded` for 503 and 529"
        return f"{shown} is no error class", help, ("NAME", "server_error")
    return f"{shown} is no number", "write numbers as in `8000`, `8_000`, `8K` or `2M`", ("INT", "1")


# A mark that the grammar has no token for swallows nothing: `&&` between two operands is `and`.
SLIPS: dict[str, Slip] = {
    "SLIP_EQUALS": Slip(r"===", True, _instead("EQUALS", "==")),
    "SLIP_UNEQUAL": Slip(r"<>|!==", True, _instead("UNEQUAL", "!=")),
    "SLIP_ARROW": Slip(r"=>(?!=)|-->|>>|-[ \t]+>", True, _arrow),
    "SLIP_PATTERN": Slip(r"[=!]~|~=?", True, _pattern),
    "SLIP_SLASHES": Slip(r"(?<!:)//[^\n]*|--[^\n]*|/\*(?:[^*\n]|\*(?!/))*+(?:\*/)?", True, _slashes),
    "SLIP_AND": Slip(r"&&?", False, _instead("NAME", "and")),
    "SLIP_BAR": Slip(r"\|(?!\|)", False, _bar),
    "SLIP_OR": Slip(r"\|\|", False, _instead("NAME", "or")),
    "SLIP_NOT": Slip(r"!", False, _instead("NAME", "not")),
    "SLIP_ASSIGN": Slip(r":=", True, _instead("EQUAL", "=")),
    "SLIP_NUMBER": Slip(r"-?\$?[0-9](?:[\w%]|[./][0-9A-Za-z])*+|\$(?![0-9])", False, _number),
    "SLIP_QUOTES": Slip(r"[“”„«‘’'`][^“”„«»‘’'`\"\n]*[“”»‘’'`]|[“”„][^“”\"\n]*\"", False, _quotes),
    # Ends before marks that close what is around it, or the rest of the block would be lost with it.
    "SLIP_STRING": Slip(
        r'"(?:[^\n]*?(?=[ \t]+[{}][ \t]*(?:#[^\n]*)?(?:\n|\Z)|[;,)\]][ \t]*(?:\n|\Z))|[^\n]*)',
        False,
        _open_string,
    ),
    "SLIP_AT": Slip(r"(?<=\w)@(?=\w)", False, None),
    "SLIP_MARK": Slip("[" + "".join(_MARKS) + "]", False, _mark),
    "SLIP_SPACE": Slip(r"[^\S \t\r\n\f]+|[\u200b\ufeff\u2060]+", False, _space),
    "SLIP_WORD": Slip(r"[^\W\d]\w*+(?:-\w++)*+", False, _word),
    "SLIP_STRAY": Slip(r"([^\w\s#\"{}()\[\];,:])\1*|[^\s]|[\x00-\x1f\x7f-\x9f]", False, _stray),
}

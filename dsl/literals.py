"""Numbers and strings as written, to what they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

_SCALE = {"K": 1_000, "M": 1_000_000}
_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_PIECE = re.compile(r'[^\\]+|\\u\{([^}"]*)\}?|\\(.?)', re.DOTALL)

HUGE = 10**30
"""Stands for every number of more than thirty digits: out of any range there is, and cheap. Python
itself refuses to read some thousands of digits."""

Complaint = Callable[[int, int, str, str], None]
"""Told of a wrong escape: where it starts and ends in the text, what is wrong, what to write."""


def whole(digits: str) -> int:
    """The value of decimal digits, underscores allowed."""
    digits = digits.replace("_", "").lstrip("0")
    return int(digits or "0") if len(digits) <= 30 else HUGE


def integer(text: str) -> int:
    """``-5``, ``40_000``, ``40K``, ``2M``."""
    negative = text.startswith("-")
    scale = _SCALE.get(text[-1], 1)
    value = whole(text[negative : len(text) - (scale > 1)]) * scale
    return -value if negative else value


def milliseconds(text: str) -> int:
    """``250ms``, ``20s``, ``5m``, ``1h``."""
    digits = text.rstrip("mshoin")
    return whole(digits) * _MS[text[len(digits) :]]


def basis_points(text: str) -> int:
    """``5%`` is 500, ``0.25%`` is 25."""
    units, _, decimals = text.rstrip("%").partition(".")
    return whole(units) * 100 + int(decimals.ljust(2, "0"))


def micro_dollars(text: str) -> int | None:
    """``$3.75`` is 3,750,000; None for an amount with more than six decimals."""
    units, _, decimals = text.lstrip("$").partition(".")
    if len(decimals) > 6:
        return None
    return whole(units) * 1_000_000 + int(decimals.ljust(6, "0"))


def rate(text: str) -> tuple[int, Literal["s", "min"]]:
    """``500/s``, ``300/min``."""
    count, _, unit = text.partition("/")
    return whole(count), "s" if unit == "s" else "min"


def pieces(quoted: str, start: int, complain: Complaint, *, stars: bool = False) -> tuple[str, ...]:
    """A quoted string with its escapes undone: one piece, or with ``stars`` the pieces between them.

    ``start`` is where the opening quote stands; wrong escapes are left out and complained of.
    """
    found = [""]
    if "\\" not in quoted and not (stars and "*" in quoted):
        return (quoted[1:-1],)
    for match in _PIECE.finditer(quoted, 1, len(quoted) - 1):
        written = match[0]
        if written[0] != "\\":
            first, *others = written.split("*") if stars else [written]
            found[-1] += first
            found += others
            continue
        found[-1] += _escape(match, start, complain, stars=stars)
    return tuple(found)


def _escape(match: re.Match[str], start: int, complain: Complaint, *, stars: bool) -> str:
    begin, end = start + match.start(), start + match.end()
    code, plain = match[1], match[2]
    if plain is not None:
        known = {"\\": "\\", '"': '"', "n": "\n", "t": "\t"}
        if plain in known:
            return known[plain]
        if plain == "*" and stars:
            return "*"
        if plain == "*":
            complain(begin, end, "`\\*` is an escape only in the pattern of a `like`", "write `*`")
            return "*"
        if plain == "u":
            complain(begin, end, "`\\u` wants a code point in braces", "write it as in `\\u{1F680}`")
            return ""
        help = 'the escapes are `\\"`, `\\\\`, `\\n`, `\\t` and `\\u{…}`; a backslash itself is `\\\\`'
        complain(begin, end, f"`\\{plain}` is no escape", help)
        return ""
    if not re.fullmatch(r"[0-9A-Fa-f]{1,8}", code) or not match[0].endswith("}"):
        complain(begin, end, f"`{match[0][:20]}` is no code point", "write it in hex, as in `\\u{1F680}`")
        return ""
    point = int(code, 16)
    if 0xD800 <= point <= 0xDFFF:
        help = "write the character itself, or its own code point"
        complain(begin, end, f"`{match[0]}` is half of a surrogate pair, not a character", help)
        return ""
    if point > 0x10FFFF:
        complain(begin, end, f"`{match[0]}` is beyond the last code point", "the last one is `\\u{10FFFF}`")
        return ""
    return chr(point)

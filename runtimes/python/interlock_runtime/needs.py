"""What a column asks of an attribute, read back from the rows and written in the policy language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .classify import base_row, is_like, is_sampled
from .spec import (
    Attribute,
    BoolAttribute,
    EnumAttribute,
    IntAttribute,
    Row,
    SetAttribute,
    StringAttribute,
)
from .validate import Value

NOTHING = "false"  # what a column asks that no value meets

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*").fullmatch
_WORDS = frozenset("and or not in like has contains sample true false".split())  # noqa: SIM905


def needs(attribute: Attribute, column: int, value: Value) -> list[tuple[str, bool]]:
    """Each condition that the column sets for the attribute, and whether ``value``, a legal one, meets it.
    Empty where the column takes any value."""
    if isinstance(attribute, SetAttribute):
        assert isinstance(value, frozenset)
        return _pairs(
            (f"{attribute.name} contains {_value(e.value, attribute.enum)}", e.value in value, e.holds, e.fails)
            for e in attribute.elements
        )(column)
    found: list[tuple[str, bool]] = []
    if isinstance(attribute, StringAttribute):
        name = attribute.name
        for pattern in attribute.patterns:
            text = f"{name} like {_pattern(pattern.pieces)}"
            found += _pair(text, column, is_like(value, pattern.pieces), pattern.holds, pattern.fails)
        for sample in attribute.samples:
            salt = "" if sample.salt is None else f", {quoted(sample.salt)}"
            text = f"sample({name}{salt}) < {_percent(sample.below)}"
            found += _pair(text, column, is_sampled(value, sample), sample.holds, sample.fails)
    base = _base(attribute, column)
    if base is not None:
        found.append((base, _has(base_row(attribute, value), column)))
    return found


def _has(row: Row | None, column: int) -> bool:
    return row is not None and bool(row >> column & 1)


def _pair(text: str, column: int, holds: bool, if_holds: Row, if_fails: Row) -> list[tuple[str, bool]]:
    match _has(if_holds, column), _has(if_fails, column):
        case True, True:
            return []
        case True, False:
            return [(text, holds)]
        case False, True:
            return [(f"not {text}", not holds)]
    return [(NOTHING, False)]


def _base(attribute: Attribute, column: int) -> str | None:
    """The condition on the value itself, patterns and samples apart; None if there is none."""
    name = attribute.name
    absent = _has(attribute.absent, column)
    if isinstance(attribute, BoolAttribute):
        return _bool(name, attribute, column)
    if isinstance(attribute, IntAttribute):
        inside = _ranges(attribute, column, True)
        outside = _ranges(attribute, column, False)
        texts = [_range(attribute, lo, hi, "") for lo, hi in inside]
        negated = [_range(attribute, lo, hi, "not ") for lo, hi in outside]
        return _either(name, attribute.absent is not None, absent, texts, negated)
    is_enum = isinstance(attribute, EnumAttribute)
    listed = attribute.values if isinstance(attribute, EnumAttribute) else attribute.literals
    taken = [_value(v, is_enum) for v, row in zip(listed, attribute.rows, strict=True) if _has(row, column)]
    left = [_value(v, is_enum) for v, row in zip(listed, attribute.rows, strict=True) if not _has(row, column)]
    if attribute.other is None:
        by_name, by_rest = _one_of(name, taken, ""), _one_of(name, left, "not ")
        if len(left) < len(taken) - 1:
            return _either(name, attribute.absent is not None, absent, [*by_name, *by_name], by_rest)
        return _either(name, attribute.absent is not None, absent, by_name, [*by_rest, *by_rest])
    return None


def quoted(text: str) -> str:
    """``text`` as a string of the language."""
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(
        named.get(c, c if c.isprintable() else f"\\u{{{ord(c):X}}}") for c in text
    ) + '"'

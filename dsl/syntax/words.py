"""Names, strings, numbers: the words of a policy."""

from __future__ import annotations

from typing import Literal

from interlock.dsl.record import record
from interlock.dsl.source import Span


@record
class Name:
    """A name, or a quoted string standing for one. ``text`` is the value, escapes undone."""

    text: str
    span: Span
    quoted: bool = False


@record
class Str:
    """A quoted string, escapes undone."""

    text: str
    span: Span


@record
class Pattern:
    """The string of a ``like``: the literal pieces between its stars, so ``"acme/*"`` is ``("acme/", "")``
    and a pattern without a star has one piece."""

    pieces: tuple[str, ...]
    span: Span


@record
class Int:
    value: int
    span: Span


@record
class Bool:
    value: bool
    span: Span


@record
class Null:
    """``null`` in the request of a test."""

    span: Span


@record
class Duration:
    """A duration, in milliseconds."""

    ms: int
    span: Span


@record
class Percent:
    """A share in basis points: ``5%`` is 500."""

    basis_points: int
    span: Span


@record
class Money:
    """An amount in millionths of a dollar: ``$3.75`` is 3_750_000."""

    micro_dollars: int
    span: Span


@record
class Rate:
    """``500/s``: ``count`` requests per ``per`` ("s" or "min")."""

    count: int
    per: Literal["s", "min"]
    span: Span


@record
class Range:
    """``a..b`` (``closed`` false) or ``a..=b``; an open end is None."""

    lo: int | None
    hi: int | None
    closed: bool
    span: Span


Value = Name | Int | Bool

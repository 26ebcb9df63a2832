"""Predicates as written."""

from __future__ import annotations

from typing import Literal

from interlock.dsl.record import record
from interlock.dsl.source import Span
from interlock.dsl.syntax.words import Name, Pattern, Percent, Range, Str, Value


@record
class Or:
    operands: tuple[Expr, ...]
    span: Span


@record
class And:
    operands: tuple[Expr, ...]
    span: Span


@record
class Not:
    operand: Expr
    span: Span


@record
class Paren:
    """Parentheses, kept because the reader may want them."""

    operand: Expr
    span: Span


@record
class Compare:
    attribute: Name
    op: Literal["==", "!=", "<", "<=", ">", ">="]
    value: Value
    span: Span


@record
class In:
    """``a in [v, w]`` or ``a in RANGE``; ``negated`` for ``not in``."""

    attribute: Name
    negated: bool
    choices: tuple[Value, ...] | Range
    span: Span


@record
class Like:
    attribute: Name
    negated: bool
    pattern: Pattern
    span: Span


@record
class Contains:
    """``s contains v`` ("one", a single value), ``contains any [...]``, ``contains all [...]``."""

    attribute: Name
    quantifier: Literal["one", "any", "all"]
    values: tuple[Name, ...]
    span: Span


@record
class Has:
    attribute: Name
    span: Span


@record
class Sample:
    attribute: Name
    salt: Str | None
    share: Percent
    span: Span


@record
class Flag:
    """A name alone: a bool attribute or a ``let``."""

    name: Name
    span: Span


@record
class Truth:
    value: bool
    span: Span


Expr = Or | And | Not | Paren | Compare | In | Like | Contains | Has | Sample | Flag | Truth

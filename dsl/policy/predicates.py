"""Predicates: eight kinds, every one false on an absent attribute except through Not."""

from __future__ import annotations

from interlock.dsl.policy.types import Scalar
from interlock.dsl.record import record
from interlock.dsl.source import Span


@record
class Const:
    value: bool
    span: Span


@record
class OneOf:
    """The attribute (enum, string, int or bool) is one of ``values``; for ``like`` without a star too."""

    attribute: str
    values: tuple[Scalar, ...]
    span: Span


@record
class Between:
    """The int attribute is at least ``lo`` and at most ``hi`` (None: unbounded)."""

    attribute: str
    lo: int | None
    hi: int | None
    span: Span


@record
class Like:
    """The string attribute is pieces[0], any run, pieces[1], any run, …; at least two pieces."""

    attribute: str
    pieces: tuple[str, ...]
    span: Span


@record
class Contains:
    """The set attribute holds ``value``."""

    attribute: str
    value: str
    span: Span


@record
class Has:
    """The attribute is present."""

    attribute: str
    span: Span


@record
class Sample:
    """``murmur3(utf8(value), seed) mod 10000 < basis_points``, seed = murmur3(utf8(salt), 0) or 0."""

    attribute: str
    salt: str | None
    basis_points: int
    span: Span


@record
class Not:
    operand: Expr
    span: Span


@record
class And:
    operands: tuple[Expr, ...]
    span: Span


@record
class Or:
    operands: tuple[Expr, ...]
    span: Span


Expr = Const | OneOf | Between | Like | Contains | Has | Sample | Not | And | Or

"""The head of a file, enums, types, attributes and lets."""

from __future__ import annotations

from typing import Literal

from interlock.dsl.record import record
from interlock.dsl.source import Span
from interlock.dsl.syntax.predicates import Expr
from interlock.dsl.syntax.words import Name, Percent, Range, Str, Value


@record
class BoolType:
    span: Span


@record
class IntType:
    range: Range
    span: Span


@record
class StringType:
    span: Span


@record
class EnumType:
    """An enum written in place; ``open`` where it ends in ``...``."""

    values: tuple[Name, ...]
    open: bool
    span: Span


@record
class NamedType:
    """The name of an ``enum`` declaration."""

    name: Name
    span: Span


@record
class SetType:
    element: StringType | EnumType | NamedType
    span: Span


Type = BoolType | IntType | StringType | EnumType | NamedType | SetType
Stability = Literal["per session", "rising", "per turn"]


@record
class From:
    """``from header "x-region"``; ``kind`` is header, body, metadata or gateway."""

    kind: Literal["header", "body", "metadata", "gateway"]
    name: Str
    span: Span


@record
class Attribute:
    """One attribute. ``optional`` is the ``?``; a default of a set is a tuple."""

    name: Name
    type: Type
    optional: bool
    stability: Stability | None
    source: From | None
    default: Value | tuple[Name, ...] | None
    error: Percent | None
    span: Span
    doc: str | None = None


@record
class Policy:
    name: Name
    span: Span
    doc: str | None = None


@record
class Import:
    path: Str
    span: Span
    doc: str | None = None


@record
class Enum:
    name: Name
    values: tuple[Name, ...]
    span: Span
    doc: str | None = None


@record
class Request:
    attributes: tuple[Attribute, ...]
    span: Span
    doc: str | None = None


@record
class Let:
    name: Name
    expr: Expr
    span: Span
    doc: str | None = None

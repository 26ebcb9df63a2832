"""Types and attributes of a request."""

from __future__ import annotations

from typing import Literal

from interlock.dsl.record import record
from interlock.dsl.source import Span

MAX_INT = 2**53 - 1


@record
class BoolType:
    def __str__(self) -> str:
        return "bool"


@record
class IntType:
    """The integers ``lo`` to ``hi``, both included."""

    lo: int
    hi: int

    def __str__(self) -> str:
        return f"int({self.lo}..={self.hi})"


@record
class EnumType:
    """``name`` is None for an enum written in place."""

    name: str | None
    values: tuple[str, ...]
    open: bool

    def __str__(self) -> str:
        return self.name or f"enum({', '.join(self.values)}{', ...' if self.open else ''})"


@record
class StringType:
    def __str__(self) -> str:
        return "string"


@record
class SetType:
    element: StringType | EnumType

    def __str__(self) -> str:
        return f"set({self.element})"


Type = BoolType | IntType | EnumType | StringType | SetType
Scalar = bool | int | str
Stability = Literal["per session", "rising", "per turn"]


@record
class Attribute:
    """One attribute of a request. ``optional`` means it may be absent: never so with a default, never for
    a set. ``error`` is in basis points. ``own``: declared in the main file, not imported."""

    name: str
    type: Type
    optional: bool
    stability: Stability
    source: tuple[str, str] | None
    default: Scalar | tuple[str, ...] | None
    error: int | None
    span: Span
    doc: str | None
    own: bool

"""Rules, ladders, ``within`` and ``invalid``."""

from __future__ import annotations

from interlock.dsl.record import record
from interlock.dsl.source import Span
from interlock.dsl.syntax.predicates import Expr
from interlock.dsl.syntax.references import Destination
from interlock.dsl.syntax.words import Name, Range, Value


@record
class Rule:
    name: Name
    when: Expr | None
    to: Destination
    span: Span
    doc: str | None = None


@record
class Arm:
    """One arm of a ladder; ``pattern`` None is ``else``."""

    pattern: Range | tuple[Value, ...] | None
    to: Destination
    span: Span
    doc: str | None = None


@record
class Ladder:
    name: Name
    when: Expr | None
    attribute: Name
    arms: tuple[Arm, ...]
    span: Span
    doc: str | None = None


@record
class Within:
    name: Name
    when: Expr
    rules: tuple[Rule | Ladder | Within, ...]
    span: Span
    doc: str | None = None


@record
class Invalid:
    to: Destination
    span: Span
    doc: str | None = None

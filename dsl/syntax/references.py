"""References to pools and upstreams, and where a rule or a chain leads."""

from __future__ import annotations

from interlock.dsl.record import record
from interlock.dsl.source import Span
from interlock.dsl.syntax.words import Int, Name, Str


@record
class Ref:
    """A pool or an upstream: ``spare``, ``opus[us_east]``, ``opus[home]``."""

    name: Name
    index: Name | None
    span: Span


@record
class Family:
    """``[r in region]`` after a declared name."""

    variable: Name
    enum: Name
    span: Span


@record
class Fail:
    status: Int
    message: Str | None
    span: Span


@record
class Follow:
    """``follow POOL`` at the end of a chain."""

    pool: Ref
    span: Span


Destination = Ref | Fail

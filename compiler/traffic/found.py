"""What an audit finds: frozen values, for whoever wants to show them."""

from __future__ import annotations

from typing import Literal

from interlock.dsl.record import record
from interlock.dsl.source import Span

Slug = Literal[
    "not-per-session",
    "not-rising",
    "missing",
    "wrong-type",
    "out-of-range",
    "unknown-value",
    "unmet-rule",
    "unmet-arm",
    "no-rule",
]


@record
class Example:
    """One place that shows it: what is there, in words, and ``file:line`` for each of its requests."""

    words: str
    places: tuple[str, ...]


@record
class Fault:
    """One declaration of the policy that the traffic does not bear out.

    ``subject`` is the attribute or rule; ``count`` of ``total`` ``unit`` (requests or sessions) show it. ``message`` is
    one sentence with the user's words in backticks, ``help`` one line that says what to do.
    """

    slug: Slug
    subject: str
    span: Span
    message: str
    count: int
    total: int
    unit: Literal["requests", "sessions"]
    example: Example | None
    help: str


@record
class Met:
    """How many requests a rule decided, an arm of a ladder counted as a rule."""

    rule: str
    requests: int
    span: Span


@record
class Refused:
    """Requests that are invalid for one reason, and the first of them."""

    attribute: str | None
    reason: str
    requests: int
    place: str


@record
class Audit:
    """What a policy's declarations are worth on some traffic.

    ``requests`` weighs each row by its ``$count``; ``rows`` does not. ``session`` are the attributes that make a
    session, ``sessions`` how many there were: None where that was not looked at, and ``unlooked`` says why.
    """

    rows: int
    requests: int
    session: tuple[str, ...]
    sessions: int | None
    unlooked: str | None
    met: tuple[Met, ...]
    refused: tuple[Refused, ...]
    faults: tuple[Fault, ...]

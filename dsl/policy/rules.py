"""Rules and where they lead."""

from __future__ import annotations

from interlock.dsl.policy.predicates import Expr
from interlock.dsl.policy.serving import Fail
from interlock.dsl.record import record
from interlock.dsl.source import Span


@record
class To:
    """A pool."""

    pool: str


@record
class ToIndexed:
    """``opus[home]``: one pool for each value of a required attribute, in the order of its enum."""

    family: str
    attribute: str
    pools: tuple[tuple[str, str], ...]


Destination = To | ToIndexed | Fail


@record
class Rule:
    """One rule, or one arm of a ladder (``ladder`` holds the ladder's name). ``when`` is the whole
    predicate: the ``within``s around it, its own, and the arm's pattern. ``span`` is the whole rule or
    arm, ``name_span`` the name (the pattern of an arm)."""

    name: str
    when: Expr
    to: Destination
    ladder: str | None
    span: Span
    name_span: Span
    doc: str | None

"""Requirements, assertions and tests."""

from __future__ import annotations

from typing import Literal

from interlock.dsl.record import record
from interlock.dsl.source import Span
from interlock.dsl.syntax.predicates import Expr
from interlock.dsl.syntax.references import Destination, Ref
from interlock.dsl.syntax.words import Bool, Duration, Int, Name, Null, Str


@record
class Require:
    """``require context >= ATTRIBUTE`` (``capability`` None) or ``require CAPABILITY``."""

    capability: Name | None
    context: Name | None
    when: Expr | None
    span: Span
    doc: str | None = None


@record
class Test:
    """The TEST of a claim: an operator and a literal or pool/upstream, or ``in [...]``."""

    __test__ = False  # not a pytest class

    op: Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]
    values: tuple[Name | Int | Duration | Ref, ...]
    span: Span


@record
class HopClaim:
    """``every hop.FIELD TEST`` or ``first hop.FIELD TEST``."""

    quantifier: Literal["every", "first"]
    field: Name
    test: Test
    span: Span


@record
class ChainClaim:
    """``chain.MEASURE TEST``."""

    measure: Name
    test: Test
    span: Span


@record
class Assert:
    name: Name
    when: Expr | None
    claim: HopClaim | ChainClaim
    span: Span
    doc: str | None = None


@record
class RuleRef:
    """``large_turns`` or ``by_size/2``."""

    text: str
    span: Span


@record
class Expect:
    to: Destination
    rule: RuleRef | None
    after: tuple[Name, ...]
    span: Span


@record
class Given:
    """One attribute of a test's request, its value of any JSON kind the language can write."""

    name: Name
    value: Name | Int | Bool | Null | tuple[Name | Int | Bool | Null, ...]
    span: Span


@record
class TestCase:
    """``test "title" { request {…} expect … }``."""

    __test__ = False  # not a pytest class

    title: Str
    request: tuple[Given, ...]
    expects: tuple[Expect, ...]
    span: Span
    doc: str | None = None

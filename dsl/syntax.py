"""Syntax: what was written, with spans and comments.

Nothing here is resolved: a name may name nothing. Lists keep the order of the text. The formatter needs
nothing more than a ``Module``.
"""

from __future__ import annotations

from typing import Literal

from interlock.dsl.record import record
from interlock.dsl.source import Source, Span

# ── words ────────────────────────────────────────────────────────────────────────────────────────────


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

# ── predicates ───────────────────────────────────────────────────────────────────────────────────────


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

# ── types and attributes ─────────────────────────────────────────────────────────────────────────────


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


# ── references ───────────────────────────────────────────────────────────────────────────────────────


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

# ── declarations ─────────────────────────────────────────────────────────────────────────────────────


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


@record
class Context:
    """``context 1M`` of a model, in tokens."""

    tokens: Int
    span: Span


@record
class Price:
    """``price input $5, output $25``: (what, amount per million tokens)."""

    items: tuple[tuple[Name, Money], ...]
    span: Span


@record
class Supports:
    capabilities: tuple[Name, ...]
    span: Span


@record
class Model:
    name: Name
    members: tuple[Context | Price | Supports, ...]
    span: Span
    doc: str | None = None


@record
class Label:
    """``provider NAME``, ``account NAME`` or ``region NAME`` of an upstream."""

    kind: Literal["provider", "account", "region"]
    value: Name
    span: Span


@record
class Endpoint:
    """``endpoint "https://…"`` (``env`` false) or ``endpoint env NAME``."""

    value: Name
    env: bool
    span: Span


@record
class Timeout:
    """``timeout connect 2s, first_token 30s``: (kind, duration)."""

    items: tuple[tuple[Name, Duration], ...]
    span: Span


@record
class Limit:
    """``limit 500/s burst 1000 else spill``; ``otherwise`` is None where unwritten, "spill", or a status."""

    rate: Rate
    burst: Int
    otherwise: Literal["spill"] | Int | None
    span: Span


@record
class Breaker:
    """``breaker SHARE of REQUESTS in WINDOW, probe after PROBE``."""

    share: Percent
    requests: Int
    window: Duration
    probe: Duration
    span: Span


UpstreamMember = Label | Endpoint | Supports | Timeout | Limit | Breaker


@record
class Upstream:
    name: Name
    family: Family | None
    members: tuple[UpstreamMember, ...]
    span: Span
    doc: str | None = None


@record
class Serve:
    upstream: Ref
    model: Name
    weight: Int | None
    span: Span


@record
class Sticky:
    attribute: Name
    span: Span


@record
class Retry:
    count: Int
    span: Span


@record
class Pool:
    name: Name
    family: Family | None
    members: tuple[Serve | Sticky | Retry, ...]
    span: Span
    doc: str | None = None


@record
class Fallback:
    """``fallback START -> hops… -> END on classes``. With ``family``, ``start`` has no index of its own."""

    start: Ref
    family: Family | None
    hops: tuple[Ref, ...]
    end: Fail | Follow
    classes: tuple[Name, ...]
    span: Span
    doc: str | None = None


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


@record
class Invalid:
    to: Destination
    span: Span
    doc: str | None = None


Declaration = (
    Policy | Import | Enum | Request | Let | Model | Upstream | Pool | Fallback
    | Rule | Ladder | Within | Require | Assert | TestCase | Invalid
)  # fmt: skip


@record
class Comment:
    """``# …`` or ``## …``, the text with its hashes. ``own_line``: nothing stands before it on its line."""

    text: str
    span: Span
    own_line: bool


@record
class Module:
    """One parsed file. ``broken`` holds the names of declarations that could not be parsed, so that a
    reference to one is not reported as unknown on top."""

    source: Source
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
    broken: frozenset[str]

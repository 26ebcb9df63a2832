"""Syntax: what was written, with spans and comments.

Nothing here is resolved: a name may name nothing. Lists keep the order of the text. The formatter needs
nothing more than a ``Module``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from interlock.dsl.source import Source, Span

# ── words ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Name:
    """A name, or a quoted string standing for one. ``text`` is the value, escapes undone."""

    text: str
    span: Span
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Str:
    """A quoted string, escapes undone."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Pattern:
    """The string of a ``like``: the literal pieces between its stars, so ``"acme/*"`` is ``("acme/", "")``
    and a pattern without a star has one piece."""

    pieces: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Int:
    value: int
    span: Span


@dataclass(frozen=True, slots=True)
class Bool:
    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Null:
    """``null`` in the request of a test."""

    span: Span


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration, in milliseconds."""

    ms: int
    span: Span


@dataclass(frozen=True, slots=True)
class Percent:
    """A share in basis points: ``5%`` is 500."""

    basis_points: int
    span: Span


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in millionths of a dollar: ``$3.75`` is 3_750_000."""

    micro_dollars: int
    span: Span


@dataclass(frozen=True, slots=True)
class Rate:
    """``500/s``: ``count`` requests per ``per`` ("s" or "min")."""

    count: int
    per: Literal["s", "min"]
    span: Span


@dataclass(frozen=True, slots=True)
class Range:
    """``a..b`` (``closed`` false) or ``a..=b``; an open end is None."""

    lo: int | None
    hi: int | None
    closed: bool
    span: Span


Value = Name | Int | Bool

# ── predicates ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Or:
    operands: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class And:
    operands: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Paren:
    """Parentheses, kept because the reader may want them."""

    operand: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Compare:
    attribute: Name
    op: Literal["==", "!=", "<", "<=", ">", ">="]
    value: Value
    span: Span


@dataclass(frozen=True, slots=True)
class In:
    """``a in [v, w]`` or ``a in RANGE``; ``negated`` for ``not in``."""

    attribute: Name
    negated: bool
    choices: tuple[Value, ...] | Range
    span: Span


@dataclass(frozen=True, slots=True)
class Like:
    attribute: Name
    negated: bool
    pattern: Pattern
    span: Span


@dataclass(frozen=True, slots=True)
class Contains:
    """``s contains v`` ("one", a single value), ``contains any [...]``, ``contains all [...]``."""

    attribute: Name
    quantifier: Literal["one", "any", "all"]
    values: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Has:
    attribute: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Sample:
    attribute: Name
    salt: Str | None
    share: Percent
    span: Span


@dataclass(frozen=True, slots=True)
class Flag:
    """A name alone: a bool attribute or a ``let``."""

    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Truth:
    value: bool
    span: Span


Expr = Or | And | Not | Paren | Compare | In | Like | Contains | Has | Sample | Flag | Truth

# ── types and attributes ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class BoolType:
    span: Span


@dataclass(frozen=True, slots=True)
class IntType:
    range: Range
    span: Span


@dataclass(frozen=True, slots=True)
class StringType:
    span: Span


@dataclass(frozen=True, slots=True)
class EnumType:
    """An enum written in place; ``open`` where it ends in ``...``."""

    values: tuple[Name, ...]
    open: bool
    span: Span


@dataclass(frozen=True, slots=True)
class NamedType:
    """The name of an ``enum`` declaration."""

    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class SetType:
    element: StringType | EnumType | NamedType
    span: Span


Type = BoolType | IntType | StringType | EnumType | NamedType | SetType
Stability = Literal["per session", "rising", "per turn"]


@dataclass(frozen=True, slots=True)
class From:
    """``from header "x-region"``; ``kind`` is header, body, metadata or gateway."""

    kind: Literal["header", "body", "metadata", "gateway"]
    name: Str
    span: Span


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Ref:
    """A pool or an upstream: ``spare``, ``opus[us_east]``, ``opus[home]``."""

    name: Name
    index: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class Family:
    """``[r in region]`` after a declared name."""

    variable: Name
    enum: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Fail:
    status: Int
    message: Str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Follow:
    """``follow POOL`` at the end of a chain."""

    pool: Ref
    span: Span


Destination = Ref | Fail

# ── declarations ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Policy:
    name: Name
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Import:
    path: Str
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Enum:
    name: Name
    values: tuple[Name, ...]
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    attributes: tuple[Attribute, ...]
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Let:
    name: Name
    expr: Expr
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """``context 1M`` of a model, in tokens."""

    tokens: Int
    span: Span


@dataclass(frozen=True, slots=True)
class Price:
    """``price input $5, output $25``: (what, amount per million tokens)."""

    items: tuple[tuple[Name, Money], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Supports:
    capabilities: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Model:
    name: Name
    members: tuple[Context | Price | Supports, ...]
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """``provider NAME``, ``account NAME`` or ``region NAME`` of an upstream."""

    kind: Literal["provider", "account", "region"]
    value: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``endpoint "https://…"`` (``env`` false) or ``endpoint env NAME``."""

    value: Name
    env: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Timeout:
    """``timeout connect 2s, first_token 30s``: (kind, duration)."""

    items: tuple[tuple[Name, Duration], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Limit:
    """``limit 500/s burst 1000 else spill``; ``otherwise`` is None where unwritten, "spill", or a status."""

    rate: Rate
    burst: Int
    otherwise: Literal["spill"] | Int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Breaker:
    """``breaker SHARE of REQUESTS in WINDOW, probe after PROBE``."""

    share: Percent
    requests: Int
    window: Duration
    probe: Duration
    span: Span


UpstreamMember = Label | Endpoint | Supports | Timeout | Limit | Breaker


@dataclass(frozen=True, slots=True)
class Upstream:
    name: Name
    family: Family | None
    members: tuple[UpstreamMember, ...]
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Serve:
    upstream: Ref
    model: Name
    weight: Int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Sticky:
    attribute: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Retry:
    count: Int
    span: Span


@dataclass(frozen=True, slots=True)
class Pool:
    name: Name
    family: Family | None
    members: tuple[Serve | Sticky | Retry, ...]
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Fallback:
    """``fallback START -> hops… -> END on classes``. With ``family``, ``start`` has no index of its own."""

    start: Ref
    family: Family | None
    hops: tuple[Ref, ...]
    end: Fail | Follow
    classes: tuple[Name, ...]
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    name: Name
    when: Expr | None
    to: Destination
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a ladder; ``pattern`` None is ``else``."""

    pattern: Range | tuple[Value, ...] | None
    to: Destination
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    name: Name
    when: Expr | None
    attribute: Name
    arms: tuple[Arm, ...]
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Within:
    name: Name
    when: Expr
    rules: tuple[Rule | Ladder | Within, ...]
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Require:
    """``require context >= ATTRIBUTE`` (``capability`` None) or ``require CAPABILITY``."""

    capability: Name | None
    context: Name | None
    when: Expr | None
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """The TEST of a claim: an operator and a literal or pool/upstream, or ``in [...]``."""

    __test__ = False  # not a pytest class

    op: Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]
    values: tuple[Name | Int | Duration | Ref, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class HopClaim:
    """``every hop.FIELD TEST`` or ``first hop.FIELD TEST``."""

    quantifier: Literal["every", "first"]
    field: Name
    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class ChainClaim:
    """``chain.MEASURE TEST``."""

    measure: Name
    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class Assert:
    name: Name
    when: Expr | None
    claim: HopClaim | ChainClaim
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class RuleRef:
    """``large_turns`` or ``by_size/2``."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Expect:
    to: Destination
    rule: RuleRef | None
    after: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Given:
    """One attribute of a test's request, its value of any JSON kind the language can write."""

    name: Name
    value: Name | Int | Bool | Null | tuple[Name | Int | Bool | Null, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TestCase:
    """``test "title" { request {…} expect … }``."""

    __test__ = False  # not a pytest class

    title: Str
    request: tuple[Given, ...]
    expects: tuple[Expect, ...]
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Invalid:
    to: Destination
    span: Span
    doc: str | None = None


Declaration = (
    Policy | Import | Enum | Request | Let | Model | Upstream | Pool | Fallback
    | Rule | Ladder | Within | Require | Assert | TestCase | Invalid
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comment:
    """``# …`` or ``## …``, the text with its hashes. ``own_line``: nothing stands before it on its line."""

    text: str
    span: Span
    own_line: bool


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed file. ``broken`` holds the names of declarations that could not be parsed, so that a
    reference to one is not reported as unknown on top."""

    source: Source
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
    broken: frozenset[str]

"""Policy: what was meant. Imports are loaded, families, ladders and ``within`` expanded, names bound.

Every reference is by the full name of the thing (``opus[us_east]``, ``bedrock``, ``claude-opus-4-7``) and is
a key of the Policy's mapping of that kind, so the rest of the compiler never meets an unknown name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from interlock.dsl.record import record
from interlock.dsl.source import Span

MAX_INT = 2**53 - 1

UNAVAILABLE = ("overloaded", "rate_limited", "server_error", "timeout", "unreachable")
CLASSES = (*UNAVAILABLE, "context_overflow", "refused")

# ── types ────────────────────────────────────────────────────────────────────────────────────────────


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


# ── predicates: eight kinds, every one false on an absent attribute except through Not ───────────────────


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

# ── what serves ──────────────────────────────────────────────────────────────────────────────────────


@record
class Model:
    """Facts about a model. ``prices`` in millionths of a dollar per million tokens, by input, output,
    cache_read, cache_write."""

    name: str
    context: int | None
    prices: Mapping[str, int]
    supports: frozenset[str]
    span: Span
    doc: str | None
    own: bool


@record
class Limit:
    """``count`` requests per ``per`` with ``burst``; ``status`` None spills (counts as overloaded)."""

    count: int
    per: Literal["s", "min"]
    burst: int
    status: int | None


@record
class Breaker:
    """Opens when ``share`` (basis points) of at least ``requests`` failed within ``window_ms``."""

    share: int
    requests: int
    window_ms: int
    probe_ms: int


@record
class Upstream:
    """One place to send requests. ``endpoint`` is ("url", text) or ("env", name); ``timeouts`` in
    milliseconds by connect, first_token, total."""

    name: str
    family: str
    provider: str
    account: str | None
    region: str | None
    endpoint: tuple[Literal["url", "env"], str] | None
    supports: frozenset[str]
    timeouts: Mapping[str, int]
    limit: Limit | None
    breaker: Breaker | None
    span: Span
    doc: str | None
    own: bool


@record
class Member:
    """One ``serve`` of a pool."""

    upstream: str
    model: str
    weight: int
    span: Span

    @property
    def name(self) -> str:
        """``upstream/model``, by which members are sorted and hashed."""
        return f"{self.upstream}/{self.model}"


@record
class Pool:
    """``members`` in the order written. ``family`` is the declared name (its own name for a single pool).
    ``span`` is the declaration's name, shared by the pools of a family."""

    name: str
    family: str
    members: tuple[Member, ...]
    sticky: str | None
    retry: int
    span: Span
    doc: str | None
    own: bool


@record
class Fail:
    status: int
    message: str | None


@record
class Follow:
    pool: str


@record
class Chain:
    """A fallback chain of one pool for some classes, in the order of CLASSES. ``hops`` leaves out the
    start. ``span`` is the whole declaration, shared by the chains of a family."""

    pool: str
    hops: tuple[str, ...]
    end: Fail | Follow
    classes: tuple[str, ...]
    span: Span
    doc: str | None
    own: bool


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────


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


@record
class Require:
    """``capability`` for the plain form; ``context`` (an int attribute) for ``context >= ATTRIBUTE``."""

    capability: str | None
    context: str | None
    when: Expr
    span: Span
    doc: str | None


Field = Literal["pool", "upstream", "provider", "account", "region", "model", "context"]
Measure = Literal["hops", "providers", "regions", "attempts", "seconds"]
Op = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]


@record
class Assert:
    """``quantifier`` is every, first or chain; ``field`` then is a Field or a Measure; ``values`` holds one
    literal unless ``op`` is in / not in. Durations are in milliseconds."""

    name: str
    when: Expr
    quantifier: Literal["every", "first", "chain"]
    field: Field | Measure
    op: Op
    values: tuple[str | int, ...]
    span: Span
    doc: str | None


@record
class Expect:
    """``to`` is a pool or a fail; a fail's message is compared only where it is not None."""

    to: To | Fail
    rule: str | None
    after: tuple[str, ...]
    span: Span


JSON = bool | int | str | None | list["JSON"]


@record
class TestCase:
    """A ``test`` block; ``request`` is a JSON object, not validated."""

    __test__ = False  # not a pytest class

    title: str
    request: Mapping[str, JSON]
    expects: tuple[Expect, ...]
    span: Span
    doc: str | None


@record
class Policy:
    """A policy free of T findings. Mappings keep the order of declaration; ``attributes`` is in name
    order, the order in which a request is validated. ``invalid`` defaults to fail 400."""

    name: str
    span: Span
    doc: str | None
    attributes: Mapping[str, Attribute]
    models: Mapping[str, Model]
    upstreams: Mapping[str, Upstream]
    pools: Mapping[str, Pool]
    chains: tuple[Chain, ...]
    rules: tuple[Rule, ...]
    requires: tuple[Require, ...]
    asserts: tuple[Assert, ...]
    tests: tuple[TestCase, ...]
    invalid: To | Fail

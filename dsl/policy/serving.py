"""What serves: models, upstreams, pools and fallback chains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from interlock.dsl.record import record
from interlock.dsl.source import Span

UNAVAILABLE = ("overloaded", "rate_limited", "server_error", "timeout", "unreachable")
CLASSES = (*UNAVAILABLE, "context_overflow", "refused")


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
    start. ``span`` is the whole declaration and ``places`` are where each hop, then the end, is written:
    shared by the chains of a family."""

    pool: str
    hops: tuple[str, ...]
    end: Fail | Follow
    classes: tuple[str, ...]
    places: tuple[Span, ...]
    span: Span
    doc: str | None
    own: bool

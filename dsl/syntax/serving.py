"""Models, upstreams, pools and fallback chains."""

from __future__ import annotations

from typing import Literal

from interlock.dsl.record import record
from interlock.dsl.source import Span
from interlock.dsl.syntax.references import Fail, Family, Follow, Ref
from interlock.dsl.syntax.words import Duration, Int, Money, Name, Percent, Rate


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

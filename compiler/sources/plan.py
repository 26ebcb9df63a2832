"""What a configuration means, in the terms of a policy: what every importer makes, and the writer writes."""

from __future__ import annotations

from collections.abc import Callable

from interlock.compiler.sources.document import Mapping
from interlock.dsl.finding import Finding
from interlock.dsl.record import record
from interlock.dsl.source import Source, Span

UNAVAILABLE = "unavailable"
OVERFLOW = "context_overflow"
REFUSED = "refused"
ALL_CLASSES = (UNAVAILABLE, OVERFLOW, REFUSED)

MAX_RETRIES = 100
"""The most retries that a pool of a policy may have."""


@record
class Attribute:
    """An attribute of requests: ``type`` and ``options`` as the language writes them, ``note`` what it is."""

    name: str
    type: str
    options: str
    note: str
    span: Span | None = None


@record
class Upstream:
    """``endpoint`` is an URL or, as ``env NAME``, where it is written; timeouts are in milliseconds."""

    name: str
    provider: str
    account: str | None
    region: str | None
    endpoint: str | None
    endpoint_span: Span | None
    timeouts: tuple[tuple[str, int], ...]
    span: Span
    breaker: str | None = None


@record
class Member:
    """An upstream in a pool, with the model it is asked for."""

    upstream: str
    model: str
    weight: int
    span: Span


@record
class Pool:
    """``shown`` is what the file calls it; ``note`` says why there is such a pool where the file has none.
    Without ``retry_said``, ``retry`` is what the gateway does by itself."""

    name: str
    shown: str
    members: tuple[Member, ...]
    sticky: str | None
    retry: int
    retry_said: bool
    retry_span: Span | None
    span: Span
    note: str | None = None


@record
class Hop:
    """A pool in a chain, with the place that puts it there."""

    pool: str
    span: Span


@record
class Chain:
    """After ``pool`` the ``hops``, then ``end``, a ``fail`` or a ``follow``; no ``classes`` are `unavailable`."""

    pool: Hop
    hops: tuple[Hop, ...]
    end: str
    end_span: Span
    classes: tuple[str, ...]


@record
class Rule:
    """``when`` as the language writes it; the last rule has none."""

    name: str
    when: str | None
    destination: str
    span: Span
    note: str | None = None


@record
class Model:
    """A model with its declaration; ``context`` in tokens, where it is known."""

    name: str
    text: str
    context: int | None


@record
class Obligation:
    """A line of `require`, with the place that asks for it, if there is one."""

    text: str
    span: Span | None


@record
class Remark:
    """What the gateway does and the policy does not say, or says otherwise; where the file asks for it."""

    text: str
    span: Span


@record
class Plan:
    """A policy to be written."""

    name: str
    about: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    models: tuple[Model, ...]
    upstreams: tuple[Upstream, ...]
    pools: tuple[Pool, ...]
    chains: tuple[Chain, ...]
    rules: tuple[Rule, ...]
    obligations: tuple[Obligation, ...]
    invalid: str | None
    remarks: tuple[Remark, ...]


Load = Callable[[str], Source | None]
"""Gives the text of a file by the path that another one names it by; None where there is none."""


@record
class Given:
    """What an importer is given: the documents of a file, a title, how to read further files, and the file of model
    facts (None: the one that ships)."""

    documents: tuple[Mapping, ...]
    title: str
    load: Load
    models: str | None


@record
class Reading:
    """What came of reading a configuration: the findings about the file itself, and what it means; without a plan,
    the findings say why there is none."""

    plan: Plan | None
    findings: tuple[Finding, ...]

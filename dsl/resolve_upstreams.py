"""Models and upstreams, families expanded."""

from __future__ import annotations

import re
from typing import Literal

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.findings.bad_setting import bad_setting
from interlock.dsl.findings.out_of_range_literal import beyond_integers
from interlock.dsl.resolve_attributes import check_int, shorten
from interlock.dsl.resolve_references import check_status, indices
from interlock.dsl.scope import FamilyInfo, Index, Scope, full_name
from interlock.dsl.source import Span

_PRICES = ("input", "output", "cache_read", "cache_write")
_TIMEOUTS = ("connect", "first_token", "total")


def resolve_model(scope: Scope, model: s.Model, own: bool) -> None:
    """Add a model to the scope."""
    seen: dict[str, Span] = {}
    context: int | None = None
    prices: dict[str, int] = {}
    supports: frozenset[str] = frozenset()
    for member in model.members:
        match member:
            case s.Context(tokens=tokens):
                if scope.once(seen, "context", member.span):
                    context = check_int(scope, tokens)
                    if context < 1:
                        scope.report(
                            bad_setting(
                                tokens.span,
                                "a context has at least one token",
                                "write the model's context in tokens, such as `200K`",
                            )
                        )
            case s.Price(items=items):
                for name, money in items:
                    if name.text not in _PRICES:
                        scope.unknown("price", name, _PRICES)
                    elif scope.once(seen, f"price {name.text}", name.span):
                        if money.micro_dollars > p.MAX_INT:
                            scope.report(beyond_integers(money.span, shorten(money.span.text)))
                        prices[name.text] = money.micro_dollars
            case s.Supports(capabilities=capabilities):
                if scope.once(seen, "supports", member.span):
                    supports = frozenset(c.text for c in capabilities)
    scope.models[model.name.text] = p.Model(model.name.text, context, prices, supports, model.name.span, model.doc, own)


def resolve_upstream(scope: Scope, upstream: s.Upstream, own: bool) -> None:
    """Add an upstream, or a family of them, to the scope."""
    copies = indices(scope, upstream.family)
    if not copies:
        scope.broken.add(upstream.name.text)
        return
    enum = copies[0].enum if copies[0] else None
    scope.upstream_families[upstream.name.text] = FamilyInfo(enum, upstream.name.span)
    for index in copies:
        name = full_name(upstream.name.text, index.value if index else None)
        scope.upstreams[name] = _upstream(scope, upstream, name, index, own)


def _upstream(scope: Scope, upstream: s.Upstream, name: str, index: Index | None, own: bool) -> p.Upstream:
    seen: dict[str, Span] = {}
    labels: dict[str, str] = {}
    endpoint = None
    supports: frozenset[str] = frozenset()
    timeouts: dict[str, int] = {}
    limit = breaker = None
    for member in upstream.members:
        match member:
            case s.Label(kind=kind, value=value):
                if scope.once(seen, kind, member.span):
                    is_index = index is not None and value.text == index.variable and not value.quoted
                    labels[kind] = index.value if is_index and index else value.text
            case s.Endpoint():
                if scope.once(seen, "endpoint", member.span):
                    endpoint = _endpoint(scope, member, index)
            case s.Supports(capabilities=capabilities):
                if scope.once(seen, "supports", member.span):
                    supports = frozenset(c.text for c in capabilities)
            case s.Timeout(items=items):
                for kind_name, duration in items:
                    if kind_name.text not in _TIMEOUTS:
                        scope.unknown("timeout", kind_name, _TIMEOUTS)
                    elif scope.once(seen, f"timeout {kind_name.text}", kind_name.span):
                        timeouts[kind_name.text] = _positive(scope, duration)
            case s.Limit():
                if scope.once(seen, "limit", member.span):
                    limit = _limit(scope, member)
            case s.Breaker():
                if scope.once(seen, "breaker", member.span):
                    breaker = _breaker(scope, member)
    if "provider" not in labels:
        scope.report(
            bad_setting(
                upstream.name.span,
                f"the upstream `{upstream.name.text}` names no provider",
                "add `provider anthropic`, or whoever runs it",
            )
        )
    return p.Upstream(
        name=name,
        family=upstream.name.text,
        provider=labels.get("provider", ""),
        account=labels.get("account"),
        region=labels.get("region"),
        endpoint=endpoint,
        supports=supports,
        timeouts=timeouts,
        limit=limit,
        breaker=breaker,
        span=upstream.name.span,
        doc=upstream.doc,
        own=own,
    )


def _endpoint(scope: Scope, endpoint: s.Endpoint, index: Index | None) -> tuple[Literal["url", "env"], str] | None:
    text = endpoint.value.text
    if endpoint.env:
        return "env", text
    if not re.match(r"(?i:https?)://[^/\s]", text):  # RFC 3986, section 3.1: a scheme is in any case
        scope.report(
            bad_setting(
                endpoint.value.span,
                "an endpoint is a URL",
                'write `endpoint "https://…"`, or `endpoint env NAME` to take it from the environment',
            )
        )
        return None
    if index is not None:
        text = text.replace("{" + index.variable + "}", index.value)
    if "{" in text or "}" in text:
        known = (
            f"write `{{{index.variable}}}`, the only thing that is filled in here"
            if index
            else "write the whole URL, or declare a family: `upstream NAME[r in ENUM] { … }`"
        )
        scope.report(bad_setting(endpoint.value.span, "this endpoint has braces that nothing fills in", known))
        return None
    return "url", text


def _positive(scope: Scope, duration: s.Duration) -> int:
    if not 0 < duration.ms <= p.MAX_INT:
        scope.report(
            bad_setting(
                duration.span,
                f"`{duration.span.text[:40]}` is no duration to wait",
                "write a duration such as `30s`",
            )
        )
    return duration.ms


def _limit(scope: Scope, limit: s.Limit) -> p.Limit:
    if not 1 <= limit.rate.count <= p.MAX_INT:
        scope.report(
            bad_setting(
                limit.rate.span,
                f"`{limit.rate.span.text[:40]}` lets nothing pass",
                "write a rate such as `500/s`",
            )
        )
    if not 1 <= limit.burst.value <= p.MAX_INT:
        scope.report(
            bad_setting(
                limit.burst.span,
                f"a burst of `{limit.burst.span.text[:40]}` lets nothing pass",
                "write how many requests may come at once, such as `burst 1000`",
            )
        )
    status = None
    if isinstance(limit.otherwise, s.Int) and check_status(scope, limit.otherwise):
        status = limit.otherwise.value
    return p.Limit(limit.rate.count, limit.rate.per, limit.burst.value, status)


def _breaker(scope: Scope, breaker: s.Breaker) -> p.Breaker:
    if not 0 < breaker.share.basis_points <= 10_000:
        scope.report(
            bad_setting(
                breaker.share.span,
                f"`{breaker.share.span.text[:40]}` is no share of failures",
                "write a share above 0% and up to 100%",
            )
        )
    if not 1 <= breaker.requests.value <= p.MAX_INT:
        scope.report(
            bad_setting(
                breaker.requests.span,
                "a breaker looks at one request at least",
                "write how many, such as `50% of 20`",
            )
        )
    return p.Breaker(
        breaker.share.basis_points,
        breaker.requests.value,
        _positive(scope, breaker.window),
        _positive(scope, breaker.probe),
    )

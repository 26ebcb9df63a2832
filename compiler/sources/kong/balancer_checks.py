"""What becomes of requests to a plugin with several targets: who shares them, and after which errors who is next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interlock.compiler.source_findings import (
    balanced_fallback,
    cut_off_fallback,
    dead_entry,
    fallback_never_fires,
    mixed_models,
    scattered_session,
    small_buffer,
    uncovered_error,
)
from interlock.compiler.sources.kong.balancer import (
    DEFAULT_RETRIES,
    NON_IDEMPOTENT,
    REQUEST,
    REQUEST_ID,
    Balancer,
    Target,
)
from interlock.compiler.sources.kong.config import ADVANCED, whole
from interlock.compiler.sources.kong.places import place_of
from interlock.compiler.sources.models import base_name
from interlock.dsl.finding import Finding, Related
from interlock.dsl.source import Span

_CHAT = frozenset({"llm/v1/chat", "llm/v1/completions", "llm/v1/responses", "preserve"})
_CHOSEN = frozenset({"semantic", "lowest-latency", "lowest-usage"})
"""The algorithms by which it is meant that models differ."""
_STATUSES = ("http_429", "http_500", "http_502", "http_503", "http_504")
ENOUGH = 1024 * 1024
"""A prompt of 200,000 tokens has about as many bytes; the default since 3.13."""


def check_balancers(balancers: Iterable[Balancer]) -> Iterator[Finding]:
    """Findings about plugins that run."""
    for balancer in balancers:
        yield from _size(balancer)
        if balancer.plugin.name != ADVANCED:
            continue
        groups = [targets for targets in balancer.candidates().values() if len(targets) > 1]
        yield from _header(balancer)
        if groups:
            yield from _failover(balancer, groups)
        for targets in groups:
            level = balancer.levels(targets)[0]
            ranked = list(_ranks(balancer, targets))
            yield from ranked
            if not ranked and len(level) > 1 and all(_is_chat(target) for target in level):
                yield from _shared(balancer, targets, level)
            yield from _cut_off(balancer, targets)


def _ranks(balancer: Balancer, targets: list[Target]) -> Iterator[Finding]:
    weights = [target.weight for target in targets]
    said = [target.node.key("weight") for target in targets]
    places = {(place_of(target), target.model) for target in targets}
    if balancer.algorithm == "priority" and len(set(weights)) == 1 and len(places) > 1:
        message = f"all {len(targets)} targets have the weight {weights[0]}: they are one group and share the traffic"
        help_ = "give each its own `weight`: the largest one is asked first"
        yield Finding(balanced_fallback.KIND, message, _at(balancer, "algorithm", targets[0].span), help_)
    elif balancer.algorithm == "round-robin" and sorted(weights) == list(range(1, len(weights) + 1)) and all(said):
        if balancer.node.get("failover_criteria") is None:
            return
        shares = ", ".join(f"{weight / sum(weights):.0%}" for weight in weights)
        message = f"these weights look like ranks, and are shares of the traffic: {shares}"
        help_ = "write `algorithm: priority`, and the largest weight for the one to be asked first"
        key = said[0]
        yield Finding(balanced_fallback.KIND, message, targets[0].span if key is None else key.span, help_)


def _shared(balancer: Balancer, targets: list[Target], level: list[Target]) -> Iterator[Finding]:
    """What it means for sessions that several targets share them."""
    models = sorted({base_name(target.model) for target in level if target.asked is not None and target.model})
    if len(models) > 1 and balancer.algorithm not in _CHOSEN and all(target.asked is not None for target in level):
        named = ", ".join(f"`{model}`" for model in models[:3]) + (", …" if len(models) > 3 else "")
        message = f"requests of one kind are answered by different models, by chance: {named}"
        help_ = "write `algorithm: priority` with a weight of its own for each, or give each a `model_alias`"
        yield Finding(mixed_models.KIND, message, level[0].span, help_)
    if balancer.key is REQUEST and len({(place_of(target), target.model) for target in level}) > 1:
        message = f"the turns of a session are spread over {len(level)} targets at random"
        help_ = "write `algorithm: consistent-hashing`, and a header of the session for `hash_on_header`"
        related: tuple[Related, ...] = ()
        if balancer.algorithm == "consistent-hashing":
            hashed = _at(balancer, "hash_on_header", _at(balancer, "algorithm", level[0].span))
            related = (Related("what is hashed here, `X-Kong-LLM-Request-ID`, is new with each request", hashed),)
            help_ = "add `hash_on_header` with a header of the session: `X-Claude-Code-Session-Id`"
        elif len(targets) > len(level):
            help_ = "make one of them the only one of its weight"
        note = "each turn may find a cold prompt cache: the whole prefix is then paid for again"
        yield Finding(scattered_session.KIND, message, level[0].span, help_, related, notes=(note,))


def _failover(balancer: Balancer, groups: list[list[Target]]) -> Iterator[Finding]:
    named = set(balancer.criteria)
    written = balancer.node.get("failover_criteria") is not None
    span = _at(balancer, "failover_criteria", _at(balancer, "algorithm", balancer.plugin.span))
    meant = written or (balancer.algorithm == "priority" and any(len(balancer.levels(t)) > 1 for t in groups))
    if balancer.retries == 0:
        if meant:
            message = "requests never go to another target: `retries` is 0"
            at = _at(balancer, "retries", span)
            yield Finding(fallback_never_fires.KIND, message, at, "write as many as there are further targets")
        return
    if NON_IDEMPOTENT not in named:
        if meant:
            message = "once sent, a request never goes to another target: POST is not repeated without `non_idempotent`"
            rest = ", ".join(f"`{name}`" for name in (NON_IDEMPOTENT, *_STATUSES) if name not in named)
            yield Finding(fallback_never_fires.KIND, message, span, f"add {rest} to `failover_criteria`")
        return
    missing = [name for name in ("error", "timeout", *_STATUSES) if name not in named]
    if missing:
        told = ", ".join(f"`{name}`" for name in missing)
        message = f"`failover_criteria` has no {told}: the client gets this error though there are other targets"
        yield Finding(uncovered_error.KIND, message, span, f"add {told}")
    first = next((t for targets in groups for t in targets[:-1] if t.provider == "anthropic"), None)
    if first is not None:
        message = "no criterion covers 529: when Anthropic is overloaded, the client gets the error"
        help_ = "ask Anthropic last, or have the client try again; Kong has no `http_529`"
        yield Finding(uncovered_error.KIND, message, first.span, help_)


def _cut_off(balancer: Balancer, targets: list[Target]) -> Iterator[Finding]:
    if not balancer.fails_over or balancer.algorithm == "semantic":
        return
    reached = {id(target) for first in balancer.levels(targets)[0] for target in balancer.order(first, targets)}
    for target in targets:
        if id(target) not in reached:
            said = balancer.node.scalar("retries")
            tries = "one retry" if balancer.retries == 1 else f"{balancer.retries} retries"
            message = f"`{target.shown}` is never asked: after {tries} the client gets the error"
            related = () if said is None else (Related("the limit", said.span),)
            help_ = f"write `retries: {len(targets) - 1}`" + ("" if said else f"; the default is {DEFAULT_RETRIES}")
            yield Finding(cut_off_fallback.KIND, message, target.span, help_, related)


def _header(balancer: Balancer) -> Iterator[Finding]:
    said = balancer.node.text("hash_on_header")
    key = balancer.node.key("hash_on_header")
    if said is None or key is None or said.lower() == REQUEST_ID or balancer.algorithm == "consistent-hashing":
        return
    message = f"`hash_on_header` has no effect: the algorithm is `{balancer.algorithm}`"
    yield Finding(dead_entry.KIND, message, key.span, "write `algorithm: consistent-hashing`, or remove it")


def _size(balancer: Balancer) -> Iterator[Finding]:
    key = balancer.plugin.config.key("max_request_body_size")
    size = whole(balancer.plugin.config.scalar("max_request_body_size"))
    if key is not None and size is not None and 0 < size < ENOUGH and any(_is_chat(t) for t in balancer.targets):
        message = f"requests of more than {size:,} bytes are answered with 400: no more of them is read"
        help_ = "write room for a long prompt: `max_request_body_size: 10485760`"
        yield Finding(small_buffer.KIND, message, key.span, help_)


def _is_chat(target: Target) -> bool:
    kind = target.node.text("route_type")
    return kind is None or kind in _CHAT


def _at(balancer: Balancer, key: str, default: Span) -> Span:
    found = balancer.node.key(key)
    return default if found is None else found.span

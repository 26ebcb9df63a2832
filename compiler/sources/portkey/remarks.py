"""What Portkey does that a policy does not say, or says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.compiler.sources.plan import MAX_RETRIES, Remark
from interlock.compiler.sources.portkey.attributes import Attributes
from interlock.compiler.sources.portkey.codes import beyond, covered, missing, successes
from interlock.compiler.sources.portkey.config import RETRIED, Retry, Target
from interlock.compiler.sources.portkey.pools import weights_of
from interlock.compiler.sources.portkey.upstreams import slug_of
from interlock.compiler.sources.portkey.walk import Place
from interlock.dsl.source import Span

_SAME = {503: "529", 529: "503", 500: "502", 502: "500", 504: "408", 408: "504", 400: "413", 413: "400"}
"""Statuses that are of one class in a policy."""


def remarks_of(root: Target, order: Sequence[Place], attributes: Attributes) -> Iterator[Remark]:
    """The remarks about a configuration, each once, in the order of their weight."""
    seen: set[str] = set()
    for remark in (*_fallbacks(root), *_conditions(root, attributes), *_pools(order), *_targets(root)):
        if remark.text not in seen:
            seen.add(remark.text)
            yield remark


def _fallbacks(root: Target) -> Iterator[Remark]:
    fallbacks = [target for target in root.all() if target.mode == "fallback"]
    for target in fallbacks:
        span = _key(target, "on_status_codes")
        if target.codes is None:
            text = "Portkey falls back on 400, 401, 403, 404 and all other errors too; a policy does not"
            yield Remark(text, _key(target, "mode"))
        for class_, status in missing(target.codes, covered(target.codes)):
            if class_ != "unreachable":
                text = f"{status} is returned to the client; a policy takes it for the same error as {_SAME[status]}"
                yield Remark(text, span)
        others = [code for code in beyond(target.codes) if code not in (246, 446)]
        if others:
            listed = ", ".join(map(str, others))
            many = "lead" if len(others) > 1 else "leads"
            yield Remark(f"{listed} {many} to the next target as well; a policy has no such errors", span)
        if set(target.codes or ()) & {246, 446}:
            yield Remark(
                "246 and 446, of guardrails, lead to the next target as well; a policy has no such errors", span
            )
        if successes(target.codes):
            yield Remark("an answer that is no error leads to the next target as well; in a policy it is the end", span)
    if fallbacks:
        text = "an overloaded error inside a 200 stream is passed on; a policy takes it for `overloaded`"
        yield Remark(text, _key(fallbacks[0], "mode"))
        text = "when no target is left, the client gets the error of the last one, here always 503"
        yield Remark(text, _key(fallbacks[0], "mode"))


def _conditions(root: Target, attributes: Attributes) -> Iterator[Remark]:
    span = next((_key(target, "conditions") for target in root.all() if target.mode == "conditional"), root.span)
    for asked in attributes.asked:
        note = asked.attribute.note.removeprefix("Whether ").partition(", as")[0]
        yield Remark(f"{note} is more than a policy can ask: `{asked.attribute.name}` stands for it", span)
    if attributes.numbers:
        shown = ", ".join(f"`{key.shown}`" for key in attributes.numbers)
        yield Remark(f"{shown}: Portkey reads numbers from texts, and with fractions; a policy has whole numbers", span)
    if any(key.section == "metadata" for key in attributes.keys):
        yield Remark("metadata are taken to stay the same within a session", span)
    if attributes.keys:
        text = "a value of another type than it is compared with meets no condition; to a policy the request is invalid"
        yield Remark(text, span)


def _pools(order: Sequence[Place]) -> Iterator[Remark]:
    drawn = [place.ask.owner for place in order if len(place.ask.targets) > 1]
    if len({owner.path for owner in drawn}) > 1:
        text = "each load balancer draws for itself; here one draw of a request decides for all of them"
        yield Remark(text, drawn[1].span)
    for place in order:
        shares = [share for _, share in place.ask.targets]
        weights = weights_of(place.ask)
        total, whole = sum(shares), sum(weights)
        if any(abs(weight * total - share * whole) > 0 for weight, share in zip(weights, shares, strict=True)):
            yield Remark("weights are whole numbers up to 100 here, as near as that can be", place.ask.owner.span)
        retries = {_attempts(target.settings.retry) for target, _ in place.ask.targets}
        if len(retries) > 1:
            text = "targets of one load balancer are tried again more or less often; here all as often as the most"
            yield Remark(text, place.ask.owner.span)
        for target, _ in place.ask.targets:
            retry = target.settings.retry
            if retry is not None and retry.attempts:
                yield from _retry(retry)
                if retry.attempts > MAX_RETRIES:
                    yield Remark(f"more than {MAX_RETRIES} retries are no policy's", retry.span)


def _attempts(retry: Retry | None) -> int:
    return 0 if retry is None else retry.attempts


def _retry(retry: Retry) -> Iterator[Remark]:
    codes = RETRIED if retry.codes is None else retry.codes
    never = [str(status) for status in (429, 500, 502, 503, 504, 529, 408) if status not in codes]
    if never:
        listed = ", ".join(never)
        are = "is" if len(never) == 1 else "are"
        yield Remark(f"{listed} {are} not tried again; in a policy `retry` is for all errors of a provider", retry.span)
    more = [str(int(code)) for code in codes if 400 <= code < 500 and code not in (408, 429)]
    if more:
        yield Remark(f"also tried again: {', '.join(more)}; in a policy never", retry.span)
    if retry.node.get("use_retry_after_header") is not None:
        yield Remark("Portkey waits as long as the provider says before it tries again", retry.span)


def _targets(root: Target) -> Iterator[Remark]:
    for target in root.all():
        for key in ("input_guardrails", "output_guardrails", "before_request_hooks", "after_request_hooks"):
            found = target.node.key(key)
            if found is not None:
                text = (
                    "guardrails may answer themselves (446), and an answer they object to is 246; a policy has neither"
                )
                yield Remark(text, found.span)
        cache = target.node.key("cache")
        if cache is not None:
            yield Remark("what Portkey has in its cache it answers itself", cache.span)
        breaker = target.node.key("cb_config")
        if breaker is not None:
            yield Remark("circuit breakers are of Portkey's own service", breaker.span)
        if slug_of(target) is not None:
            text = "whose a virtual key is, Portkey's hosted service knows: here the provider is guessed from its name"
            yield Remark(text, target.span)
        if target.mode is None and target.path == "config" and target.node.get("provider") is None:
            yield Remark("the provider is left to each request", target.span)
    if any(target.settings.timeout for target in root.all()):
        first = next(target for target in root.all() if target.settings.timeout)
        text = "a request may set another timeout by the header `x-portkey-request-timeout`"
        yield Remark(text, first.settings.timeout_span or first.span)


def _key(target: Target, name: str) -> Span:
    found = target.strategy.key(name)
    return target.span if found is None else found.span

"""What Kong does that a policy does not say, or says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.compiler.sources.kong.balancer import MEASURED, REQUEST, Balancer
from interlock.compiler.sources.kong.config import ADVANCED, AI_PROXY, Config, texts
from interlock.compiler.sources.kong.scopes import applied
from interlock.compiler.sources.kong.ways import Way
from interlock.compiler.sources.plan import Remark
from interlock.dsl.source import Span


def remarks_of(config: Config, ways: Sequence[Way], used: Sequence[Balancer]) -> Iterator[Remark]:
    """The remarks about a configuration, each once, in the order of their weight."""
    seen: set[str] = set()
    for remark in (*_routes(config, ways), *(found for each in used for found in _balancer(each))):
        if remark.text not in seen:
            seen.add(remark.text)
            yield remark


def _routes(config: Config, ways: Sequence[Way]) -> Iterator[Remark]:
    for way in ways:
        for text in way.remarks:
            yield Remark(text, way.route.span)
        protocols = {str(p.value) for p in texts(way.route.node, "protocols")}
        if protocols and "http" not in protocols and "https" in protocols:
            yield Remark(
                f"`{way.route.shown}` answers plain HTTP with 426; here the protocol is not asked", way.route.span
            )
        if len({each.plugin.name for each in applied(config, way.route)}) > 1:
            text = "for some requests both plugins run; which one has the last word is not documented, here the latter"
            yield Remark(text.replace("both plugins", f"both `{AI_PROXY}` and `{ADVANCED}`"), way.route.span)
    plain = next((way.route for way in ways if not applied(config, way.route)), None)
    if plain is not None:
        yield Remark(f"`{plain.shown}` goes to its service; here it fails, as no model is asked", plain.span)


def _balancer(balancer: Balancer) -> Iterator[Remark]:
    plugin, span = balancer.plugin, balancer.plugin.span
    algorithm = _span(balancer, "algorithm", span)
    if plugin.name == AI_PROXY:
        yield Remark("a connection that cannot be made is tried again, as the service's `retries` say", span)
    if balancer.by_alias:
        text = "a model that no `model_alias` names is refused; a page of the documentation says it is balanced"
        yield Remark(text, span)
    else:
        names = {target.asked for target in balancer.targets}
        if len(names) > 1:
            yield Remark("whether a request's own model is compared with later targets too is not documented", span)
    if any(target.model is None or "$(" in target.model for target in balancer.targets):
        yield Remark("the model of a target is taken from the request", span)
    if any("${{" in (target.model or "") + (target.alias or "") for target in balancer.targets):
        yield Remark("names that decK fills in are taken as they are written", span)
    if len(balancer.targets) > 1:
        if balancer.algorithm in MEASURED:
            yield Remark(f"Kong picks by {MEASURED[balancer.algorithm]}; here it is by chance", algorithm)
        elif balancer.algorithm == "consistent-hashing" and balancer.key is not REQUEST:
            yield Remark("Kong's hash is another: which value goes to which target differs", algorithm)
    if plugin.config.get("acls") is not None:
        yield Remark("`acls` may refuse requests as well", span)
    if plugin.node.get("partials") is not None:
        yield Remark("what `partials` add is not in this file", span)
    if plugin.node.get("condition") is not None:
        yield Remark("the plugin's `condition` is not read", span)
    if balancer.fails_over:
        yield from _failover(balancer)


def _failover(balancer: Balancer) -> Iterator[Remark]:
    span = _span(balancer, "failover_criteria", balancer.plugin.span)
    named = set(balancer.criteria)
    if len(balancer.targets) < 2:
        yield Remark("whether Kong asks a single target again is not documented; here it does not", span)
        return
    if "overloaded" in balancer.classes:
        yield Remark("529 is returned to the client; a policy takes it for the same error as 503", span)
    if len(named & {"http_500", "http_502"}) == 1:
        missing = next(iter({"http_500", "http_502"} - named))[5:]
        yield Remark(f"{missing} is returned to the client; a policy takes 500 and 502 for the same error", span)
    if "timeout" in balancer.classes and "http_504" not in named:
        yield Remark("504 is returned to the client; a policy takes it for a timeout", span)
    if "timeout" in balancer.classes and "timeout" not in named:
        yield Remark("who waits too long gets an error from Kong; a policy takes it for a 504", span)
    if named & {"http_403", "http_404"}:
        yield Remark("403 and 404 lead to the next target as well; in a policy they do not", span)
    if any(len(level) > 2 or (len(level) == 2 and n) for n, level in enumerate(balancer.levels([*balancer.targets]))):
        yield Remark("which of the targets of one level comes next is by chance; here it is the file's order", span)
    yield Remark("when no target is left, the client gets the error of the last one, here always 503", span)
    if balancer.node.get("max_fails") is not None:
        yield Remark(
            "a target that failed `max_fails` times is left out for a while", _span(balancer, "max_fails", span)
        )


def _span(balancer: Balancer, key: str, default: Span) -> Span:
    found = balancer.node.key(key)
    return default if found is None else found.span

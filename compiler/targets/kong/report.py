"""Who does what at Kong Gateway 3.8 or newer: the fidelity report."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.targets.addresses import HOME, served
from interlock.compiler.targets.facts import attribute, chain, environment, pools
from interlock.compiler.targets.fidelity import Fact, Fidelity, How
from interlock.dsl.policy import Policy, Upstream


def fidelity(policy: Policy, version: str) -> Fidelity:
    """The report for a policy whose table has this version. Raises ``Unemittable``."""
    return Fidelity("kong", policy.name, version, tuple(_facts(policy)), environment(policy))


def _facts(policy: Policy) -> Iterator[Fact]:
    for each in policy.attributes.values():
        yield attribute(each, "the plugin")
    # Kong's own ai-proxy-advanced (Enterprise) picks by weight, a hash or what it measures, never by a rule, and fails
    # over by one list of statuses for all targets, without 529, the text of a 400, or a `fail` of one's own.
    for rule in policy.rules:
        yield Fact("rule", rule.name, "extension", "decided by the plugin's table: a route matches no body")
    for walked in policy.chains:
        note = "walked by the plugin, one hop an error, by the error's class: `failover_criteria` have no 529"
        yield Fact("chain", chain(walked), "extension", note)
    yield from pools(policy)
    yield Fact("error", "returned errors", "extension", "status, headers and body as the upstream sent them")
    yield Fact("error", "overloaded in a stream", "extension", "before content, seen by the plugin")
    for upstream in served(policy):
        yield from _upstream(upstream)
    for upstream in policy.upstreams.values():
        if upstream not in served(policy):
            yield Fact("upstream", upstream.name, "native", "not written: no pool serves from it")


_TIMEOUTS: dict[str, tuple[How, str]] = {
    "connect": ("extension", "kept by the plugin, for the connection and again for TLS; looking up the name is Kong's"),
    "first_token": (
        "extension",
        "for streams, kept by the plugin until content begins; an answer that is not streamed has no first token",
    ),
    "total": ("extension", "kept by the plugin, to the end of the answer; a stream that is under way is cut off"),
}


def _upstream(upstream: Upstream) -> Iterator[Fact]:
    if upstream.provider not in HOME:
        note = f"nothing is translated for `{upstream.provider}`: its endpoint must speak Anthropic's Messages API"
        yield Fact("upstream", upstream.name, "impossible", note)
    for kind in upstream.timeouts:
        yield Fact("timeout", f"{upstream.name} {kind}", *_TIMEOUTS[kind])
    each = "each worker of nginx's has its own"
    if upstream.limit is not None:
        note = f"counted by the plugin; {each}, so N workers let N times as much through"
        yield Fact("limit", upstream.name, "extension", note)
    if upstream.breaker is not None:
        yield Fact("breaker", upstream.name, "extension", f"kept by the plugin; {each}")

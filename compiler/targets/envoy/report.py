"""Who does what at Envoy 1.40: the fidelity report."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.targets.addresses import HOME, served
from interlock.compiler.targets.facts import attribute, chain, environment, pools
from interlock.compiler.targets.fidelity import Fact, Fidelity, How
from interlock.dsl.policy import Policy, Upstream


def fidelity(policy: Policy, version: str) -> Fidelity:
    """The report for a policy whose table has this version. Raises ``Unemittable``."""
    return Fidelity("envoy", policy.name, version, tuple(_facts(policy)), environment(policy))


def _facts(policy: Policy) -> Iterator[Fact]:
    for each in policy.attributes.values():
        yield attribute(each, "the filter")
    # A route matches headers, not what is in a body or a `sample`, and a retry policy knows one list of statuses for a
    # whole route: so all of deciding and walking is the table's.
    for rule in policy.rules:
        yield Fact("rule", rule.name, "extension", "decided by the Lua filter's table")
    for walked in policy.chains:
        note = "walked by Envoy's retries, each to the hop that the Lua filter names by the error's class"
        yield Fact("chain", chain(walked), "extension", note)
    yield from pools(policy, "a millisecond later")
    yield from _errors()
    for upstream in served(policy):
        yield from _upstream(upstream)
    for upstream in policy.upstreams.values():
        if upstream not in served(policy):
            yield Fact("upstream", upstream.name, "native", "not written: no pool serves from it")


def _errors() -> Iterator[Fact]:
    yield Fact("error", "returned errors", "native", "status, headers and body as the upstream sent them")
    yield Fact("error", "overloaded in a stream", "extension", "before content, seen by a filter in WebAssembly")


_TIMEOUTS: dict[str, tuple[How, str]] = {
    "connect": ("native", "the cluster's `connect_timeout`, for each address of the name"),
    "first_token": (
        "extension",
        "for streams, from the end of the request until content begins: a filter keeps the headers back until then, "
        "and a hedged attempt ends the wait; an answer that is not streamed has no first token",
    ),
    "total": ("native", "the route's `timeout`, from the end of the request to the end of the answer"),
}


def _upstream(upstream: Upstream) -> Iterator[Fact]:
    if upstream.provider not in HOME:
        note = f"nothing is translated for `{upstream.provider}`: its endpoint must speak Anthropic's Messages API"
        yield Fact("upstream", upstream.name, "impossible", note)
    for kind in upstream.timeouts:
        yield Fact("timeout", f"{upstream.name} {kind}", *_TIMEOUTS[kind])
    if upstream.limit is not None:
        note = "a token bucket of the process, all threads together (`local_ratelimit`)"
        yield Fact("limit", upstream.name, "native", note)
    if upstream.breaker is not None:
        note = "kept in each worker thread by itself: with `--concurrency 1` it is one for the process"
        yield Fact("breaker", upstream.name, "extension", note)

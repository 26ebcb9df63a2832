"""Who does what in the Worker: the fidelity report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.compiler.targets.addresses import key, refused, served
from interlock.compiler.targets.cloudflare.config import APIS, KEY, address, api
from interlock.compiler.targets.facts import PLACES, attribute, chain, pools
from interlock.compiler.targets.fidelity import Fact, Fidelity, How
from interlock.dsl.policy import Policy, Upstream

_PLACES = {
    **PLACES,
    "metadata": "the header cf-aig-metadata or the body's metadata,",
}
_PATHS = {"messages": "/v1/messages", "chat_completions": "/v1/chat/completions"}


def fidelity(policy: Policy, version: str) -> Fidelity:
    """The report for a policy whose table has this version. Raises ``Unemittable``."""
    every = served(policy)
    if every and all(api(upstream) is None for upstream in every):
        raise refused(every[0], _unasked(every[0]))
    return Fidelity("cloudflare", policy.name, version, tuple(_facts(policy)), _environment(policy))


def _facts(policy: Policy) -> Iterator[Fact]:
    for each in policy.attributes.values():
        yield attribute(each, "the Worker", _PLACES)
    for rule in policy.rules:
        yield Fact("rule", rule.name, "extension", "decided by the Worker's table")
    for walked in policy.chains:
        yield Fact("chain", chain(walked), "extension", "walked by the Worker, one hop an error, by the error's class")
    yield from pools(policy)
    spoken = [each for each in APIS if any(api(upstream) == each for upstream in served(policy))]
    for upstream in served(policy):
        yield _asked(upstream, spoken)
        yield from _upstream(upstream)
    yield Fact(
        "error",
        "unreachable",
        "extension",
        "a status of 521, 522, 523, 525, 526 or 530, with which Cloudflare tells of no connection, counts so too",
    )
    yield Fact("error", "returned errors", "extension", "as the upstream sent them, byte for byte, with their headers")


def _asked(upstream: Upstream, spoken: Sequence[str]) -> Fact:
    own = api(upstream)
    if own is None:
        return Fact(
            "upstream", upstream.name, "impossible", f"never asked, and counts as unreachable: {_unasked(upstream)}"
        )
    others = [_PATHS[each] for each in spoken if each != own]
    if others:
        note = (
            f"asked at {_PATHS[own]} only: to a request to {others[0]} it counts as unreachable, nothing is translated"
        )
        return Fact("upstream", upstream.name, "impossible", note)
    return Fact("upstream", upstream.name, "extension", f"asked by the Worker in the API of {_PATHS[own]}")


def _unasked(upstream: Upstream) -> str:
    if address(upstream) is None:
        return f"it has no `endpoint`, and provider {upstream.provider} has no address that is the same for all"
    return (
        f"a Worker cannot speak provider {upstream.provider}'s own API "
        "(if the endpoint speaks Anthropic's, write `supports messages`; if OpenAI's, `supports chat_completions`)"
    )


def _upstream(upstream: Upstream) -> Iterator[Fact]:
    notes: dict[str, tuple[How, str]] = {
        "connect": ("impossible", "a Worker does not see when it is connected: this long is added to first_token"),
        "first_token": ("extension", "of streams: until their first content; other answers have none before they end"),
        "total": ("extension", "until the answer's end; a stream that has begun is cut off"),
    }
    if "first_token" not in upstream.timeouts:
        notes["connect"] = (
            "impossible",
            "a Worker does not see when it is connected: it waits for as long as Cloudflare",
        )
    for kind in upstream.timeouts:
        yield Fact("timeout", f"{upstream.name} {kind}", *notes[kind])
    each = "each isolate has its own, and Cloudflare runs as many as it likes"
    if upstream.limit is not None:
        yield Fact(
            "limit", upstream.name, "extension", f"counted by the Worker; {each}, so N let N times as much through"
        )
    if upstream.breaker is not None:
        yield Fact("breaker", upstream.name, "extension", f"kept by the Worker; {each}")


def _environment(policy: Policy) -> dict[str, str]:
    needed = {KEY: "what clients show as their key, long and random"}
    for upstream in served(policy):
        if api(upstream) is None:
            continue
        account = "" if upstream.account is None else f", account {upstream.account}"
        needed[key(upstream)] = f"the API key for {upstream.provider}{account}"
        if upstream.endpoint is not None and upstream.endpoint[0] == "env":
            needed[upstream.endpoint[1]] = f"the endpoint of {upstream.name}"
    return dict(sorted(needed.items()))

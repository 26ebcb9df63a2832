"""Who does what at LiteLLM's proxy (litellm 1.106.2): the fidelity report."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.targets.facts import PLACES, attribute, chain, pools
from interlock.compiler.targets.fidelity import Fact, Fidelity, How
from interlock.compiler.targets.litellm.config import CLOUDS, key, provider, served
from interlock.dsl.policy import Policy, Upstream

_PLACES = {
    **PLACES,
    "metadata": "the key's, the team's or the body's metadata,",
}


def fidelity(policy: Policy, version: str) -> Fidelity:
    """The report for a policy whose table has this version. Raises ``Unemittable``."""
    return Fidelity("litellm", policy.name, version, tuple(_facts(policy)), _environment(policy))


def _facts(policy: Policy) -> Iterator[Fact]:
    for each in policy.attributes.values():
        yield attribute(each, "the hook", _PLACES)
    # A native fallback list would be taken for every error, a plain 400 too, and no chain says that: so all of
    # deciding and walking is the hook's.
    for rule in policy.rules:
        yield Fact("rule", rule.name, "extension", "decided by the hook's table")
    for walked in policy.chains:
        yield Fact("chain", chain(walked), "extension", "walked by the hook, one hop an error, by the error's class")
    yield from pools(policy)
    for upstream in policy.upstreams.values():
        yield from _upstream(upstream)
    yield Fact(
        "error",
        "returned errors",
        "extension",
        "the provider's status and Anthropic body on /v1/messages; on /v1/chat/completions LiteLLM words them anew",
    )


def _upstream(upstream: Upstream) -> Iterator[Fact]:
    how: dict[str, How] = {"connect": "impossible", "first_token": "extension", "total": "extension"}
    notes = {
        "connect": "not kept apart: a connection that does not come up ends with the other timeouts",
        "first_token": "of streams, kept by the hook until the first content; other answers are only seen when whole",
        "total": "kept by the hook, to the end of the answer; a stream that is cut off ends in an error event",
    }
    for kind in upstream.timeouts:
        yield Fact("timeout", f"{upstream.name} {kind}", how[kind], notes[kind])
    each = "each process of the proxy has its own"
    if upstream.limit is not None:
        note = f"counted by the hook; {each}, so N workers let N times as much through"
        yield Fact("limit", upstream.name, "extension", note)
    if upstream.breaker is not None:
        yield Fact("breaker", upstream.name, "extension", f"kept by the hook; {each}")


def _environment(policy: Policy) -> dict[str, str]:
    needed = {"LITELLM_MASTER_KEY": "the proxy's own key, long and random"}
    for upstream, _ in served(policy):
        variable = key(upstream)
        if variable is not None:
            account = "" if upstream.account is None else f", account {upstream.account}"
            needed[variable] = f"the key for {upstream.provider}{account}"
        elif provider(upstream) in CLOUDS:
            needed[f"(credentials of {provider(upstream)})"] = "in the form that its SDK reads, region included"
        if upstream.endpoint is not None and upstream.endpoint[0] == "env":
            needed[upstream.endpoint[1]] = f"the endpoint of {upstream.name}"
    return dict(sorted(needed.items()))

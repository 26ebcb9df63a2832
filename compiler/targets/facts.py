"""What fidelity reports say in the same words, whichever gateway a policy is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.compiler.targets.addresses import address, key, served
from interlock.compiler.targets.fidelity import Fact, How
from interlock.dsl.policy import UNAVAILABLE, Attribute, Chain, Policy

COMPUTED = {
    "input_tokens": "estimated by {}, a token for every 4 bytes of prompt",
    "model_hint": "the family of the body's `model`",
    "has_tools": "true where the body's `tools` has something in it",
}
"""What is computed ``from gateway``, everywhere alike; ``{}`` is who does it."""

PLACES = {
    "header": "the request's header",
    "body": "the request's body at",
    "metadata": "the body's `metadata`, which the client writes,",
}
"""Where the value of an attribute is; a gateway that knows more of metadata says so instead."""


def attribute(attribute: Attribute, who: str, places: Mapping[str, str] = PLACES) -> Fact:
    """What becomes of an attribute. ``who`` reads requests: "the filter"."""

    def fact(how: How, note: str) -> Fact:
        return Fact("attribute", attribute.name, how, note)

    if attribute.source is None:
        return fact("impossible", f"it has no `from`, so {who} finds it in no request: it is always absent")
    kind, name = attribute.source
    if kind != "gateway":
        return fact("extension", f"{places[kind]} `{name}`")
    if name in COMPUTED:
        return fact("extension", COMPUTED[name].format(who))
    return fact("impossible", f"{who} cannot compute `{name}`: it is always absent")


def chain(chain: Chain) -> str:
    """The name of a chain in a report."""
    return chain.pool if chain.classes == UNAVAILABLE else f"{chain.pool} on {', '.join(chain.classes)}"


def pools(policy: Policy, pause: str = "without a pause") -> Iterator[Fact]:
    """Retries and picks that the table's own runtime makes. ``pause`` is before each retry."""
    for pool in policy.pools.values():
        if pool.retry:
            yield Fact("retry", pool.name, "extension", f"{pool.retry} more at the same upstream, {pause}")
        if len(pool.members) > 1:
            by = f"by `{pool.sticky}`" if pool.sticky else "to one member"
            yield Fact("sticky", pool.name, "extension", f"picked {by} with the table's Maglev hashing")


def environment(policy: Policy) -> dict[str, str]:
    """The variables that the configuration refers to, with what each holds."""
    needed = {}
    for upstream in served(policy):
        account = "" if upstream.account is None else f", account {upstream.account}"
        needed[key(upstream)] = f"the key for {upstream.provider}{account}, sent as x-api-key; without it none is sent"
        if address(upstream) is None and upstream.endpoint is not None:
            needed[upstream.endpoint[1]] = f"the endpoint of {upstream.name}"
    return dict(sorted(needed.items()))

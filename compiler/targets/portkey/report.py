"""Who does what at Portkey's gateway (@portkey-ai/gateway 1.15.2): the fidelity report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from interlock.compiler.sources.portkey.demands import is_private
from interlock.compiler.targets import facts
from interlock.compiler.targets.fidelity import Fact, Fidelity
from interlock.compiler.targets.portkey.config import VERSIONED, host_of, members_of, provider, timeout, variables
from interlock.compiler.targets.portkey.places import Place
from interlock.compiler.targets.portkey.values import listed
from interlock.compiler.targets.portkey.walks import STOPS, Walks, stop_of
from interlock.dsl.policy import (
    CLASSES,
    UNAVAILABLE,
    Attribute,
    BoolType,
    Chain,
    EnumType,
    Fail,
    IntType,
    Policy,
    SetType,
    StringType,
    Upstream,
)

MOST = 14_000
"""Bytes of a configuration for which there is room: Node takes 16 KiB of headers."""
_SOURCES = {"header": "the header", "body": "the body's", "metadata": "the metadata's", "gateway": "the gateway's"}


def fidelity(policy: Policy, version: str, places: Mapping[str, Place], walks: Walks, data: bytes) -> Fidelity:
    """The report for a policy whose table has this version. ``walks`` are those of the configuration ``data``."""
    facts = tuple(_facts(policy, places, walks, data))
    return Fidelity("portkey", policy.name, version, facts, _environment(policy))


def _facts(policy: Policy, places: Mapping[str, Place], walks: Walks, data: bytes) -> Iterator[Fact]:
    for place in places.values():
        yield _attribute(place)
    for rule in policy.rules:
        yield Fact("rule", rule.name, "native", "a condition, in the policy's order")
        if isinstance(rule.to, Fail):
            yield from _fail("rule", rule.name, rule.to)
    if isinstance(policy.invalid, Fail):
        yield from _fail("invalid", "requests", policy.invalid)
    yield from _unseen(places)
    for index in range(len(policy.chains)):
        yield from _chain(policy.chains, index, walks)
    for pool in policy.pools.values():
        if pool.retry:
            note = f"{pool.retry} more at the same upstream, after 1 s, 2 s, 4 s and so on"
            yield Fact("retry", pool.name, "native", note)
        if len(pool.members) > 1:
            if len(members_of(pool)) == 1:
                yield Fact("members", pool.name, "native", "without `sticky by` one takes all, and the others nothing")
            else:
                note = f"Portkey draws anew for each request, by weight; nothing stays where it was by `{pool.sticky}`"
                yield Fact("sticky", pool.name, "impossible", note)
    for name in _served(policy):
        yield from _upstream(policy.upstreams[name])
    yield from _errors(policy, walks)
    # It goes without its spaces.
    if (size := len(json.dumps(json.loads(data), separators=(",", ":")))) > MOST:
        note = f"{size} bytes on one line, and Node takes 16 KiB of headers: start it with --max-http-header-size"
        yield Fact("header", "x-portkey-config", "impossible", note)


def _attribute(place: Place) -> Fact:
    attribute = place.attribute
    if place.own:
        return Fact("attribute", attribute.name, "native", f"`{place.key}` of the conditions")
    source = attribute.source
    said = "it has no `from`" if source is None else f"conditions do not see {_SOURCES[source[0]]} `{source[1]}`"
    if not place.asked and not _may_be_invalid(attribute):
        return Fact("attribute", attribute.name, "native", f"no rule asks for it, and nor does Portkey: {said}")
    if not place.asked:
        refused = "a request without it" if _needed(attribute) else "a request with a value that is none of its own"
        return Fact("attribute", attribute.name, "impossible", f"{said}, so {refused} is not refused")
    note = f"{said}; the client sends it as `{attribute.name}` in x-portkey-metadata"
    return Fact("attribute", attribute.name, "impossible", note)


def _may_be_invalid(attribute: Attribute) -> bool:
    """Whether a policy refuses some requests for an attribute that no rule asks for."""
    if attribute.default is not None:
        return False
    source = None if attribute.source is None else attribute.source[0]
    if source == "header":
        # What a header has is a text.
        text = isinstance(attribute.type, StringType) or (isinstance(attribute.type, EnumType) and attribute.type.open)
        return _needed(attribute) or not text
    # What the gateway would compute is a value, and what nobody computes is absent.
    return source in ("body", "metadata") or _needed(attribute)


def _needed(attribute: Attribute) -> bool:
    return not attribute.optional and not isinstance(attribute.type, SetType)


def _fail(kind: str, what: str, to: Fail) -> Iterator[Fact]:
    if to.status not in STOPS:
        note = f"fail {to.status}: the client gets {stop_of(to.status)}, which the gateway can answer itself"
        yield Fact(kind, what, "impossible", note)
    elif to.message is not None:
        yield Fact(kind, what, "impossible", f"fail {to.status} without the message: the gateway has its own")


def _unseen(places: Mapping[str, Place]) -> Iterator[Fact]:
    """Which invalid requests are taken for valid ones."""
    for place in places.values():
        attribute = place.attribute
        if not place.looked_at or (listed(place) is not None and not attribute.optional):
            continue
        yield Fact("invalid", attribute.name, "impossible", _taken(attribute))


def _taken(attribute: Attribute) -> str:
    if isinstance(attribute.type, IntType):
        return "a text of digits, or a list of one number, counts as the number"
    if isinstance(attribute.type, SetType):
        return "conditions cannot look into a list, so its elements are not looked at"
    if isinstance(attribute.type, BoolType) or (isinstance(attribute.type, EnumType) and not attribute.type.open):
        return "a list of the one text `undefined` or `null` counts as no value"
    return "a value that is no text is no error: conditions compare it, or its text, as it is"


def _chain(chains: Sequence[Chain], index: int, walks: Walks) -> Iterator[Fact]:
    chain = chains[index]
    name = facts.chain(chain)
    lost = {class_ for loss in walks.losses if loss.chain == index for class_ in loss.classes}
    followed = [class_ for class_ in chain.classes if walks.statuses[class_] and class_ not in lost]
    if followed and (chain.hops or not isinstance(chain.end, Fail) or chain.end.status in STOPS):
        codes = ", ".join(map(str, walks.codes(followed)))
        yield Fact("chain", name, "native", f"a fallback on {codes}")
    for loss in walks.losses:
        if loss.chain == index:
            way = "" if loss.within is None else f", reached by {facts.chain(chains[loss.within])}"
            after = f"at {loss.pool}{way}, after {', '.join(loss.classes)}"
            note = f"{after}: the client gets the error, as no fallback says both"
            yield Fact("chain", name, "impossible", note)
    if isinstance(chain.end, Fail):
        if chain.end.status not in STOPS:
            note = f"instead of fail {chain.end.status} the client gets the last upstream's own error"
            yield Fact("chain", name, "impossible", note)
        else:
            yield from _fail("chain", name, chain.end)


def _errors(policy: Policy, walks: Walks) -> Iterator[Fact]:
    covers = [set(chain.classes) for chain in policy.chains]
    covers += [set(UNAVAILABLE) for pool in policy.pools.values() if pool.retry]
    covered = set[str]().union(*covers)
    if not covered:
        return
    notes = {
        "overloaded": "an overloaded error inside a stream goes to the client: its status is 200",
        "timeout": "408 is that of the gateway's own timeout; an upstream's 408 counts as one too",
        "unreachable": "goes on as after a server_error: the gateway answers 500, or 503 where nobody answers for 10 s",
        "server_error": "5xx statuses other than those listed go to the client",
        "context_overflow": "only 413 is seen; a 400 about the prompt's length goes to the client",
        "refused": "no status tells it from other errors 400: it goes to the client",
    }
    exact = {"rate_limited"}
    if 408 not in walks.statuses["timeout"]:
        exact.add("timeout")
    taken_for = {"unreachable", "server_error", "overloaded"}
    if all(not cover & taken_for or taken_for <= cover for cover in covers):
        exact.add("unreachable")
    elif covered & taken_for:
        covered.add("unreachable")
    for class_ in CLASSES:
        if class_ in covered and class_ not in exact:
            yield Fact("error", class_, "impossible", notes[class_])


def _served(policy: Policy) -> list[str]:
    return sorted({member.upstream for pool in policy.pools.values() for member in members_of(pool)})


def _upstream(upstream: Upstream) -> Iterator[Fact]:
    name = provider(upstream)
    yield Fact("upstream", upstream.name, "native", f"provider {name}")
    time = timeout(upstream)
    for kind in upstream.timeouts:
        note = "the gateway waits up to 10 s for a connection, whatever is said"
        if kind != "connect":
            note = f"request_timeout is {time} ms, until the answer's headers come: a silent stream is not cut off"
        yield Fact("timeout", f"{upstream.name} {kind}", "impossible", note)
    if upstream.limit is not None:
        yield Fact("limit", upstream.name, "impossible", "not kept: the gateway counts nothing")
    if upstream.breaker is not None:
        yield Fact("breaker", upstream.name, "impossible", "not kept: each request asks an upstream that is down again")


def _environment(policy: Policy) -> dict[str, str]:
    needed: dict[str, str] = {}
    private: dict[str, None] = {}
    for name in _served(policy):
        upstream = policy.upstreams[name]
        account = "" if upstream.account is None else f", account {upstream.account}"
        for key, variable in variables(upstream):
            needed[variable] = f"`{key}` for {upstream.provider}{account}"
        version = ", with the version: …/v1" if provider(upstream) in VERSIONED else ""
        if upstream.endpoint is not None and upstream.endpoint[0] == "env":
            needed[upstream.endpoint[1]] = f"the endpoint of {upstream.name}{version}"
        host = host_of(upstream)
        if host is not None and is_private(host):
            private[host.split("/")[2]] = None
    found = dict(sorted(needed.items()))
    if private:
        hosts = ",".join(private)
        found["TRUSTED_CUSTOM_HOSTS"] = f"where the gateway runs: {hosts}, without which it refuses every request"
    return found

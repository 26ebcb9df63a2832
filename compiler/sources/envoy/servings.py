"""What becomes of a request that a rule has taken: the pools it can come to, and in which order."""

from __future__ import annotations

from interlock.compiler.sources.document import Mapping
from interlock.compiler.sources.envoy.objects import Object
from interlock.compiler.sources.envoy.places import Places
from interlock.compiler.sources.envoy.retries import CLASSES, HANG, Retry, attempts, retry_of
from interlock.compiler.sources.envoy.routes import BackendRef, Rule
from interlock.dsl.record import record

MAX_ATTEMPTS = 12
"""Attempts of one request that a policy writes down."""

MIXED, MISSING, ZONED, STATIC = "mixed", "missing", "zoned", "static"
"""Why priorities count for nothing. Each backend is a cluster of its own, because some have host names and some
addresses, or one of them is nowhere, or there are zones; or all have addresses, and then only the first of them is
known to Envoy AI Gateway."""
APART = (MIXED, MISSING, ZONED)


@record
class Hashing:
    """What keeps requests with the same key at one backend: ``kind`` Header, Cookie, SourceIP or QueryParams, and its
    ``names``."""

    kind: str
    names: tuple[str, ...]
    node: Mapping


@record
class Serving:
    """A rule under its BackendTrafficPolicy. ``levels`` are the backends by priority as Envoy sees them, ``walk`` has
    the level (an index) of each attempt while all fail; ``classes`` are the errors that lead on."""

    rule: Rule
    policy: Object | None
    retry: Retry | None
    hashing: Hashing | None
    flat: str | None
    levels: tuple[tuple[BackendRef, ...], ...]
    walk: tuple[int, ...]
    classes: tuple[str, ...]

    @property
    def reached(self) -> set[int]:
        """The levels that some request comes to."""
        return set(self.walk)

    @property
    def limit(self) -> int | None:
        """Milliseconds that one attempt may take, where Envoy gives up before the request as a whole is ended."""
        said = [n for n in (self.retry.per_try if self.retry else None, self.rule.idle) if n]
        return min(said) if said and (self.rule.timeout == 0 or min(said) < self.rule.timeout) else None


def serving_of(rule: Rule, policy: Object | None, places: Places) -> Serving:
    """What becomes of the requests of a rule under its BackendTrafficPolicy."""
    retry = None if policy is None else retry_of(policy)
    hashing = None if policy is None else _hashing(policy)
    flat = _flat(rule, policy, places)
    levels = [rule.live] if flat is not None and rule.live else rule.levels
    # The load balancers that hash ask the first priority, whatever a retry wants.
    walk = attempts(len(levels[:1] if hashing is not None else levels), retry, MAX_ATTEMPTS + 1)
    made = Serving(rule, policy, retry, hashing, flat, tuple(levels), tuple(walk), ())
    classes = () if retry is None or len(walk) < 2 else covered(retry, made.limit is not None)
    return Serving(rule, policy, retry, hashing, flat, tuple(levels), tuple(walk if classes else walk[:1]), classes)


def covered(retry: Retry, limited: bool) -> tuple[str, ...]:
    """The classes of which some error is tried again. Where no attempt is ``limited`` in time, none is ever given up
    for its silence."""
    return tuple(name for name in CLASSES if any(tried_again(retry, failure, limited) for failure in CLASSES[name]))


def tried_again(retry: Retry, failure: int | str, limited: bool) -> bool:
    """Whether a failure of an upstream is followed by another attempt."""
    return retry.covers(failure) and (failure != HANG or limited)


def addressing(ref: BackendRef, places: Places) -> str | None:
    """Whether a backend has a host name (`fqdn`) or an address (`ip`); None where the files do not say."""
    backend = places.backend_of(ref)
    for endpoint in () if backend is None else backend.spec.list("endpoints"):
        if isinstance(endpoint, Mapping):
            return "fqdn" if endpoint.get("fqdn") is not None else "ip"
    return None


def _flat(rule: Rule, policy: Object | None, places: Places) -> str | None:
    if len(rule.live) < 2:
        return None
    found = [addressing(ref, places) for ref in rule.live]
    if "fqdn" in found and "ip" in found:
        return MIXED
    if any(places.is_missing(ref) for ref in rule.live):
        return MISSING
    zones = Mapping((), rule.span) if policy is None else policy.spec.mapping("loadBalancer").mapping("zoneAware")
    if zones.get("preferLocal") is not None or zones.list("weightedZones"):
        return ZONED
    return STATIC if all(kind == "ip" for kind in found) else None


def _hashing(policy: Object) -> Hashing | None:
    balancer = policy.spec.mapping("loadBalancer")
    node = balancer.mapping("consistentHash")
    kind = node.text("type")
    if balancer.text("type") != "ConsistentHash" or kind is None:
        return None
    entries = [node.mapping("header"), *(h for h in node.list("headers") if isinstance(h, Mapping))]
    if kind == "Cookie":
        entries = [node.mapping("cookie")]
    elif kind == "QueryParams":
        entries = [q for q in node.list("queryParams") if isinstance(q, Mapping)]
    names = tuple(name for entry in entries if (name := entry.text("name")) is not None)
    return Hashing("Header" if kind == "Headers" else kind, names, node)

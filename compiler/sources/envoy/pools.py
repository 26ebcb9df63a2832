"""Priorities as pools, and the way from one to the next as chains."""

from __future__ import annotations

from itertools import groupby, pairwise
from math import gcd

from interlock.compiler.sources.draft import Names, quoted, word
from interlock.compiler.sources.envoy.conditions import Conditions
from interlock.compiler.sources.envoy.places import Places
from interlock.compiler.sources.envoy.retries import UNAVAILABLE_CLASSES
from interlock.compiler.sources.envoy.routes import BackendRef
from interlock.compiler.sources.envoy.servings import MAX_ATTEMPTS, STATIC, Hashing, Serving
from interlock.compiler.sources.plan import Attribute, Chain, Hop, Member, Pool, Remark

ANY_MODEL = "*"
MAX_WEIGHT = 100
END = 'fail 503 "every attempt has failed"'
REQUEST = Attribute(
    "request_id",
    "string",
    'per turn from header "x-request-id"',
    "Envoy picks a backend of a priority for each request.",
)
EACH_TIME = frozenset({"x-request-id", "traceparent", "x-correlation-id", "x-amzn-trace-id", "x-b3-traceid"})


class Pools:
    """The pools and chains of a configuration. ``providers`` are those of its upstreams by their names, ``attributes``
    what pools are picked by."""

    def __init__(self, places: Places, conditions: Conditions) -> None:
        self._places = places
        self._conditions = conditions
        self._names = Names()
        self._made: dict[tuple[int, str], tuple[str, list[str], list[str]]] = {}
        self._keys: dict[str, Attribute] = {}
        self.pools: list[Pool] = []
        self.chains: list[Chain] = []
        self.remarks: list[Remark] = []
        self.providers: dict[str, str] = {}

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """What members are picked by, headers left out."""
        return tuple(self._keys.values())

    def of(self, serving: Serving, model: str, base: str) -> tuple[str, list[str], list[str]]:
        """The pool that a rule sends requests for a model to, with the models of its members and all that can be
        reached from there."""
        key = id(serving), model
        if key not in self._made:
            self._made[key] = self._make(serving, model, base)
        return self._made[key]

    def _make(self, serving: Serving, model: str, base: str) -> tuple[str, list[str], list[str]]:
        walk = serving.walk[:MAX_ATTEMPTS]
        runs = [(level, len(list(run))) for level, run in groupby(walk)]
        retries = dict.fromkeys(walk, 0)
        if set(UNAVAILABLE_CLASSES) == set(serving.classes) and len(runs) == len(retries):
            # A `retry` is for these classes alone, and a pool has one count of them.
            retries = {level: count - 1 for level, count in runs}
            walk = tuple(level for level, _ in runs)
        entry = self._names.give(base)
        names = {walk[0]: entry}
        for level in walk:
            if level not in names:
                names[level] = self._names.give(f"{entry}-priority-{serving.levels[level][0].priority}")
        served: dict[int, list[str]] = {}
        for level in names:
            pool = self._pool(serving, level, names, model, retries[level])
            self.pools.append(pool)
            served[level] = [member.model for member in pool.members]
        if len(walk) > 1:
            self._chain(serving, walk, names)
        return entry, served[walk[0]], [m for models in served.values() for m in models]

    def _pool(self, serving: Serving, level: int, names: dict[int, str], model: str, again: int) -> Pool:
        name = names[level]
        refs = serving.levels[level]
        rule, retry = serving.rule, serving.retry
        weights = [1] * len(refs) if serving.hashing is not None else [ref.weight for ref in refs]
        scaled = _scaled(weights)
        if scaled is None:
            most = max(weights)
            scaled = [max(1, round(weight / most * MAX_WEIGHT)) for weight in weights]
            self.remarks.append(Remark(f"the weights of `{name}` are rounded to 1 to {MAX_WEIGHT}", refs[0].span))
        members: dict[tuple[str, str], Member] = {}
        for ref, weight in zip(refs, scaled, strict=True):
            asked = self._model(serving, ref, model)
            upstream = self._places.upstream(ref)
            self.providers[upstream] = self._places.provider(ref)
            before = members.get((upstream, asked))
            weight += before.weight if before is not None else 0
            members[upstream, asked] = Member(
                upstream, asked, min(weight, MAX_WEIGHT), before.span if before else ref.span
            )
        note = None
        if len(serving.levels) > 1:
            note = f"Priority {refs[0].priority}" + (f" of `{names[0]}`." if level != serving.walk[0] else ".")
        elif len(rule.levels) > 1:
            note = "All priorities: what sets them apart does not work (G110)."
        return Pool(
            name=name,
            shown=name,
            members=tuple(members.values()),
            sticky=self._sticky(serving.hashing) if len(members) > 1 else None,
            retry=again,
            retry_said=True,
            retry_span=None if retry is None else retry.span,
            span=rule.span if level == serving.walk[0] else refs[0].span,
            note=note,
        )

    def _model(self, serving: Serving, ref: BackendRef, model: str) -> str:
        if serving.flat == STATIC:
            ref = serving.rule.live[0]
        asked = ref.model or model
        if asked == ANY_MODEL:
            text = "where a backend has no `modelNameOverride`, it is asked for the client's model; here that is `*`"
            self.remarks.append(Remark(text, ref.span))
        return asked

    def _chain(self, serving: Serving, walk: tuple[int, ...], names: dict[int, str]) -> None:
        retry = serving.retry
        assert retry is not None
        count = retry.node.key("numRetries")
        hops = []
        seen = {walk[0]}
        for before, level in pairwise(walk):
            # A priority that comes around again is there because of the count of retries.
            again = level != before and level in seen
            span = (retry.span if count is None else count.span) if again else serving.levels[level][0].span
            seen.add(level)
            hops.append(Hop(names[level], span))
        said = () if set(serving.classes) == set(UNAVAILABLE_CLASSES) else serving.classes
        entry = Hop(names[walk[0]], serving.rule.span)
        self.chains.append(Chain(entry, tuple(hops), END, retry.span, said))

    def _sticky(self, hashing: Hashing | None) -> str:
        if hashing is None:
            return self._key(REQUEST)
        span = hashing.node.span
        if len(hashing.names) > 1:
            self.remarks.append(Remark("of several keys to hash by the first one is taken here", span))
        name = hashing.names[0] if hashing.names else ""
        if hashing.kind == "Header" and name:
            return self._conditions.header(name.lower(), span, session=name.lower() not in EACH_TIME)
        if hashing.kind == "SourceIP":
            return self._key(Attribute("client_ip", "string", 'per session from gateway "source_ip"', "Who asks."))
        source = quoted(f"{hashing.kind} {name}")
        given = word(f"{hashing.kind}_{name}").replace("-", "_").lower()
        note = f"What `consistentHash` goes by: the {hashing.kind} `{name}`."
        return self._key(Attribute(given, "string?", f"per session from gateway {source}", note, span))

    def _key(self, attribute: Attribute) -> str:
        self._keys.setdefault(attribute.name, attribute)
        return attribute.name


def _scaled(weights: list[int]) -> list[int] | None:
    """The same shares in numbers that the language has; None where there are none."""
    divisor = gcd(*weights) or 1
    small = [weight // divisor for weight in weights]
    return small if max(small) <= MAX_WEIGHT else None

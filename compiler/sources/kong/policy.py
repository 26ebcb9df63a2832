"""A decK file as the plan of a policy.

An error never leads to another member of the same pool. So where a plugin fails over, each of its targets is a pool of
its own: the rules pick the first one, by a share of what Kong picks it by, and its chain has the others. Where it does
not, its targets are the members of one pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd

from interlock.compiler.sources.draft import Names, quoted, word
from interlock.compiler.sources.kong.balancer import (
    Balancer,
    Target,
    alias_test,
    balancer_of,
    timeouts,
)
from interlock.compiler.sources.kong.config import ADVANCED, Config, Plugin
from interlock.compiler.sources.kong.contexts import obligations
from interlock.compiler.sources.kong.places import Places, Timeouts
from interlock.compiler.sources.kong.remarks import remarks_of
from interlock.compiler.sources.kong.scopes import Applied, applied
from interlock.compiler.sources.kong.ways import Way
from interlock.compiler.sources.models import Named, model_of
from interlock.compiler.sources.plan import Attribute, Chain, Given, Hop, Member, Model, Plan, Pool, Rule
from interlock.dsl.record import record

MODEL = Attribute("model", "string?", 'per session from body "/model"', "The model that the client names, if any.")
TOKENS = Attribute("input_tokens", "int(0..=10M)", 'rising from gateway "tokens"', "How long the prompt is.")
NO_TARGET = 'fail 503 "no target is left"'
NO_ROUTE = 'fail 404 "no route matches"'
NO_PLUGIN = 'fail 404 "this route asks no model"'
NO_ALIAS = 'fail 400 "model not configured"'
UNAVAILABLE = ("overloaded", "rate_limited", "server_error", "timeout", "unreachable")
MAX_WEIGHT = 100


@record
class Sent:
    """A rule that sends requests to a pool: which targets are asked there and after it, for the check of contexts."""

    rule: Rule
    first: tuple[str, ...]
    reached: tuple[str, ...]


def plan_of(config: Config, ways: Sequence[Way], given: Given) -> Plan:
    """What a configuration means. ``ways`` are those to its routes, in their order."""
    made = _Maker(config, ways)
    rules = list(made.rules())
    models = tuple(_models(made, given.models))
    tokens, required = obligations([(sent.rule.when, sent.first, sent.reached) for sent in made.sent], models)
    attributes = {attribute.name: attribute for attribute in (*made.attributes, *((TOKENS,) if tokens else ()))}
    return Plan(
        name=word(given.title).replace("-", "_"),
        about=(f"Imported from `{given.title}`, a configuration of Kong.",),
        attributes=tuple(attributes.values()),
        models=models,
        upstreams=made.places.upstreams,
        pools=tuple(made.pools),
        chains=tuple(made.chains),
        rules=tuple(rules),
        obligations=required,
        invalid=None,
        remarks=tuple(remarks_of(config, made.ways, made.used)),
    )


class _Maker:
    """Pools, chains and rules, made as they are needed."""

    def __init__(self, config: Config, ways: Sequence[Way]) -> None:
        self._config = config
        self.ways = ways
        self._balancers = {id(plugin): balancer_of(plugin) for plugin in config.plugins if plugin.enabled}
        self.places = Places((t, self._timeouts(b.plugin)) for b in self._balancers.values() for t in b.targets)
        self._pool_names = Names()
        self._rule_names = Names(["otherwise"])
        self._pool_of: dict[tuple[int, tuple[int, ...]], str] = {}
        self._chained: set[str] = set()
        self._many = len(self._balancers) > 1
        self.pools: list[Pool] = []
        self.chains: list[Chain] = []
        self.attributes: list[Attribute] = []
        self.sent: list[Sent] = []
        self.used: list[Balancer] = []

    def rules(self) -> Iterator[Rule]:
        """All rules, in the order in which Kong's router tries its routes."""
        for way in self.ways:
            self.attributes += way.attributes
            found = applied(self._config, way.route)
            for each in found:
                yield from self._applied(way, each)
            if not found or found[-1].test is not None:
                yield self._rule(way, way.when, NO_PLUGIN, "no-model")
            if way.when is None:
                return  # nothing is left for others
        yield Rule("otherwise", None, NO_ROUTE, self._config.root.span)

    def _applied(self, way: Way, each: Applied) -> Iterator[Rule]:
        balancer = self._balancers[id(each.plugin)]
        if balancer not in self.used:
            self.used.append(balancer)
        if each.attribute is not None:
            self.attributes.append(each.attribute)
        when = _and(way.when, each.test)
        candidates = balancer.candidates()
        for name, targets in candidates.items():
            if name is not None:
                self.attributes.append(MODEL)
            yield from self._group(way, _and(when, alias_test(name)), balancer, targets, name)
        if None not in candidates:
            yield self._rule(way, when, NO_ALIAS, "no-alias")

    def _group(
        self, way: Way, when: str | None, balancer: Balancer, targets: list[Target], name: str | None
    ) -> Iterator[Rule]:
        if not targets:
            yield self._rule(way, when, 'fail 500 "no target"')
            return
        level = balancer.levels(targets)[0]
        asked = {target.asked for target in level} if name is None else {None}
        if len(asked) == 1:
            yield from self._refusal(way, when, next(iter(asked)))
        if len(asked) == 1 and not (balancer.fails_over and len(targets) > 1):
            pool = self._pool(balancer, level, name)
            yield self._to(way, when, pool, level, level)
            return
        if len(level) > 1:
            self.attributes.append(balancer.key)
        for target, share in zip(level, _shares(balancer, level), strict=True):
            mine = _and(when, None if share is None else f"sample({balancer.key.name}) < {share}")
            if len(asked) > 1:
                yield from self._refusal(way, mine, target.asked)
            order = balancer.order(target, targets) if balancer.fails_over else [target]
            pool = self._pool(balancer, [target], name)
            self._chain(balancer, pool, order)
            yield self._to(way, mine, pool, [target], order)

    def _refusal(self, way: Way, when: str | None, asked: str | None) -> Iterator[Rule]:
        """That Kong refuses a request which names another model than its target has."""
        if asked is not None:
            self.attributes.append(MODEL)
            test = f"has model and model != {quoted(asked)}"
            message = quoted(f"cannot use own model - must be: {asked}")
            yield self._rule(way, _and(when, test), f"fail 400 {message}", "other-model")

    def _to(self, way: Way, when: str | None, pool: str, first: list[Target], order: list[Target]) -> Rule:
        rule = self._rule(way, when, pool)
        self.sent.append(Sent(rule, tuple(map(model_name, first)), tuple(map(model_name, order))))
        return rule

    def _rule(self, way: Way, when: str | None, destination: str, what: str | None = None) -> Rule:
        name = way.route.shown if what is None else f"{way.route.shown}-{what}"
        return Rule(self._rule_names.give(name), when, destination, way.route.span)

    def _pool(self, balancer: Balancer, targets: list[Target], name: str | None) -> str:
        key = (id(balancer.plugin), tuple(target.index for target in targets))
        if key not in self._pool_of:
            self._pool_of[key] = self._new_pool(balancer, targets, name)
        return self._pool_of[key]

    def _new_pool(self, balancer: Balancer, targets: list[Target], name: str | None) -> str:
        members: dict[tuple[str, str], Member] = {}
        waits = self._timeouts(balancer.plugin)
        for target, weight in zip(targets, _weights(balancer, targets), strict=True):
            place = (self.places.upstream(target, waits), model_name(target))
            before = members.get(place)
            weight = min(MAX_WEIGHT, weight + (before.weight if before is not None else 0))
            members[place] = Member(*place, weight, before.span if before is not None else target.span)
        shown = name or (model_name(targets[0]) if len(targets) == 1 else self._owner(balancer.plugin))
        base = shown
        if len(targets) == 1 and sum(model_name(t) == model_name(targets[0]) for t in balancer.targets) > 1:
            base = f"{shown}-{next(iter(members))[0]}"
        if self._many and shown != self._owner(balancer.plugin):
            base = f"{self._owner(balancer.plugin)}-{base}"
        sticky = balancer.key if len(members) > 1 else None
        if sticky is not None:
            self.attributes.append(sticky)
        span = targets[0].span if len(targets) == 1 else balancer.plugin.span
        made = Pool(
            self._pool_names.give(base),
            shown,
            tuple(members.values()),
            None if sticky is None else sticky.name,
            0,
            False,
            None,
            span,
        )
        self.pools.append(made)
        return made.name

    def _chain(self, balancer: Balancer, pool: str, order: list[Target]) -> None:
        if pool in self._chained or len(order) < 2:
            return
        self._chained.add(pool)
        hops = tuple(Hop(self._pool(balancer, [target], None), target.span) for target in order[1:])
        classes = () if balancer.classes == UNAVAILABLE else balancer.classes
        said = next((node for node in (balancer.node.get("failover_criteria"),) if node is not None), None)
        end = balancer.plugin.span if said is None else said.span
        self.chains.append(Chain(Hop(pool, order[0].span), hops, NO_TARGET, end, classes))

    def _timeouts(self, plugin: Plugin) -> Timeouts:
        if plugin.name == ADVANCED:
            return timeouts(plugin.config.mapping("balancer"))
        route = next((r for r in self._config.routes if plugin.bound("route") in r.names), None)
        named = plugin.bound("service")
        service = route.service if route is not None else None
        service = service or next((s for s in self._config.services if named in s.names), None)
        waits = {name: self._config.number(service, f"{name}_timeout", 60_000) for name in ("connect", "read")}
        return (("connect", waits["connect"] or 60_000), ("first_token", waits["read"] or 60_000))

    def _owner(self, plugin: Plugin) -> str:
        """What a plugin is called by: what it is bound to."""
        bound = (plugin.bound(kind) for kind in ("route", "service", "consumer_group", "consumer"))
        named = next((name for name in bound if name is not None and not name.startswith("\0")), plugin.name)
        return plugin.node.text("instance_name") or named


def model_name(target: Target) -> str:
    """What a target is asked for; one that takes the model from the request is called after its provider."""
    return target.model or f"{target.provider} (as asked)"


def _models(made: _Maker, file: str | None) -> Iterator[Model]:
    known = {"gemini": "vertex_ai", "vllm": "hosted_vllm", "huggingface": "huggingface"}
    found: dict[str, Named] = {}
    for balancer in made.used:
        for target in balancer.targets:
            provider = known.get(target.provider, target.provider)
            found.setdefault(model_name(target), Named(model_name(target), provider, None, None))
    served = {member.model for pool in made.pools for member in pool.members}
    yield from (model_of(found[name], file) for name in sorted(served))


def _weights(balancer: Balancer, targets: list[Target]) -> list[int]:
    """The shares of targets as whole numbers from 1 to 100. Where Kong picks by what it measures, all are alike."""
    if balancer.algorithm not in ("round-robin", "consistent-hashing", "least-connections"):
        return [1] * len(targets)
    divisor = gcd(*(target.weight for target in targets)) or 1
    small = [target.weight // divisor for target in targets]
    most = max(small)
    return small if most <= MAX_WEIGHT else [max(1, round(weight / most * MAX_WEIGHT)) for weight in small]


def _shares(balancer: Balancer, targets: list[Target]) -> list[str | None]:
    """The share of each target and those before it, in percent; None for the last: it has the rest."""
    weights = _weights(balancer, targets)
    total, before = sum(weights), 0
    found: list[str | None] = []
    for weight in weights[:-1]:
        before += weight
        percent = f"{min(99.99, max(0.01, before / total * 100)):.2f}".rstrip("0").rstrip(".")
        found.append(f"{percent}%")
    return [*found, None]


def _and(*tests: str | None) -> str | None:
    said = [test for test in tests if test is not None]
    return " and ".join(said) or None

"""The resources of Envoy AI Gateway as the plan of a policy."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.sources.draft import Names, quoted, word
from interlock.compiler.sources.envoy.answers import answer_of
from interlock.compiler.sources.envoy.conditions import MODEL, Conditions
from interlock.compiler.sources.envoy.objects import Object, Objects
from interlock.compiler.sources.envoy.order import Domain, Entry, domains
from interlock.compiler.sources.envoy.places import UNKNOWN, Places
from interlock.compiler.sources.envoy.pools import ANY_MODEL, Pools
from interlock.compiler.sources.envoy.ports import Port
from interlock.compiler.sources.envoy.remarks import remarks_of
from interlock.compiler.sources.envoy.routes import Match, Rule
from interlock.compiler.sources.envoy.servings import Serving, serving_of
from interlock.compiler.sources.envoy.traffic import Target, merged, policy_for
from interlock.compiler.sources.models import Named, context_obligations, model_of
from interlock.compiler.sources.plan import Attribute, Given, Plan
from interlock.compiler.sources.plan import Rule as Written

NONE = "-not-found"
"""What the names of rules end with that answer 404."""
NOT_FOUND = 'fail 404 "no matching route"'
HOST = Attribute("host", "string?", 'per session from header "host"', "Which list of routes a request goes by.")
TOKENS = Attribute("input_tokens", "int(0..=10M)", 'rising from gateway "token_counter"', "How long the prompt is.")


class Reader:
    """The rules of a configuration as those of a policy."""

    def __init__(self, objects: Objects, rules: list[Rule], targets: list[Target], ports: list[Port]) -> None:
        self.domains = domains(objects, rules, ports)
        self.conditions = Conditions()
        self.places = Places(objects)
        self.pools = Pools(self.places, self.conditions)
        self.gateways = list(dict.fromkeys(domain.port.shown for domain in self.domains))
        self.servings: dict[tuple[int, ...], Serving] = {}
        self._merged: dict[tuple[int, int], Object] = {}
        self.models: dict[str, tuple[list[str], list[str]]] = {}
        self._targets = targets
        self._names = Names(["otherwise"])

    def serving(self, rule: Rule, port: Port) -> Serving:
        """What becomes of the requests of a rule at a port."""
        found = policy_for(rule, port, self._targets)
        key = (id(rule), *map(id, found or ()))
        if key not in self.servings:
            policy = None
            if found is not None:
                own, parent = found
                policy = own if parent is None else self._together(own, parent)
            self.servings[key] = serving_of(rule, policy, self.places)
        return self.servings[key]

    def _together(self, own: Object, parent: Object) -> Object:
        key = id(own), id(parent)
        if key not in self._merged:
            self._merged[key] = merged(own, parent)
        return self._merged[key]

    def rules(self) -> Iterator[Written]:
        """The rules of the policy, in the order in which Envoy tries them."""
        for domain in self.domains:
            around = self._around(domain)
            everything = " and ".join(around) or None
            taken = False
            for entry in domain.entries:
                if entry.rule is not None:
                    # Those after one that takes everything are written too: that nothing is left for them is found.
                    for rule in self._entry(entry, domain, around):
                        taken = taken or rule.when == everything
                        yield rule
                elif not taken:
                    last = not around and len({id(other.route) for other in domain.entries}) == 1
                    name = "otherwise" if last else self._names.give(f"{entry.route.name}{NONE}")
                    taken = True
                    yield Written(name, everything, NOT_FOUND, entry.route.span)

    def _entry(self, entry: Entry, domain: Domain, around: list[str]) -> Iterator[Written]:
        rule = entry.rule
        assert rule is not None
        match = entry.match or Match((), rule.span)
        condition = self.conditions.of(match)
        serving = self.serving(rule, domain.port)
        own = sorted(set(condition.models or ())) if any(ref.model is None for ref in rule.live) else []
        base = rule.name or (condition.models[0] if condition.models and len(condition.models) == 1 else None)
        base = base or f"{rule.route.name}-{rule.index + 1}"
        if not own:
            own = [ANY_MODEL]
        for model in own:
            tests = [*around]
            if len(own) > 1:
                tests.append(f"{MODEL.name} == {quoted(model)}")
            if condition.when is not None:
                tests.append(condition.when)
            when = " and ".join(tests) or None
            if not serving.levels:
                destination = answer_of(rule, serving.policy)
            else:
                destination, first, reached = self.pools.of(serving, model, base)
                for asked in condition.models or ():
                    if len(own) == 1 or asked == model:
                        self.models.setdefault(asked, (first, reached))
            yield Written(self._names.give(base), when, destination, match.span)

    def _around(self, domain: Domain) -> list[str]:
        tests = []
        if len(self.gateways) > 1:
            tests.append(f"gateway == {quoted(domain.port.shown)}")
        if domain.host.startswith("*."):
            tests.append(f"host like {quoted(domain.host)}")
        elif domain.host != "*":
            tests.append(f"host == {quoted(domain.host)}")
        return tests


def plan_of(reader: Reader, objects: Objects, given: Given) -> Plan:
    """What a configuration means."""
    rules = list(reader.rules())
    if not any(rule.when is None for rule in rules):
        rules.append(Written("otherwise", None, NOT_FOUND, objects.all[0].span))
    pools, chains = reader.pools.pools, reader.pools.chains
    used = sorted({(member.model, reader.pools.providers[member.upstream]) for p in pools for member in p.members})
    named = {model: Named(model, None if provider == UNKNOWN else provider, None, None) for model, provider in used}
    models = tuple(model_of(found, given.models) for found in named.values())
    obligations = context_obligations(
        {name: first for name, (first, _) in reader.models.items()},
        {name: reached for name, (_, reached) in reader.models.items()},
        models,
    )
    more = [TOKENS] if obligations else []
    if len(reader.gateways) > 1:
        listed = ", ".join(quoted(gateway) for gateway in reader.gateways)
        more.insert(0, Attribute("gateway", f"enum({listed})", 'per session from gateway "gateway"', "Which Gateway."))
    if any(domain.host != "*" for domain in reader.domains):
        more.insert(0, HOST)
    remarks = {r.text: r for r in (*remarks_of(objects, reader.domains, list(reader.servings.values())),)}
    remarks |= {r.text: r for r in (*reader.conditions.remarks, *reader.pools.remarks)}
    return Plan(
        name=word(given.title).replace("-", "_"),
        about=(f"Imported from `{given.title}`, resources of Envoy AI Gateway.",),
        attributes=(*reader.conditions.attributes, *more, *reader.pools.attributes),
        models=models,
        upstreams=reader.places.upstreams,
        pools=tuple(pools),
        chains=tuple(chains),
        rules=tuple(rules),
        obligations=tuple(obligations),
        invalid=None,
        remarks=tuple(remarks.values()),
    )

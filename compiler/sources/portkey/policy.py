"""A Portkey configuration as the plan of a policy.

Each way through conditions and draws is a rule; each place where requests can be is a pool, with what follows after it
as its chains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.compiler.sources.draft import Names, quoted, word
from interlock.compiler.sources.kong.contexts import obligations
from interlock.compiler.sources.models import Named, model_of
from interlock.compiler.sources.plan import Attribute, Given, Model, Plan, Rule
from interlock.compiler.sources.portkey.attributes import Attributes
from interlock.compiler.sources.portkey.chains import draw, written
from interlock.compiler.sources.portkey.config import Target
from interlock.compiler.sources.portkey.pools import model_name, pools_of
from interlock.compiler.sources.portkey.remarks import remarks_of
from interlock.compiler.sources.portkey.trees import Stop
from interlock.compiler.sources.portkey.upstreams import Upstreams, provider_of
from interlock.compiler.sources.portkey.walk import Place, Places
from interlock.compiler.sources.portkey.ways import Way, ways

TOKENS = Attribute("input_tokens", "int(0..=10M)", 'rising from gateway "tokens"', "How long the prompt is.")
_FACTS = {
    "azure-openai": "azure",
    "azure-ai": "azure_ai",
    "google": "gemini",
    "vertex-ai": "vertex_ai",
    "together-ai": "together_ai",
    "fireworks-ai": "fireworks_ai",
    "mistral-ai": "mistral",
    "perplexity-ai": "perplexity",
    "x-ai": "xai",
}
"""Providers under the names that the facts about models have."""


def plan_of(root: Target, given: Given) -> Plan:
    """What a configuration means. Raises ``TooManyWays``."""
    found = ways(root)
    places = Places()
    starts = [places.start(way.tree) for way in found]
    order, chains = draw([start for start in starts if isinstance(start, Place)])
    attributes = Attributes(way.when for way in found)
    upstreams = Upstreams(target for target in root.all() if target.mode is None)
    pools = pools_of(order, upstreams, attributes)
    names = {number: pool.name for number, pool in pools.items()}
    spans = {place.number: place.ask.owner.span for place in order}
    rules = tuple(_rules(found, starts, names, attributes, root))
    models = tuple(_models(order, given.models))
    sent = [
        (rule.when, _served(start), [model for place in _reached(start) for model in _served(place)])
        for rule, start in zip(rules, starts, strict=True)
        if isinstance(start, Place)
    ]
    tokens, required = obligations(sent, models)
    return Plan(
        name=word(given.title).replace("-", "_"),
        about=(f"Imported from `{given.title}`, a configuration of Portkey's gateway.",),
        attributes=(*attributes.all, *((TOKENS,) if tokens else ())),
        models=models,
        upstreams=upstreams.all,
        pools=tuple(pools.values()),
        chains=tuple(written(chain, names, spans) for chain in chains),
        rules=rules,
        obligations=required,
        invalid=None,
        remarks=tuple(remarks_of(root, order, attributes)),
    )


def _rules(
    found: list[Way], starts: list[Place | Stop], names: Mapping[int, str], attributes: Attributes, root: Target
) -> Iterator[Rule]:
    given = Names(["otherwise"])
    for way, start in zip(found, starts, strict=True):
        to = names[start.number] if isinstance(start, Place) else f"fail {start.status} {quoted(start.message)}"
        when = attributes.text(way.when)
        name = "otherwise" if when is None else given.give(way.name or root.shown)
        yield Rule(name, when, to, way.span)


def _models(order: list[Place], file: str | None) -> Iterator[Model]:
    found: dict[str, Named] = {}
    for place in order:
        for target, _ in place.ask.targets:
            provider = provider_of(target)
            name = model_name(target)
            found.setdefault(name, Named(name, _FACTS.get(provider, provider), None, None))
    yield from (model_of(found[name], file) for name in sorted(found))


def _served(place: Place) -> list[str]:
    return [model_name(target) for target, _ in place.ask.targets]


def _reached(start: Place) -> list[Place]:
    """A place and all that can follow it, each once."""
    found = {start.number: start}
    todo = [start]
    while todo:
        for following in todo.pop().after:
            if isinstance(following, Place) and following.number not in found:
                found[following.number] = following
                todo.append(following)
    return list(found.values())

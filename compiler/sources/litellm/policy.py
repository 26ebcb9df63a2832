"""A LiteLLM configuration as the plan of a policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interlock.compiler.sources.draft import Names, quoted, word
from interlock.compiler.sources.litellm.chains import Chains, Start
from interlock.compiler.sources.litellm.config import CONTEXT, POLICY, Config
from interlock.compiler.sources.litellm.groups import Group, Groups
from interlock.compiler.sources.litellm.names import NameTable, like
from interlock.compiler.sources.litellm.places import Places
from interlock.compiler.sources.litellm.providers import PROVIDERS, provider_of
from interlock.compiler.sources.litellm.remarks import remarks_of, start_of
from interlock.compiler.sources.litellm.walk import Node, Place, Walks
from interlock.compiler.sources.models import Named, context_obligations, model_of
from interlock.compiler.sources.plan import Attribute, Given, Model, Plan, Pool, Remark, Rule
from interlock.dsl.source import Span

MAX_COPIES = 24
"""Pools beyond one a name, for the sake of exactness; with more, nobody could read the policy."""

MODEL = Attribute("model", "string", 'per session from body "/model"', "The name that the client asks for.")
TOKENS = Attribute(
    "input_tokens", "int(0..=10M)", 'rising from gateway "litellm_token_counter"', "How long the prompt is."
)


def plan_of(config: Config, names: NameTable, walks: Walks, given: Given) -> tuple[Plan, dict[Place, Group]]:
    """What a configuration means, and the groups that requests are sent to. Raises ``TooManyStates``."""
    places = Places(config)
    groups = Groups(config, names, places)
    starts = [
        Start(name, span, node)
        for name, span in requested(config, names)
        if (node := walks.start(name, span)) is not None
    ]
    unknown = names.unheard_of() if names.wildcards else None
    if unknown is not None and (node := walks.start(unknown, start_of(config))) is not None:
        starts.append(Start(unknown, start_of(config), node, "any-other-model"))
    chains = Chains(walks, starts, exact=True)
    exact = len(chains.pools) <= len(starts) + MAX_COPIES
    if not exact:
        chains = Chains(walks, starts, exact=False)
    made: dict[str, Group] = {pool.name: groups.group(pool.place) for pool in chains.pools}
    pools = []
    for pool in chains.pools:
        group = made[pool.name]
        pools.append(
            Pool(
                pool.name,
                pool.place.group,
                group.members,
                None if group.sticky is None else group.sticky.name,
                group.retry,
                group.retry_span is not None,
                group.retry_span or start_of(config),
                names.members(pool.place.group)[0].name_span,
                pool.note,
            )
        )
    overall = tuple(remarks_of(config, names, unknown in chains.entry))
    keys = {group.sticky.name: group.sticky for group in made.values() if group.sticky is not None}
    if not exact:
        kind = next(kind for kind in (CONTEXT, POLICY, *config.fallbacks) if kind in config.fallbacks)
        found = config.setting(kind)
        keep = Remark(
            "an error about the prompt in the middle of fallbacks goes by the fallbacks of the group where it happens; "
            "LiteLLM would go on with the rest as well",
            config.root.span if found is None else found[0].span,
        )
        overall = (*overall, keep)
    remarks = {remark.text: remark for group in made.values() for remark in group.remarks}
    models = _models(config, made.values(), given.models)
    nodes = {start.name: reachable(start.node) for start in starts if "*" not in start.name}
    of_place = {pool.place: [m.model for m in made[pool.name].members] for pool in chains.pools}
    obligations = context_obligations(
        {name: of_place[found[0].place] for name, found in nodes.items()},
        {name: [model for node in found for model in of_place[node.place]] for name, found in nodes.items()},
        models,
    )
    tokens = (TOKENS,) if obligations else ()
    plan = Plan(
        name=word(given.title).replace("-", "_"),
        about=(f"Imported from `{given.title}`, a configuration of LiteLLM's proxy.",),
        attributes=(MODEL, *tokens, *keys.values()),
        models=models,
        upstreams=places.upstreams,
        pools=tuple(pools),
        chains=tuple(chains.chains),
        rules=tuple(_rules(config, starts, chains, unknown)),
        obligations=tuple(obligations),
        invalid=None,
        remarks=(*overall, *remarks.values()),
    )
    return plan, {pool.place: made[pool.name] for pool in chains.pools}


def _models(config: Config, groups: Iterable[Group], file: str | None) -> tuple[Model, ...]:
    """The models that are asked for. What a deployment says of its context holds for all that ask for the same model:
    LiteLLM keeps one entry for it, and the last one counts."""
    said: dict[str, Named] = {}
    for deployment in config.deployments:
        before = said.get(deployment.model)
        context = deployment.info.scalar("max_input_tokens")
        own = context.value if context is not None and type(context.value) is int and context.value > 0 else None
        said[deployment.model] = Named(
            deployment.model,
            provider_of(deployment.model, deployment.params.text("custom_llm_provider")),
            deployment.info.text("base_model") or (before.known_as if before else None),
            int(own) if own is not None else before.context if before else None,
        )
    used = sorted({member.model for group in groups for member in group.members})
    return tuple(model_of(said[name], file) for name in used)


def requested(config: Config, names: NameTable) -> Iterator[tuple[str, Span]]:
    """The names that requests may ask for, in the order in which they are looked up, each with its place. Of what a
    wildcard covers those come by themselves that fallbacks name: they may have some, or be tried before their turn.

    Where there is a wildcard, names that nothing covers are not refused: they are served by the first default fallback,
    or by their own fallbacks."""
    groups = config.groups()
    aliases = {alias.name: alias.name_span for alias in config.aliases}
    yield from aliases.items()
    plain = {name: found[0].name_span for name, found in groups.items() if "*" not in name and name not in aliases}
    yield from plain.items()
    seen: set[str] = set()
    providers = {pattern.partition("/")[0] for pattern in names.wildcards if "/" in pattern} & PROVIDERS
    for entry in (entry for entries in config.fallbacks.values() for entry in entries):
        # The fallbacks of a name are those of the name behind a provider, too.
        behind = [(f"{provider}/{entry.group}", entry.span) for provider in sorted(providers)]
        for name, span in ((entry.group, entry.span), *behind, *((t.name, t.span) for t in entry.targets)):
            known = name in aliases or name in plain or name in seen or "*" in name
            group = names.group(name)
            if not known and names.wildcards and (group is None or group in names.wildcards):
                seen.add(name)
                yield name, span
    for pattern in names.wildcards:
        yield pattern, groups[pattern][0].name_span


def _rules(config: Config, starts: list[Start], chains: Chains, unknown: str | None) -> Iterator[Rule]:
    given = Names(["otherwise"])
    for start in starts:
        if start.name == "*":
            yield Rule("otherwise", None, chains.entry["*"], start.span)
            return
        if start.name == unknown:
            note = (
                "A name that nothing covers is not refused, as there is a wildcard: the default fallbacks are for it."
            )
            yield Rule("otherwise", None, chains.entry[unknown], start.span, note)
            return
        test = f"like {quoted(like(start.name))}" if "*" in start.name else f"== {quoted(start.name)}"
        yield Rule(given.give(start.name), f"model {test}", chains.entry[start.name], start.span)
    yield Rule("otherwise", None, 'fail 400 "no such model"', config.root.span)


def reachable(node: Node) -> list[Node]:
    """A node and all that can follow it, each once."""
    found = {id(node): node}
    todo = [node]
    while todo:
        for following in todo.pop().after.values():
            if following is not None and id(following) not in found:
                found[id(following)] = following
                todo.append(following)
    return list(found.values())

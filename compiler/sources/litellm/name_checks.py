"""What is wrong with the names in a LiteLLM configuration, and with what its lists of fallbacks make of them."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.analyses import open_chain
from interlock.compiler.source_findings import (
    circular_fallbacks,
    cut_off_fallback,
    dead_entry,
    uncovered_error,
    unknown_target,
)
from interlock.compiler.sources.litellm.config import (
    CONTEXT,
    DEFAULT_MAX_FALLBACKS,
    FALLBACKS,
    POLICY,
    Config,
    Deployment,
    Entry,
)
from interlock.compiler.sources.litellm.names import NameTable
from interlock.compiler.sources.litellm.providers import is_chat
from interlock.compiler.sources.litellm.walk import Walks, default_of, entry_for
from interlock.dsl.finding import Finding, Related
from interlock.dsl.nearest import nearest
from interlock.dsl.source import Span

_ABOUT = {CONTEXT: "a prompt that is too long", POLICY: "a refusal by content policy"}


def check_names(config: Config, names: NameTable) -> Iterator[Finding]:
    """Findings about names that lead nowhere, and entries that do nothing."""
    yield from _aliases(config, names)
    for kind, entries in config.fallbacks.items():
        yield from _entries(config, names, kind, entries)
        yield from _circles(names, kind, entries)
    yield from _classes(config)
    yield from _without(config)
    for group, deployments in config.groups().items():
        yield from _never_picked(group, deployments)


def check_depth(config: Config, walks: Walks) -> Iterator[Finding]:
    """Targets that the walks have not come to because of `max_fallbacks`. To be asked after the walks were made."""
    limit = config.number("max_fallbacks", DEFAULT_MAX_FALLBACKS)
    found: dict[tuple[int, str], tuple[str, Span, list[str]]] = {}
    for asked, cut in walks.cut.items():
        for (group, target), span in cut.items():
            if span.end - span.start > len(target) + 2:
                continue  # a letter of a text where a list should be
            found.setdefault((span.start, target), (group, span, []))[2].append(asked)
    for (_, target), (group, span, asking) in found.items():
        message = (
            f"requests for {listed(asking)} never come to `{target}`: at `{group}` the limit of {limit} is reached"
        )
        help_ = f"add `{target}` to the fallbacks of `{asking[0]}`: one list may be as long as you like"
        setting = config.setting("max_fallbacks")
        related = () if setting is None else (Related("the limit", setting[0].span),)
        yield Finding(cut_off_fallback.KIND, message, span, help_, related)


def _aliases(config: Config, names: NameTable) -> Iterator[Finding]:
    groups = config.groups()
    aliases = {alias.name: alias for alias in config.aliases}
    for alias in config.aliases:
        if names.group(alias.name) is None:
            if alias.target in aliases:
                other = aliases[alias.target]
                message = f"the alias `{alias.name}` leads to the alias `{alias.target}`, and aliases are followed once"
                related = (Related("an alias as well", other.name_span),)
                help_ = f"write `{alias.name}: {other.target}`"
                yield Finding(unknown_target.KIND, message, alias.target_span, help_, related)
            elif names.is_id(alias.target):
                message = f"the alias `{alias.name}` leads to `{alias.target}`, the id of a deployment: nobody is asked"
                help_ = "write the name of a group, or give that deployment a group of its own"
                yield Finding(unknown_target.KIND, message, alias.target_span, help_)
            else:
                yield _unknown(f"the alias `{alias.name}` leads to", alias.target, alias.target_span, config)
        elif alias.name in groups and alias.target != alias.name:
            message = f"the alias `{alias.name}` hides the group of that name: its requests go to `{alias.target}`"
            related = (Related("this group is never asked for by its name", groups[alias.name][0].name_span),)
            yield Finding(dead_entry.KIND, message, alias.name_span, "give one of the two another name", related)
        if names.group(alias.name) is not None:
            yield from _alias_without(config, alias.name, alias.target, alias.name_span)


def _alias_without(config: Config, name: str, target: str, span: Span) -> Iterator[Finding]:
    entries = config.fallbacks.get(FALLBACKS, ())
    own, theirs = entry_for(entries, (name,)), entry_for(entries, (target,))
    if theirs is not None and own is None:
        message = f"requests for the alias `{name}` have no fallbacks: those of `{target}` are for its own name only"
        help_ = f"add `{name}: [{', '.join(t.name for t in theirs.targets)}]` to `fallbacks`"
        related = (Related(f"the fallbacks of `{target}`", theirs.span),)
        yield Finding(uncovered_error.KIND, message, span, help_, related)


def _entries(config: Config, names: NameTable, kind: str, entries: tuple[Entry, ...]) -> Iterator[Finding]:
    default = default_of(config, names)
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.group in first and entry.group != "*":
            message = f"`{entry.group}` has `{kind}` already: only the first entry counts"
            related = (Related("the one that counts", first[entry.group].span),)
            yield Finding(dead_entry.KIND, message, entry.span, "merge the two lists", related)
            continue
        first.setdefault(entry.group, entry)
        if entry.group != "*" and "*" in entry.group:
            message = f"`{kind}` are looked up by the name asked for: no request asks for `{entry.group}`"
            yield Finding(dead_entry.KIND, message, entry.span, 'write them for each name, or for all as `"*"`')
        elif entry.group != "*" and names.group(entry.group) is None:
            close = nearest(entry.group, _all_names(config))
            help_ = f"did you mean `{close}`?" if close else "remove the entry, or add the group to `model_list`"
            message = f"`{kind}` of `{entry.group}`, which is no group: no request gets here"
            yield Finding(dead_entry.KIND, message, entry.span, help_)
        listed: set[str] = set()
        letters = len({target.span.start for target in entry.targets}) == 1 < len(entry.targets)
        for target in () if letters else entry.targets:
            if target.name in listed and not target.parameters:
                message = f"`{target.name}` is listed twice: it is tried once"
                yield Finding(dead_entry.KIND, message, target.span, "remove it")
            listed.add(target.name)
            if names.group(target.name) is None:
                found = _unknown(f"`{entry.group}` falls back to", target.name, target.span, config)
                if default is not None:
                    note = f"LiteLLM asks `{default}` in its place, the first of the defaults"
                    found = Finding(found.kind, found.message, found.span, found.help, notes=(note,))
                yield found


def _unknown(start: str, name: str, span: Span, config: Config) -> Finding:
    close = nearest(name, _all_names(config))
    help_ = f"did you mean `{close}`?" if close else f"add a deployment with `model_name: {name}`"
    return Finding(unknown_target.KIND, f"{start} `{name}`, which is no group", span, help_)


def _all_names(config: Config) -> list[str]:
    return [*config.groups(), *(alias.name for alias in config.aliases)]


def _circles(names: NameTable, kind: str, entries: tuple[Entry, ...]) -> Iterator[Finding]:
    """One finding for each target that leads back to a group on the way to it, each circle once."""
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.group, entry)
    done: set[str] = set()
    for group in first:
        stack = [(group, iter(first[group].targets))] if group not in done else []
        while stack:
            here, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                done.add(here)
                stack.pop()
                continue
            on_the_way = [name for name, _ in stack]
            if len(on_the_way) == 2 and target.name == on_the_way[0]:
                continue  # two that stand in for each other are what both want
            if target.name in on_the_way:
                circle = [*on_the_way[on_the_way.index(target.name) :], target.name]
                way = " → ".join(f"`{name}`" for name in circle)
                if len(circle) == 2:
                    message = f"`{here}` falls back to itself; LiteLLM tries no target twice, so this one does nothing"
                    yield Finding(circular_fallbacks.KIND, message, target.span, f"remove `{target.name}` here")
                elif len(circle) > 3:
                    message = f"fallbacks go in a circle: {way}; LiteLLM tries no target twice, so it ends there"
                    help_ = f"write all that may stand in for a group in its own list, as `{here}: [OTHER, …]`"
                    yield Finding(circular_fallbacks.KIND, message, target.span, help_, level="info")
            elif target.name in first and target.name not in done and names.group(target.name) is not None:
                stack.append((target.name, iter(first[target.name].targets)))


def _without(config: Config) -> Iterator[Finding]:
    """Groups that chat, are no spare of another and have no other deployment to try, and no list of fallbacks."""
    groups = {name: found for name, found in config.groups().items() if "*" not in name and is_chat(found[0])}
    if not config.fallbacks:
        key = config.root.key("model_list")
        if groups and key is not None:
            many = (
                f"none of the {len(groups)} groups for chat has"
                if len(groups) > 1
                else f"`{next(iter(groups))}` does not have"
            )
            message = f"{many} a fallback: an error of its provider is returned to the client"
            help_ = f"add `fallbacks: [{{{next(iter(groups))}: [OTHER]}}]` to `router_settings`"
            yield Finding(open_chain.KIND, message, key.span, help_, level="warning")
        return
    entries = [entry for kind in config.fallbacks.values() for entry in kind]
    spares = {alias.name for alias in config.aliases} | {target.name for entry in entries for target in entry.targets}
    for name, deployments in groups.items():
        if len(deployments) == 1 and name not in spares and entry_for(tuple(entries), (name,)) is None:
            message = f"at `{name}`, an error of the provider is returned to the client: the group has no fallback"
            help_ = f"add `- {name}: [OTHER]` to `fallbacks` in `router_settings`"
            yield Finding(open_chain.KIND, message, deployments[0].name_span, help_, level="warning")


def _classes(config: Config) -> Iterator[Finding]:
    """Lists of fallbacks for one class of errors take those of other groups away."""
    entries = config.fallbacks.get(FALLBACKS, ())
    for kind in (CONTEXT, POLICY):
        if kind not in config.fallbacks or not entries:
            continue
        groups = [g for g in config.groups() if entry_for(entries, (g,)) is not None]
        without = [g for g in groups if entry_for(config.fallbacks[kind], (g,)) is None]
        if without:
            found = config.setting(kind)
            assert found is not None
            message = (
                f"since `{kind}` is set, {_ABOUT[kind]} has no fallback at {listed(without)}: `fallbacks` are not asked"
            )
            help_ = f"add `{without[0]}: [OTHER]` to `{kind}`" + (" and so on" if len(without) > 1 else "")
            yield Finding(uncovered_error.KIND, message, found[0].span, help_)


def listed(names: list[str]) -> str:
    """Names in a sentence, the first of them if they are many."""
    quoted = [f"`{name}`" for name in names]
    if len(names) > 3:
        return f"{', '.join(quoted[:2])} and {len(names) - 2} more"
    return " and ".join(part for part in (", ".join(quoted[:-1]), quoted[-1]) if part)


def _never_picked(group: str, deployments: list[Deployment]) -> Iterator[Finding]:
    ordered = [d for d in deployments if d.order is not None]
    if ordered and len(ordered) < len(deployments):
        most = max(d.order for d in ordered if d.order is not None)
        for d in deployments:
            if d.order is None:
                message = f"this deployment of `{group}` is never asked: it has no `order`, and others have one"
                related = (Related("one that has", ordered[0].span),)
                yield Finding(dead_entry.KIND, message, d.name_span, f"add `order: {most + 1:g}`", related)
    for level in {d.order for d in ordered} or {None}:
        here = [d for d in deployments if d.order == level]
        weighted = [d for d in here if d.params.get("weight") is not None]
        for d in here if 0 < len(weighted) < len(here) else ():
            if d.params.get("weight") is None:
                message = f"this deployment of `{group}` is never picked: it has no `weight`, and others have one"
                related = (Related("one that has", weighted[0].span),)
                yield Finding(dead_entry.KIND, message, d.name_span, "add `weight: 1`, or what it should have", related)

"""A LiteLLM configuration as the proxy understands it, each part with its place.

What the proxy accepts silently is accepted here too: `checks.py` says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable

from interlock.compiler.sources.document import Mapping, Node, Scalar, Sequence, plain
from interlock.dsl.record import record
from interlock.dsl.source import Span

FALLBACKS, CONTEXT, POLICY = "fallbacks", "context_window_fallbacks", "content_policy_fallbacks"
KINDS = (FALLBACKS, CONTEXT, POLICY)
IN_BOTH = frozenset({*KINDS, "default_fallbacks", "num_retries", "max_fallbacks", "allowed_fails"})
"""Settings of the router that `litellm_settings` may hold as well; the router's own win."""

DEFAULT_RETRIES = 2
DEFAULT_MAX_FALLBACKS = 5


@record
class Deployment:
    """One entry of `model_list`. ``group`` is the name it serves, ``model`` what it asks for, ``entry`` all of it."""

    group: str
    model: str
    params: Mapping
    info: Mapping
    entry: Mapping
    name_span: Span
    span: Span

    @property
    def order(self) -> int | float | None:
        """The level within its group, of `litellm_params` else of `model_info`."""
        for holder in (self.params, self.info):
            found = holder.scalar("order")
            if found is not None and isinstance(found.value, int | float) and not isinstance(found.value, bool):
                return found.value
        return None


@record
class Target:
    """A fallback target. One that comes with parameters of its own (``parameters``, as a text) is another than the
    name, and than the same name with others."""

    name: str
    parameters: str
    span: Span
    bare: bool
    """Whether it is written as the name alone."""


@record
class Entry:
    """That a group falls back to others, in their order."""

    group: str
    targets: tuple[Target, ...]
    span: Span


@record
class Alias:
    """Another name for a group."""

    name: str
    target: str
    name_span: Span
    target_span: Span


@record
class Config:
    """What decides where requests go. A kind of ``fallbacks`` that is not set is not among them: that is not the same
    as a list without the group."""

    root: Mapping
    deployments: tuple[Deployment, ...]
    fallbacks: dict[str, tuple[Entry, ...]]
    aliases: tuple[Alias, ...]

    def groups(self) -> dict[str, list[Deployment]]:
        """The deployments of each group, in the order of the file."""
        found: dict[str, list[Deployment]] = {}
        for deployment in self.deployments:
            found.setdefault(deployment.group, []).append(deployment)
        return found

    def setting(self, name: str) -> tuple[Scalar, Node] | None:
        """A setting of the router with its key. An empty list or mapping counts as not set."""
        return setting(self.root, name)

    def value(self, name: str) -> object:
        """The plain value of a setting, None where it is not set."""
        found = self.setting(name)
        return None if found is None else plain(found[1])

    def number(self, name: str, default: int) -> int:
        """A setting that is a number; a number in quotes is taken as one."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return default
        try:
            return int(value)
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        """A setting that is on."""
        return bool(self.value(name))


def setting(root: Mapping, name: str) -> tuple[Scalar, Node] | None:
    """A setting of the router with its key, from `router_settings`, else for some from `litellm_settings`."""
    for section in ("router_settings", "litellm_settings") if name in IN_BOTH else ("router_settings",):
        settings = root.mapping(section)
        key, value = settings.key(name), settings.get(name)
        if key is not None and value is not None and not (isinstance(value, Sequence | Mapping) and not value.items):
            return key, value
    return None


def read_config(root: Mapping) -> Config:
    """The configuration in a document."""
    deployments = tuple(found for item in root.list("model_list") if (found := _deployment(item)) is not None)
    fallbacks = {kind: entries for kind in KINDS if (entries := _entries(root, kind)) is not None}
    default = setting(root, "default_fallbacks")
    if default is not None:
        entry = Entry("*", _targets(default[1]), default[0].span)
        fallbacks[FALLBACKS] = (*fallbacks.get(FALLBACKS, ()), entry)
    aliases = setting(root, "model_group_alias")
    return Config(root, deployments, fallbacks, _aliases(aliases[1]) if aliases is not None else ())


def merged(root: Mapping, load: Callable[[Scalar], Mapping | None]) -> Mapping:
    """A document with what it includes: lists are joined, everything else of an included file replaces what was there.

    ``load`` gives the document that an entry of `include` names, None where there is none or it was read before."""
    items: dict[object, tuple[Scalar, Node]] = {key.value: (key, value) for key, value in root.items}
    for item in root.list("include"):
        included = load(item) if isinstance(item, Scalar) else None
        if included is None:
            continue
        for key, value in merged(included, load).items:
            before = items.get(key.value)
            if before is not None and isinstance(before[1], Sequence) and isinstance(value, Sequence):
                items[key.value] = (before[0], Sequence((*before[1].items, *value.items), before[1].span))
            elif key.value != "include":
                items[key.value] = (key, value)
    return Mapping(tuple(items.values()), root.span)


def _deployment(node: Node) -> Deployment | None:
    if not isinstance(node, Mapping):
        return None
    group, params = node.scalar("model_name"), node.mapping("litellm_params")
    model = params.scalar("model")
    if group is None or model is None:
        return None
    return Deployment(
        str(group.value), str(model.value), params, node.mapping("model_info"), node, group.span, node.span
    )


def _entries(root: Mapping, kind: str) -> tuple[Entry, ...] | None:
    found = setting(root, kind)
    if found is None:
        return None
    entries = []
    for item in found[1].items if isinstance(found[1], Sequence) else ():
        if isinstance(item, Mapping) and item.items:
            # Only the first key of a mapping is looked at.
            group, targets = item.items[0]
            entries.append(Entry(str(group.value), _targets(targets), group.span))
    return tuple(entries)


def _targets(node: Node) -> tuple[Target, ...]:
    """The targets of an entry. A text where a list should be is gone through letter by letter, as the proxy does."""
    if isinstance(node, Scalar):
        return (
            tuple(Target(letter, "", node.span, True) for letter in str(node.value)) if node.value is not None else ()
        )
    targets = []
    for item in node.items if isinstance(node, Sequence) else ():
        name = item.scalar("model") if isinstance(item, Mapping) else item
        if isinstance(name, Scalar) and name.value is not None:
            targets.append(Target(str(name.value), _parameters(item), name.span, item is name))
    return tuple(targets)


def _parameters(item: Node) -> str:
    if not isinstance(item, Mapping) or [key.value for key, _ in item.items] == ["model"]:
        return ""
    return repr(sorted((str(key.value), repr(plain(value))) for key, value in item.items))


def _aliases(node: Node) -> tuple[Alias, ...]:
    found = []
    for key, value in node.items if isinstance(node, Mapping) else ():
        target = value.scalar("model") if isinstance(value, Mapping) else value
        if isinstance(target, Scalar) and target.value is not None:
            found.append(Alias(str(key.value), str(target.value), key.span, target.span))
    return tuple(found)

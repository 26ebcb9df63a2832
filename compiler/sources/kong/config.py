"""A decK file as Kong understands it, each part with its place: services, routes, and the plugins that send requests to
models.

What is wrong with the file is found elsewhere: what has not the shape it should have is passed over here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interlock.compiler.sources.document import Mapping, Node, Scalar, Sequence
from interlock.dsl.record import record
from interlock.dsl.source import Span

AI_PROXY, ADVANCED = "ai-proxy", "ai-proxy-advanced"
PLUGINS = (ADVANCED, AI_PROXY)
SCOPES = ("route", "service", "consumer", "consumer_group")


@record
class Service:
    """A service, under the name or id that others refer to it by."""

    names: tuple[str, ...]
    node: Mapping
    span: Span


@record
class Route:
    """A route; ``service`` is None for one without."""

    names: tuple[str, ...]
    node: Mapping
    service: Service | None
    span: Span
    title: str | None = None

    @property
    def enabled(self) -> bool:
        """Whether the router has it: one of a service that is not enabled is left out."""
        return self.service is None or _enabled(self.service.node)

    @property
    def shown(self) -> str:
        """What people call it."""
        if self.title is None and self.node.scalar("name", "id") is None:
            first = next(iter((*texts(self.node, "paths"), *texts(self.node, "hosts"))), None)
            return "a route without a name" if first is None else str(first.value)
        return self.title or self.names[0]


@record
class Plugin:
    """An entry of `plugins`, anywhere in the file: ``config`` is what it is configured with, ``scope`` has the names
    of what it is bound to, each with the place that says so; ``span`` is its name's, ``nested`` what it stands in."""

    name: str
    node: Mapping
    config: Mapping
    scope: dict[str, tuple[str, Span]]
    span: Span
    nested: str | None = None

    @property
    def enabled(self) -> bool:
        """Whether it runs at all."""
        return _enabled(self.node)

    def bound(self, to: str) -> str | None:
        """The name of what it is bound to, of one kind."""
        found = self.scope.get(to)
        return None if found is None else found[0]


@record
class Config:
    """What decides where requests go. ``plugins`` are those that send requests to models, ``others`` the rest."""

    root: Mapping
    services: tuple[Service, ...]
    routes: tuple[Route, ...]
    plugins: tuple[Plugin, ...]
    others: tuple[Plugin, ...]
    consumers: frozenset[str]
    groups: frozenset[str]

    def number(self, service: Service | None, key: str, default: int) -> int:
        """A setting of a service that is a number, else its default in the file, else Kong's."""
        defaults = self.root.mapping("_info").mapping("defaults").mapping("service")
        for holder in (service.node if service is not None else None, defaults):
            value = whole(None if holder is None else holder.scalar(key))
            if value is not None:
                return value
        return default

    @property
    def partial(self) -> bool:
        """Whether the file says that what it refers to may be in other files or in the gateway already."""
        return self.root.mapping("_info").get("default_lookup_tags") is not None


def joined(documents: Iterable[Mapping]) -> Mapping:
    """The documents of one or several files as one, as decK puts them together: lists are joined."""
    items: dict[object, tuple[Scalar, Node]] = {}
    first: Mapping | None = None
    for document in documents:
        first = first or document
        for key, value in document.items:
            before = items.get(key.value)
            if before is not None and isinstance(before[1], Sequence) and isinstance(value, Sequence):
                value = Sequence((*before[1].items, *value.items), before[1].span)
                key = before[0]
            items[key.value] = (key, value)
    assert first is not None
    return Mapping(tuple(items.values()), first.span)


def read_config(root: Mapping) -> Config:
    """The configuration in a document."""
    services: list[Service] = []
    routes: list[Route] = []
    plugins = list(_plugins(root, root, {}))
    for node in _mappings(root, "services"):
        service = Service(_names(node, "name", "id"), node, _span(node, "name", "id"))
        services.append(service)
        plugins += _plugins(root, node, {"service": (service.names[0], service.span)})
        for inner in _mappings(node, "routes"):
            routes.append(Route(_names(inner, "name", "id"), inner, service, _span(inner, "name", "id")))
    by_name = {name: service for service in services for name in service.names}
    for node in _mappings(root, "routes"):
        named = reference(node, "service")
        # A service that is not in this file may be in another one.
        found = (
            None if named is None else by_name.get(named[0]) or Service((named[0],), Mapping((), named[1]), named[1])
        )
        routes.append(Route(_names(node, "name", "id"), node, found, _span(node, "name", "id")))
    for route in routes:
        plugins += _plugins(root, route.node, {"route": (route.names[0], route.span)})
    people: dict[str, set[str]] = {"consumers": set(), "consumer_groups": set()}
    for key, scope, keys in (
        ("consumers", "consumer", ("username", "custom_id", "id")),
        ("consumer_groups", "consumer_group", ("name", "id")),
    ):
        for node in _mappings(root, key):
            names = _names(node, *keys)
            people[key].update(names)
            plugins += _plugins(root, node, {scope: (names[0], _span(node, *keys))})
    for node in _mappings(root, "consumer_groups"):
        people["consumers"].update(name for inner in _mappings(node, "consumers") for name in _names(inner, "username"))
    return Config(
        root,
        tuple(services),
        tuple(routes),
        tuple(plugin for plugin in plugins if plugin.name in PLUGINS),
        tuple(plugin for plugin in plugins if plugin.name not in PLUGINS),
        frozenset(people["consumers"]),
        frozenset(people["consumer_groups"]),
    )


def reference(node: Mapping, key: str) -> tuple[str, Span] | None:
    """What an entity refers to under a key: a name or an id, bare or in a mapping."""
    found = node.get(key)
    if isinstance(found, Mapping):
        found = found.scalar("name", "id", "username")
    return (str(found.value), found.span) if isinstance(found, Scalar) and found.value is not None else None


def whole(said: Scalar | None) -> int | None:
    """The value of a setting that is a whole number of at least 0; None where it is something else."""
    value = None if said is None else said.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def texts(node: Mapping, key: str) -> list[Scalar]:
    """The texts in a list; a bare text counts as a list of one."""
    found = node.get(key)
    items = found.items if isinstance(found, Sequence) else (found,)
    return [item for item in items if isinstance(item, Scalar) and item.value is not None]


def merged(own: Mapping, shared: Mapping) -> Mapping:
    """What a plugin says itself, and below it what it takes from `_plugin_configs`, at every level."""
    items: list[tuple[Scalar, Node]] = []
    for key, value in own.items:
        below = shared.get(str(key.value))
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        items.append((key, merged(value, below) if both else value))  # type: ignore[arg-type]
    items += [(key, value) for key, value in shared.items if own.key(str(key.value)) is None]
    return Mapping(tuple(items), own.span)


def _plugins(root: Mapping, holder: Mapping, scope: dict[str, tuple[str, Span]]) -> Iterator[Plugin]:
    for node in _mappings(holder, "plugins"):
        name = node.scalar("name")
        if name is None:
            continue
        said = {kind: found for kind in SCOPES if (found := reference(node, kind)) is not None}
        config = node.mapping("config")
        source = node.text("_config")
        if source is not None:
            config = merged(config, root.mapping("_plugin_configs").mapping(source))
        yield Plugin(str(name.value), node, config, {**said, **scope}, name.span, next(iter(scope), None))


def _mappings(node: Mapping, key: str) -> Iterator[Mapping]:
    return (item for item in node.list(key) if isinstance(item, Mapping))


def _names(node: Mapping, *keys: str) -> tuple[str, ...]:
    """The names of an entity; one that nobody can write where it has none, for what stands within it."""
    found = tuple(str(found.value) for key in keys if (found := node.scalar(key)) is not None)
    return found or (f"\0{node.span.source.name}:{node.span.start}",)


def _span(node: Mapping, *keys: str) -> Span:
    found = node.scalar(*keys)
    return node.span if found is None else found.span


def _enabled(node: Mapping) -> bool:
    found = node.scalar("enabled")
    return found is None or found.value is not False

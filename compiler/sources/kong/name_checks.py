"""What is wrong with the names that parts of a decK file call each other by, and with plugins that never run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from interlock.compiler.source_findings import dead_entry, refused_configuration, unknown_target
from interlock.compiler.sources.document import Mapping
from interlock.compiler.sources.kong.config import SCOPES, Config, Plugin, Route, Service, reference
from interlock.compiler.sources.kong.scopes import applied
from interlock.compiler.sources.kong.ways import Way
from interlock.dsl.finding import Finding, Related
from interlock.dsl.nearest import nearest
from interlock.dsl.source import Span

_ARTICLES = {"service": "service", "route": "route", "consumer": "consumer", "consumer_group": "consumer group"}


def check_names(config: Config, ways: Sequence[Way]) -> Iterator[Finding]:
    """Findings about names, and about plugins that no request comes to. Where the file has no entity of a kind at all,
    they are taken to be elsewhere."""
    known = {
        "service": {name for service in config.services for name in service.names},
        "route": {name for route in config.routes for name in route.names},
        "consumer": set(config.consumers),
        "consumer_group": set(config.groups),
    }
    lost = set[int]()
    if not config.partial:
        for node in config.root.list("routes"):
            named = reference(node, "service") if isinstance(node, Mapping) else None
            if named is not None and known["service"] and named[0] not in known["service"]:
                yield _unknown("the service of this route", "service", named[0], named[1], known["service"])
        for plugin in (*config.plugins, *config.others):
            for kind, (name, span) in plugin.scope.items():
                if plugin.nested != kind and known[kind] and name not in known[kind]:
                    lost.add(id(plugin))
                    yield _unknown(f"what `{plugin.name}` is bound to", kind, name, span, known[kind])
    for plugin in (*config.plugins, *config.others):
        yield from _shared_config(config, plugin)
    yield from _twice(config.services, "services")
    yield from _twice(config.routes, "routes")
    yield from _same_scope(config.plugins)
    yield from _never(config, ways, lost)


def _unknown(what: str, kind: str, name: str, span: Span, known: Iterable[str]) -> Finding:
    title = _ARTICLES[kind]
    close = nearest(name, sorted(known))
    help_ = f"did you mean `{close}`?" if close else f"add the {title}, or name its tags in `_info.default_lookup_tags`"
    return Finding(unknown_target.KIND, f"`{name}`, {what}, is no {title}: decK refuses the file", span, help_)


def _shared_config(config: Config, plugin: Plugin) -> Iterator[Finding]:
    named = plugin.node.scalar("_config")
    shared = config.root.mapping("_plugin_configs")
    if named is None or shared.get(str(named.value)) is not None:
        return
    close = nearest(str(named.value), [str(key.value) for key, _ in shared.items])
    help_ = f"did you mean `{close}`?" if close else f"add `{named.value}` to `_plugin_configs`"
    message = f"`{named.value}` is none of `_plugin_configs`: decK refuses the file"
    yield Finding(unknown_target.KIND, message, named.span, help_)


def _twice(entities: Sequence[Service | Route], title: str) -> Iterator[Finding]:
    seen: dict[str, Span] = {}
    for entity in entities:
        for name in (name for name in entity.names if not name.startswith("\0")):
            before = seen.setdefault(name, entity.span)
            if before is not entity.span:
                related = (Related("the other one", before),)
                message = f"two {title} are called `{name}`: names are unique"
                yield Finding(refused_configuration.KIND, message, entity.span, "give it a name of its own", related)


def _same_scope(plugins: Sequence[Plugin]) -> Iterator[Finding]:
    seen: dict[tuple[object, ...], Plugin] = {}
    for plugin in plugins:
        before = seen.setdefault((plugin.name, *(plugin.bound(kind) for kind in SCOPES)), plugin)
        if before is not plugin:
            message = f"`{plugin.name}` is twice in one place: decK refuses the file"
            related = (Related("the other one", before.span),)
            yield Finding(refused_configuration.KIND, message, plugin.span, "remove one of the two", related)


def _never(config: Config, ways: Sequence[Way], lost: set[int]) -> Iterator[Finding]:
    """Plugins that run for no route: for each there is one that is bound more closely, or no route at all."""
    run: set[int] = set()
    for way in ways:
        run.update(id(each.plugin) for each in applied(config, way.route))
    live = any(route.enabled for route in config.routes)
    why = "each route has one that is bound more closely" if live else "no service with routes is enabled"
    for plugin in config.plugins:
        if plugin.enabled and id(plugin) not in run | lost:
            message = f"this `{plugin.name}` never runs: {why if _is_wide(config, plugin) else 'nothing leads to it'}"
            yield Finding(dead_entry.KIND, message, plugin.span, "remove it, or what keeps requests from it")


def _is_wide(config: Config, plugin: Plugin) -> bool:
    """Whether a plugin is bound to no service or route, or to one that some request comes to."""
    bound = [plugin.bound(kind) for kind in ("route", "service")]
    names = {name for r in config.routes if r.enabled for name in (*r.names, *(r.service.names if r.service else ()))}
    return all(name is None or name in names for name in bound)

"""Which plugin runs for a request to a route: the most specific of those that apply, as Kong looks them up."""

from __future__ import annotations

from interlock.compiler.sources.draft import quoted
from interlock.compiler.sources.kong.config import PLUGINS, Config, Plugin, Route
from interlock.compiler.sources.plan import Attribute
from interlock.dsl.record import record

CONSUMER = Attribute(
    "consumer", "string?", 'per session from gateway "kong.client.get_consumer"', "Who asks, as Kong knows them."
)
GROUPS = Attribute(
    "consumer_groups",
    "set(string)",
    'per session from gateway "kong.client.get_consumer_groups"',
    "The groups of who asks.",
)
_PRECEDENCE = (
    {"consumer", "route", "service"},
    {"consumer_group", "service", "route"},
    {"consumer", "route"},
    {"consumer", "service"},
    {"consumer_group", "route"},
    {"consumer_group", "service"},
    {"route", "service"},
    {"consumer"},
    {"consumer_group"},
    {"route"},
    {"service"},
    set[str](),
)


@record
class Applied:
    """A plugin that runs for a route, for the requests that ``test`` holds for (None: all that are left)."""

    plugin: Plugin
    test: str | None
    attribute: Attribute | None


def applied(config: Config, route: Route) -> list[Applied]:
    """The plugins that can run for a route, in the order in which Kong looks for one that applies. Of `ai-proxy` and
    `ai-proxy-advanced`, which are looked up apart, the latter counts where both would run."""
    found: list[Applied] = []
    for name in PLUGINS:
        ranked = sorted((p for p in config.plugins if p.enabled and p.name == name and _applies(p, route)), key=rank)
        for plugin in ranked:
            if found and found[-1].test is None:
                return found
            found.append(_applied(plugin))
    return found


def rank(plugin: Plugin) -> tuple[int, str]:
    """The place of a plugin in the order of precedence. Of several groups, the first in the alphabet counts."""
    scope = set(plugin.scope)
    place = next((n for n, kinds in enumerate(_PRECEDENCE) if kinds == scope), 0)
    return place, plugin.bound("consumer_group") or ""


def _applies(plugin: Plugin, route: Route) -> bool:
    own, service = plugin.bound("route"), plugin.bound("service")
    if own is not None and own not in route.names:
        return False
    return service is None or (route.service is not None and service in route.service.names)


def _applied(plugin: Plugin) -> Applied:
    consumer, group = plugin.bound("consumer"), plugin.bound("consumer_group")
    if consumer is not None:
        return Applied(plugin, f"consumer == {quoted(consumer)}", CONSUMER)
    if group is not None:
        return Applied(plugin, f"consumer_groups contains {quoted(group)}", GROUPS)
    return Applied(plugin, None, None)

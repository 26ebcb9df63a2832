"""Ways to what plugins are bound to and a file does not have: a file may hold a part of the configuration."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.sources.draft import quoted
from interlock.compiler.sources.kong.config import Config, Plugin, Route, Service
from interlock.compiler.sources.kong.ways import Way
from interlock.compiler.sources.plan import Attribute

ROUTE = Attribute("route", "string?", 'per session from gateway "kong.router.get_route"', "The route, by name.")
SERVICE = Attribute("service", "string?", 'per session from gateway "kong.router.get_service"', "The service, by name.")


def elsewhere(config: Config) -> Iterator[Way]:
    """Those ways, the narrowest first. Where the file has no routes, there is one for all requests as well if a plugin
    takes them all."""
    routes = {name for route in config.routes for name in route.names}
    services = {name for route in config.routes if route.service is not None for name in route.service.names}
    bound: dict[tuple[str | None, str | None], Plugin] = {}
    for plugin in config.plugins:
        route, service = plugin.bound("route"), plugin.bound("service")
        if plugin.enabled and (route is not None or service is not None):
            if route not in routes and (route is not None or service not in services):
                bound.setdefault((route, service), plugin)
        elif plugin.enabled and not config.routes:
            bound.setdefault((None, None), plugin)
    for (route, service), plugin in sorted(bound.items(), key=lambda item: _width(*item[0])):
        said = [(ROUTE, route), (SERVICE, service)]
        rest = " and ".join(f"{a.name} == {quoted(name)}" for a, name in said if name is not None) or None
        missing = f"`{route}`" if route is not None else f"routes of `{service}`"
        remark = f"{missing} are not in this file: whether a request is for them is here an attribute"
        made = None if service is None else Service((service,), plugin.node, plugin.span)
        title = route or service or "any"
        yield Way(
            Route(() if route is None else (route,), plugin.node, made, plugin.span, title),
            0,
            None,
            (),
            rest,
            tuple(attribute for attribute, name in said if name is not None),
            () if rest is None else (remark.replace("` are", "` is").replace("them", "it") if route else remark,),
        )


def _width(route: str | None, service: str | None) -> int:
    return (route is None) * 2 + (service is None)

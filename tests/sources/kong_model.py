"""Where Kong sends a request, as plainly as docs/gateways/kong.md says it.

It shares no code with the importer: it goes over the plain YAML, and over one request attempt by attempt. The router is
written after Kong's `router/transform.lua`: the same expression, evaluated on the request, and the same priority.
"""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass, field
from typing import Any

Config = dict[str, Any]
Failure = int | str
CONNECT, HANG = "connect", "hang"


@dataclass(frozen=True)
class Request:
    """A request, its headers under names in lower case."""

    path: str = "/"
    method: str = "POST"
    host: str = "a.example.com"
    headers: dict[str, str] = field(default_factory=dict)
    consumer: str | None = None
    groups: tuple[str, ...] = ()
    model: str | None = None


@dataclass(frozen=True)
class Walk:
    """What a request may meet: Kong's own answer with one of ``statuses``, or, by the first target that is picked, the
    targets of a plugin in the order in which they are asked while errors come that lead on."""

    statuses: tuple[int, ...] = ()
    plugin: dict[str, Any] | None = None
    orders: dict[int, tuple[int, ...]] = field(default_factory=dict)


class Kong:
    """A configuration, and what becomes of requests."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.services = {s["name"]: s for s in config.get("services", ())}
        self.routes: list[tuple[dict[str, Any], dict[str, Any] | None]] = []
        for service in config.get("services", ()):
            if service.get("enabled", True):
                self.routes += [(route, service) for route in service.get("routes", ())]
        for route in config.get("routes", ()):
            named = route.get("service")
            service = None if named is None else self.services[named if isinstance(named, str) else named["name"]]
            if service is None or service.get("enabled", True):
                self.routes.append((route, service))
        self.plugins: list[tuple[dict[str, Any], dict[str, str]]] = []
        for plugin in config.get("plugins", ()):
            self.plugins.append((plugin, {k: plugin[k] for k in KINDS if plugin.get(k)}))
        for service in config.get("services", ()):
            self.plugins += [(plugin, {"service": service["name"]}) for plugin in service.get("plugins", ())]
        for route, _ in (*self.routes, *((r, None) for s in self.services.values() for r in s.get("routes", ()))):
            for plugin in route.get("plugins", ()):
                if all(plugin is not known for known, _ in self.plugins):
                    self.plugins.append((plugin, {"route": route["name"]}))
        for key, kind, name in (("consumers", "consumer", "username"), ("consumer_groups", "consumer_group", "name")):
            for entity in config.get(key, ()):
                self.plugins += [(plugin, {kind: entity[name]}) for plugin in entity.get("plugins", ())]

    def matched(self, request: Request) -> tuple[dict[str, Any], dict[str, Any] | None] | None:
        """The route of a request, with its service."""
        best: tuple[int, dict[str, Any], dict[str, Any] | None] | None = None
        for route, service in self.routes:
            for part in split(route):
                key = priority(part)
                if holds(part, request) and (best is None or key > best[0]):
                    best = key, route, service
        return None if best is None else (best[1], best[2])

    def ties(self, request: Request) -> bool:
        """Whether two routes of one priority match, of which the ids would decide."""
        found = [
            (priority(part), route["name"]) for route, _ in self.routes for part in split(route) if holds(part, request)
        ]
        best = max((key for key, _ in found), default=None)
        return len({name for key, name in found if key == best}) > 1

    def plugin(self, name: str, request: Request) -> dict[str, Any] | None:
        """The plugin of a name that runs for a request: of those that are bound to it the one most closely."""
        found = self.matched(request)
        assert found is not None
        route, service = found
        for kinds in ORDER:
            for group in sorted(request.groups) if "consumer_group" in kinds else ("",):
                wanted = {"route": route["name"], "service": (service or {}).get("name"), "consumer": request.consumer}
                wanted["consumer_group"] = group or None
                want = {kind: wanted[kind] for kind in kinds}
                if None in want.values():
                    continue
                for plugin, scope in self.plugins:
                    if plugin["name"] == name and plugin.get("enabled", True) and scope == want:
                        return plugin
        return None

    def walk(self, request: Request) -> Walk:
        """What becomes of a request."""
        if self.matched(request) is None:
            return Walk((404,))
        plugin = self.plugin("ai-proxy-advanced", request)
        if plugin is not None:
            return balanced(plugin, request)
        plugin = self.plugin("ai-proxy", request)
        if plugin is None:
            return Walk((404,))
        return alone(plugin["config"]["model"].get("name"), plugin, request)


KINDS = ("route", "service", "consumer", "consumer_group")
ORDER: tuple[tuple[str, ...], ...] = (
    ("consumer", "route", "service"),
    ("consumer_group", "service", "route"),
    ("consumer", "route"),
    ("consumer", "service"),
    ("consumer_group", "route"),
    ("consumer_group", "service"),
    ("route", "service"),
    ("consumer",),
    ("consumer_group",),
    ("route",),
    ("service",),
    (),
)


def alone(model: str | None, plugin: dict[str, Any], request: Request) -> Walk:
    """A request to a plugin with one target."""
    return Walk((400,)) if refused(model, request) else Walk((), plugin, {0: (0,)})


def refused(model: str | None, request: Request) -> bool:
    """Whether a request names another model than the target it is for, which Kong does not take."""
    return model is not None and request.model not in (None, "", model)


def balanced(plugin: dict[str, Any], request: Request) -> Walk:
    """A request to a plugin with several targets: all that may be first, and who is asked after each."""
    targets = plugin["config"]["targets"]
    balancer = plugin["config"].get("balancer") or {}
    places = list(range(len(targets)))
    aliased = any(target["model"].get("model_alias") for target in targets)
    if aliased:
        known = [target["model"].get("model_alias") or target["model"].get("name") for target in targets]
        places = [place for place in places if known[place] == request.model]
    levels = [places]
    if balancer.get("algorithm") == "priority":
        weights = sorted({targets[place].get("weight", 100) for place in places}, reverse=True)
        levels = [[p for p in places if targets[p].get("weight", 100) == weight] for weight in weights]
    statuses = set() if places else {400}
    orders = {}
    for at, first in enumerate(levels[0] if places else ()):
        if not aliased and refused(targets[first]["model"].get("name"), request):
            statuses.add(400)
            continue
        order = [*levels[0][at:], *levels[0][:at], *(place for level in levels[1:] for place in level)]
        orders[first] = tuple(order[: balancer.get("retries", 5) + 1])
    return Walk(tuple(statuses), plugin, orders)


def tried_again(plugin: dict[str, Any], failure: Failure) -> bool:
    """Whether the next target is asked after an error: as `proxy_next_upstream` of nginx with these words."""
    balancer = plugin["config"].get("balancer") or {}
    criteria = set(balancer.get("failover_criteria", ("error", "timeout")))
    if failure == CONNECT:
        return "error" in criteria
    if "non_idempotent" not in criteria:
        return False  # a POST that has been sent
    return ("timeout" if failure == HANG else f"http_{failure}") in criteria


def split(route: dict[str, Any]) -> list[dict[str, Any]]:
    """A route as the router has it: one for each length of its paths, one for all its regular expressions."""
    groups: dict[int, list[str]] = {}
    for path in route.get("paths", ()):
        groups.setdefault(0 if path[0] == "~" else len(path), []).append(path)
    return [{**route, "paths": paths} for paths in groups.values()] or [route]


def priority(route: dict[str, Any]) -> int:
    """`get_priority`, with the numbers of LuaJIT: `lshift` of a number counts modulo 32 and gives 32 bits."""
    kinds = sum(bool(route.get(key)) for key in ("methods", "hosts", "headers", "snis", "paths"))
    hosts = route.get("hosts") or ()
    paths = route.get("paths") or [""]
    found = lshift(kinds, 61) | lshift(len(route.get("headers") or {}), 52)
    if hosts and all("*" not in host for host in hosts):
        found |= 1 << 60
    if paths[0].startswith("~"):
        found |= 1 << 51 | lshift(route.get("regex_priority", 0), 19)
    else:
        found |= len(paths[0])
    return found & 0xFFFFFFFFFFFFFFFF


def lshift(number: int, count: int) -> int:
    """`bit.lshift` of a number that is no cdata."""
    return ctypes.c_int32(number << count % 32).value


def holds(route: dict[str, Any], request: Request) -> bool:
    """`get_expression`, evaluated."""
    if route.get("methods") and request.method not in route["methods"]:
        return False
    if route.get("hosts") and not any(host_is(host, request.host) for host in route["hosts"]):
        return False
    paths = route.get("paths")
    if paths and not any(
        re.search("^" + path[1:].replace("?<", "?P<"), request.path)
        if path[0] == "~"
        else request.path.startswith(path)
        for path in paths
    ):
        return False
    for name, values in (route.get("headers") or {}).items():
        given = request.headers.get(name.lower())
        if given is None or not any(value_is(value, given.lower()) for value in values):
            return False
    return True


def value_is(wanted: str, given: str) -> bool:
    """Whether a header in lower case is what is asked for; an expression is put in lower case too."""
    return re.search(wanted[2:].lower(), given) is not None if wanted.startswith("~*") else given == wanted.lower()


def host_is(wanted: str, given: str) -> bool:
    """Whether a host is one, or one of a kind."""
    if wanted.startswith("*"):
        return given.endswith(wanted[1:])
    return given.startswith(wanted[:-1]) if wanted.endswith("*") else given == wanted

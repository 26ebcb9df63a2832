"""In which order Envoy tries the matches of all routes.

Envoy Gateway makes one list a listener and host of the routes of all AIGatewayRoutes: a match with more headers comes
before one with fewer, then one with more exact headers; only then counts the age of the route, and at last the order
written. Each route ends with a match for everything, which answers 404.
"""

from __future__ import annotations

from collections.abc import Iterable

from interlock.compiler.sources.document import Scalar
from interlock.compiler.sources.envoy.objects import ROUTE, Object, Objects
from interlock.compiler.sources.envoy.ports import Port, is_at
from interlock.compiler.sources.envoy.routes import Match, Rule
from interlock.dsl.record import record


@record
class Entry:
    """One match of a rule in the list. Without ``rule`` it is the 404 at the end of ``route``."""

    route: Object
    rule: Rule | None
    match: Match | None


@record
class Domain:
    """What is done with requests for one host at one port: ``host`` is `*` for all that have no list of their own."""

    port: Port
    host: str
    entries: tuple[Entry, ...]


def domains(objects: Objects, rules: Iterable[Rule], ports: Iterable[Port]) -> list[Domain]:
    """The lists of a configuration: by port in their order, the most specific host first."""
    by_route: dict[int, list[Rule]] = {}
    for rule in rules:
        by_route.setdefault(id(rule.route), []).append(rule)
    found = []
    for port in ports:
        routes = [route for route in objects.of(ROUTE) if is_at(route, port, objects)]
        # How old they are only files from a cluster say; routes that are made at once go by name.
        routes.sort(key=lambda route: (route.created, route.namespace, route.name))
        hosts = {host for route in routes for host in hosts_of(route)}
        for host in sorted(hosts, key=_specific):
            here = [route for route in routes if host in hosts_of(route)]
            found.append(Domain(port, host, tuple(_entries(here, by_route))))
    return found


def _entries(routes: list[Object], by_route: dict[int, list[Rule]]) -> list[Entry]:
    entries = []
    for route in routes:
        for rule in by_route.get(id(route), ()):
            entries += [Entry(route, rule, match) for match in rule.matches or (None,)]
        entries.append(Entry(route, None, None))
    return sorted(entries, key=lambda entry: specificity(entry.match))  # stable


def specificity(match: Match | None) -> tuple[int, int]:
    """What matches are sorted by, the first to be tried least."""
    headers = () if match is None else match.headers
    return -len(headers), -sum(header.exact for header in headers)


def hosts_of(route: Object) -> list[str]:
    """The hosts of a route; `*` where it has all."""
    said = [str(h.value).lower() for h in route.spec.list("hostnames") if isinstance(h, Scalar)]
    return list(dict.fromkeys(said)) or ["*"]


def _specific(host: str) -> tuple[int, int, str]:
    return (2 if host == "*" else 1 if host.startswith("*") else 0), -len(host), host

"""Where requests come in: the listeners of Gateways, as far as routes and policies tell them apart."""

from __future__ import annotations

from collections.abc import Iterable

from interlock.compiler.sources.document import Mapping
from interlock.compiler.sources.envoy.objects import ROUTE, Object, Objects
from interlock.dsl.record import record


@record
class Port:
    """A Gateway (`namespace/name`) or, where it matters which, one of its listeners; ``shown`` is its name for people.
    Without ``listener`` it stands for those that nothing is said of."""

    gateway: str
    listener: str | None
    shown: str


def ports_of(objects: Objects, meant: Iterable[tuple[str, str]]) -> list[Port]:
    """The ports that routes are attached to, in the order written. ``meant`` are the listeners, each with its Gateway,
    that policies are for."""
    found: list[Port] = []
    said: dict[str, set[str | None]] = {}
    for route in objects.of(ROUTE):
        for gateway, section in attached(route):
            said.setdefault(gateway, set()).add(section)
    named = set(meant)
    for gateway, sections in said.items():
        known = listeners_of(objects, gateway)
        apart = {section for section in sections if section} | {name for of, name in named if of == gateway}
        if known is not None and len(known) == 1:
            here = [Port(gateway, known[0], gateway)]
        elif not apart:
            here = [Port(gateway, None, gateway)]
        else:
            here = [Port(gateway, name, f"{gateway}/{name}") for name in (known or sorted(apart))]
            if known is None:
                here.append(Port(gateway, None, gateway))
        found += [port for port in here if any(is_at(route, port, objects) for route in objects.of(ROUTE))]
    return found


def is_at(route: Object, port: Port, objects: Objects) -> bool:
    """Whether a route takes requests that come in at a port."""
    fits = any(
        gateway == port.gateway and (section is None or section == port.listener)
        for gateway, section in attached(route)
    )
    return fits and lets_in(objects, port, route)


def attached(route: Object) -> list[tuple[str, str | None]]:
    """The Gateways of a route (`namespace/name`), each with the listener, if one is said."""
    found: dict[tuple[str, str | None], None] = {}
    # Up to v0.3 they were called otherwise.
    for ref in route.spec.list("parentRefs") or route.spec.list("targetRefs"):
        name = ref.text("name") if isinstance(ref, Mapping) else None
        if isinstance(ref, Mapping) and name is not None:
            found[f"{ref.text('namespace') or route.namespace}/{name}", ref.text("sectionName")] = None
    return list(found)


def gateways_of(route: Object) -> list[str]:
    """The Gateways of a route, each once."""
    return list(dict.fromkeys(gateway for gateway, _ in attached(route)))


def listeners_of(objects: Objects, gateway: str) -> list[str] | None:
    """The names of the listeners of a Gateway; None where it is not among the files."""
    found = objects.find("Gateway", *gateway.split("/", 1))
    if found is None:
        return None
    names = [item.text("name") for item in found.spec.list("listeners") if isinstance(item, Mapping)]
    return [name for name in names if name is not None]


def lets_in(objects: Objects, port: Port, route: Object) -> bool:
    """Whether a Gateway takes routes of another namespace than its own; one that is not among the files may."""
    found = objects.find("Gateway", *port.gateway.split("/", 1))
    if found is None or found.namespace == route.namespace:
        return True
    for item in found.spec.list("listeners"):
        if isinstance(item, Mapping) and port.listener in (None, item.text("name")):
            allowed = item.mapping("allowedRoutes").mapping("namespaces").text("from")
            if allowed in ("All", "Selector"):
                return True
    return False

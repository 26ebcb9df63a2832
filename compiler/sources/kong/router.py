"""Which route takes a request: the routes in the order in which Kong tries them, each with its predicate.

Kong's router (`traditional_compatible`, the default since 3.0) gives every route a rank: how many kinds of conditions
it has, then whether its hosts are plain, how many headers it asks for, whether its path is a regular expression, and
how long its path is. A route with paths of several lengths counts as several routes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.compiler.sources.document import Mapping, Scalar
from interlock.compiler.sources.draft import quoted
from interlock.compiler.sources.kong.config import Config, Route, texts, whole
from interlock.compiler.sources.kong.patterns import Pattern, any_of, prefix, regex, wildcard
from interlock.compiler.sources.plan import Attribute
from interlock.dsl.record import record

PATH = Attribute("path", "string", 'per session from gateway "kong.request.get_path"', "The path, as Kong sees it.")
METHOD = Attribute("method", "string", 'per session from gateway "kong.request.get_method"', "`POST`, say.")
HOST = Attribute("host", "string", 'per session from gateway "kong.request.get_host"', "The host that is asked.")
_COUNTED = ("sources", "destinations", "methods", "hosts", "headers", "snis", "paths")
_UNSAID = ("sources", "destinations", "snis")
_STREAMS = frozenset({"tcp", "udp", "tls", "tls_passthrough"})


@record
class Way:
    """One way to a route: ``when`` as the language writes it (None: always), what it asks for, and its rank.
    ``unsaid`` are conditions that it leaves out, ``loose`` patterns that hold for more than Kong's."""

    route: Route
    rank: int
    when: str | None
    attributes: tuple[Attribute, ...]
    unsaid: tuple[str, ...]
    loose: tuple[str, ...]


def ways(config: Config) -> list[Way]:
    """All ways to all routes, in the order in which they are tried. Routes with an `expression` are left out."""
    found = [way for route in config.routes if is_http(route) for way in _ways(route)]
    return sorted(found, key=lambda way: -way.rank)


def is_http(route: Route) -> bool:
    """Whether a route takes HTTP requests by conditions of the usual kind."""
    return route.node.get("expression") is None and not _STREAMS & {
        str(p.value) for p in texts(route.node, "protocols")
    }


def header_attribute(name: str, *, session: bool = False) -> Attribute:
    """The attribute that a header is."""
    word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "header"
    word = word if word[0].isalpha() else "x_" + word
    note = f"Header `{name}`." if session else f"Header `{name}`; Kong compares it in lower case."
    return Attribute(word, "string?", f"per session from header {quoted(name.lower())}", note)


def conditions(route: Route) -> list[str]:
    """The kinds of conditions that a route has."""
    return [name for name in _COUNTED if _has(route.node, name)]


def _ways(route: Route) -> Iterator[Way]:
    by_length: dict[int, list[Scalar]] = {}
    for path in texts(route.node, "paths"):
        text = str(path.value)
        # Regular expressions are one way, however long they are.
        by_length.setdefault(0 if text.startswith("~") else len(text), []).append(path)
    for length, paths in by_length.items() or [(None, [])]:
        tests: list[Pattern] = []
        attributes: list[Attribute] = []
        for pattern, attribute in _conditions(route.node):
            tests.append(pattern)
            attributes.append(attribute)
        loose = [pattern.test for pattern in tests if not pattern.exact]
        if paths:
            each = [_path(str(path.value)) for path in paths]
            loose += [str(path.value) for path, pattern in zip(paths, each, strict=True) if not pattern.exact]
            tests.insert(0, any_of(each))
            attributes.insert(0, PATH)
        when = " and ".join(pattern.test for pattern in tests) or None
        unsaid = tuple(name for name in _UNSAID if _has(route.node, name))
        unsaid += tuple("the port of a host" for host in texts(route.node, "hosts") if _port(str(host.value)))[:1]
        yield Way(route, _rank(route, length), when, tuple(dict.fromkeys(attributes)), unsaid, tuple(loose))


def _conditions(node: Mapping) -> Iterator[tuple[Pattern, Attribute]]:
    methods = texts(node, "methods")
    if methods:
        yield any_of([Pattern(f"method == {quoted(str(m.value))}", True) for m in methods]), METHOD
    hosts = texts(node, "hosts")
    if hosts:
        yield any_of([wildcard("host", _bare(str(host.value)).lower()) for host in hosts]), HOST
    for name, _ in node.mapping("headers").items:
        values = texts(node.mapping("headers"), str(name.value))
        if values:
            attribute = header_attribute(str(name.value))
            yield any_of([_header(attribute.name, str(value.value).lower()) for value in values]), attribute


def _header(attribute: str, value: str) -> Pattern:
    if value.startswith("~*"):
        return regex(attribute, value[2:], anchored=False)
    return Pattern(f"{attribute} == {quoted(value)}", True)


def _path(text: str) -> Pattern:
    return regex("path", text[1:], anchored=True) if text.startswith("~") else prefix("path", text)


def _rank(route: Route, length: int | None) -> int:
    """As `get_priority` in Kong's `router/transform.lua`."""
    node = route.node
    hosts = texts(node, "hosts")
    headers = min(len(node.mapping("headers").items), 255)
    is_regex = length == 0
    priority = (whole(node.scalar("regex_priority")) or 0) if is_regex else 0
    return (
        (len(conditions(route)) & 7) << 61
        | (bool(hosts) and not any("*" in str(host.value) for host in hosts)) << 60
        | headers << 52
        | is_regex << 51
        | priority << 19
        | (length or 0) & 0x7FFFF
    )


def _has(node: Mapping, name: str) -> bool:
    found = node.get(name)
    return found is not None and (isinstance(found, Scalar) or bool(found.items))


def _port(host: str) -> bool:
    return re.search(r":\d+$", host) is not None


def _bare(host: str) -> str:
    return re.sub(r":\d+$", "", host)

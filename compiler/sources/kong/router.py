"""Which route takes a request: the routes in the order in which Kong tries them, each with its predicate.

Kong's router gives every route a rank, of how many kinds of conditions it has, whether its hosts are plain, how many
headers it asks for, whether its path is a regular expression, and how long its path is; not in the order that the
documentation gives, though. A route with paths of several lengths counts as several routes. Of equal ones the one with
the larger id is first. What the language cannot say is an attribute that the gateway has to be asked for.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

from interlock.compiler.sources.document import Mapping, Scalar
from interlock.compiler.sources.draft import Names, quoted, word
from interlock.compiler.sources.kong.config import Config, Route, texts, whole
from interlock.compiler.sources.kong.elsewhere import elsewhere
from interlock.compiler.sources.kong.order import remarks_on_order
from interlock.compiler.sources.kong.patterns import any_of, prefix, regex, wildcard
from interlock.compiler.sources.kong.ways import Way
from interlock.compiler.sources.plan import Attribute
from interlock.dsl.credentials import credentials
from interlock.dsl.source import Span

PATH = Attribute("path", "string", 'per session from gateway "kong.request.get_path"', "The path, as Kong sees it.")
METHOD = Attribute("method", "string", 'per session from gateway "kong.request.get_method"', "`POST`, say.")
HOST = Attribute("host", "string", 'per session from gateway "kong.request.get_host"', "The host that is asked.")
PORT = Attribute(
    "port", "int(0..=65535)?", 'per session from gateway "kong.request.get_port"', "The port that is asked."
)
_COUNTED = ("sources", "destinations", "methods", "hosts", "headers", "snis", "paths")
_CONNECTION = ("sources", "destinations", "snis")
_STREAMS = frozenset({"tcp", "udp", "tls", "tls_passthrough"})
_EXPRESSION_FIRST = 0xFF << 56
_SPLIT = uuid.UUID("7f145bf9-0dce-4f91-98eb-debbce4b9f6b")


def ways(config: Config) -> list[Way]:
    """All ways to all routes, in the order in which they are tried; at the end those to what plugins are bound to and
    the file does not have."""
    asked = _Asked()
    each = [way for route in config.routes if route.enabled and is_http(route) for way in _ways(route, asked)]
    each.sort(key=lambda way: (-way.rank, -(way.id.int if way.id is not None else 0)))
    found: list[Way] = []
    for way, remarks in zip(each, remarks_on_order(each), strict=True):
        way = way.with_remarks(remarks)
        if found and found[-1].route is way.route and found[-1].paths:
            way = found.pop().joined(way)
        found.append(way)
    return [*found, *elsewhere(config)]


def is_http(route: Route) -> bool:
    """Whether a route takes HTTP requests, and any at all."""
    streams = _STREAMS & {str(p.value) for p in texts(route.node, "protocols")}
    return not streams and bool(conditions(route) or route.node.get("expression") is not None)


def header_attribute(name: str, *, session: bool = False) -> Attribute:
    """The attribute that a header is."""
    # In a name of the language a credential would no longer be known as one.
    named = re.sub(r"[^a-z0-9]+", "_", "" if credentials(name) else name.lower()).strip("_") or "header"
    named = named if named[0].isalpha() else "x_" + named
    note = f"Header `{name}`." if session else f"Header `{name}`; Kong compares it in lower case."
    return Attribute(named, "string?", f"per session from header {quoted(name.lower())}", note)


def conditions(route: Route) -> list[str]:
    """The kinds of conditions that a route has."""
    return [name for name in _COUNTED if _has(route.node, name)]


class _Asked:
    """Attributes for what the language cannot say, one for each text."""

    def __init__(self) -> None:
        self._names = Names()
        self._made: dict[str, Attribute] = {}

    def attribute(self, name: str, source: str, note: str, span: Span) -> Attribute:
        """The attribute that says whether ``source`` holds."""
        if source not in self._made:
            given = self._names.give("route" if credentials(name) else name.replace("-", "_")).replace("-", "_")
            self._made[source] = Attribute(given, "bool?", f"per session from gateway {quoted(source)}", note, span)
        return self._made[source]


def _ways(route: Route, asked: _Asked) -> Iterator[Way]:
    said = route.node.scalar("expression")
    if route.node.get("expression") is not None:
        text = "an expression" if said is None else str(said.value)
        span = route.span if said is None else said.span
        held = asked.attribute(
            f"{word(route.shown)}_matches", f"kong.router ~ {text}", f"Whether `{route.shown}` matches.", span
        )
        remark = f"the `expression` of `{route.shown}` is not read: whether it holds is here an attribute"
        rank = _EXPRESSION_FIRST | (whole(route.node.scalar("priority")) or 0)
        yield Way(route, rank, _id(route, None), (), held.name, (held,), (remark,))
        return
    by_length: dict[int, list[Scalar]] = {}
    for path in texts(route.node, "paths"):
        text = str(path.value)
        # Regular expressions are one way, however long they are.
        by_length.setdefault(0 if text.startswith("~") else len(text.encode()), []).append(path)
    tests = list(_conditions(route, asked))
    rest = " and ".join(test for test, *_ in tests) or None
    shared = tuple(attribute for _, attributes, _ in tests for attribute in attributes)
    remarks = tuple(remark for *_, found in tests for remark in found)
    for index, (length, paths) in enumerate(by_length.items() or [(None, [])], 1):
        each = [_path(path, asked) for path in paths]
        attributes = tuple(dict.fromkeys([a for _, a, _ in each] + list(shared)))
        told = tuple(remark for *_, remark in each if remark is not None)
        own_id = _id(route, index if len(by_length) > 1 else None)
        yield Way(
            route, _rank(route, length), own_id, tuple(t for t, *_ in each), rest, attributes, (*remarks, *told),
            written=tuple(str(path.value) for path in paths),
            meant=_fields(route, length),
        )  # fmt: skip


_Condition = tuple[str, list[Attribute], list[str]]


def _conditions(route: Route, asked: _Asked) -> Iterator[_Condition]:
    """What a route asks for besides its paths: the predicate, the attributes in it, and what is to be said of it."""
    node = route.node
    methods = texts(node, "methods")
    if methods:
        yield any_of(f"method == {quoted(str(m.value))}" for m in methods), [METHOD], []
    hosts = [str(host.value) for host in texts(node, "hosts")]
    if hosts:
        yield any_of(map(_host, hosts)), [HOST, *([PORT] if any(_port(host) for host in hosts) else [])], []
    for name, _ in node.mapping("headers").items:
        attribute = header_attribute(str(name.value))
        tests, used, remarks = [], [attribute], ["Kong compares the values of headers in lower case; a policy does not"]
        for value in texts(node.mapping("headers"), str(name.value)):
            text = str(value.value).lower()
            test = f"{attribute.name} == {quoted(text)}"
            if text.startswith("~*"):
                found = regex(attribute.name, text[2:], anchored=False)
                if found is None:
                    note = f"Whether the header `{name.value}` matches an expression that the language has not."
                    source = f"lower({str(name.value).lower()}) ~ {text[2:]}"
                    held = asked.attribute(f"{attribute.name}_matches", source, note, value.span)
                    used.append(held)
                    remarks.append(_left(text))
                test = found or held.name
            tests.append(test)
        if tests:
            yield any_of(tests), used, remarks
    for kind in _CONNECTION:
        if _has(node, kind):
            note = f"Whether a connection is one that `{route.shown}` asks for by `{kind}`."
            held = asked.attribute(f"{word(route.shown)}_{kind}", f"{kind} of {route.shown}", note, route.span)
            yield held.name, [held], [f"whether `{kind}` of `{route.shown}` hold is here an attribute"]


def _path(path: Scalar, asked: _Asked) -> tuple[str, Attribute, str | None]:
    text = str(path.value)
    if not text.startswith("~"):
        return prefix("path", text), PATH, None
    found = regex("path", text[1:], anchored=True)
    if found is not None:
        return found, PATH, None
    note = "Whether the path matches an expression that the language has not."
    held = asked.attribute("path_matches", f"kong.request.get_path ~ ^{text[1:]}", note, path.span)
    return held.name, held, _left(text)


def _left(text: str) -> str:
    return f"`{text}` is no list of texts with `.*` in them: whether it matches is here an attribute"


def _host(host: str) -> str:
    test, port = wildcard("host", re.sub(r":\d+$", "", host)), _port(host)
    return test if port is None else f"({test} and port == {port})"


def _port(host: str) -> int | None:
    found = re.search(r":(\d{1,5})$", host)
    return None if found is None else int(found[1])


def _rank(route: Route, length: int | None) -> int:
    """As `get_priority` in Kong's `router/transform.lua` computes it. Some fields are shifted as numbers, of which
    LuaJIT takes 32 bits, others as 64 bits; a number that became negative fills all upper bits."""
    kinds, plain, headers, is_regex, priority, size = _fields(route, length)
    return (
        _int32(kinds << 29) | plain << 60 | is_regex << 51 | _int32(headers << 20) | _int32(priority << 19) | size
    ) % (1 << 64)


def _fields(route: Route, length: int | None) -> tuple[int, int, int, int, int, int]:
    """What makes the rank of a route, in the order of importance that the documentation gives: the kinds of conditions,
    whether hosts are plain, the headers, whether the path is a regular expression, its priority, its length."""
    node = route.node
    hosts = texts(node, "hosts")
    is_regex = length == 0
    return (
        len(conditions(route)),
        int(bool(hosts) and not any("*" in str(host.value) for host in hosts)),
        min(len(node.mapping("headers").items), 255),
        int(is_regex),
        (whole(node.scalar("regex_priority")) or 0) if is_regex else 0,
        (length or 0) & 0x7FFFF,
    )


def _int32(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def _id(route: Route, part: int | None) -> uuid.UUID | None:
    """The id of a route; of the ``part`` of one that counts as several."""
    try:
        own = uuid.UUID(route.node.text("id") or "")
    except ValueError:
        return None
    return own if part is None else uuid.uuid5(_SPLIT, f"{own}#{part}")


def _has(node: Mapping, name: str) -> bool:
    found = node.get(name)
    return found is not None and (isinstance(found, Scalar) or bool(found.items))

"""The rules of AIGatewayRoutes: what they match, and which backends they send to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.compiler.sources.document import Mapping, Node, Scalar
from interlock.compiler.sources.envoy.objects import ROUTE, Object, Objects
from interlock.dsl.record import record
from interlock.dsl.source import Span

MODEL_HEADER = "x-ai-eg-model"
MAX_RULES = 15
DEFAULT_TIMEOUT = 60_000
"""Milliseconds that a request may take in all where a rule says nothing (Envoy Gateway alone would give 15 s)."""


@record
class Header:
    """A condition on a header; its name in lower case. Not ``exact``: a regular expression for the whole value."""

    name: str
    exact: bool
    value: str
    span: Span


@record
class Match:
    """Headers that must all be as said; without any, every request matches."""

    headers: tuple[Header, ...]
    span: Span


@record
class BackendRef:
    """A backend with its share in its priority. ``pool``: an InferencePool, which has no priority."""

    name: str
    namespace: str
    weight: int
    priority: int
    model: str | None
    pool: bool
    node: Mapping
    span: Span


@record
class Rule:
    """A rule of a route. Without ``matches`` it takes every request. ``timeout`` in milliseconds is for all attempts
    together, 0 is none; ``idle`` for the silence in one."""

    route: Object
    index: int
    name: str | None
    matches: tuple[Match, ...]
    backends: tuple[BackendRef, ...]
    timeout: int
    timeout_said: bool
    idle: int | None
    node: Mapping
    span: Span

    @property
    def live(self) -> tuple[BackendRef, ...]:
        """The backends that have a share."""
        return tuple(backend for backend in self.backends if backend.weight > 0)

    @property
    def levels(self) -> list[tuple[BackendRef, ...]]:
        """The backends by priority, the first to be asked first."""
        found = sorted({backend.priority for backend in self.live})
        return [tuple(b for b in self.live if b.priority == priority) for priority in found]


def rules_of(objects: Objects) -> list[Rule]:
    """The rules of all routes, in the order written. Those that Kubernetes would not take are read as far as they
    go."""
    return [rule for route in objects.of(ROUTE) for rule in _rules(route)]


def _rules(route: Object) -> Iterator[Rule]:
    for index, node in enumerate(route.spec.list("rules")):
        if not isinstance(node, Mapping):
            continue
        said = node.mapping("timeouts").text("backendRequest", "request")
        timeout = milliseconds(said) if said is not None else None
        idle = node.text("streamIdleTimeout")
        name = node.scalar("name")
        yield Rule(
            route=route,
            index=index,
            name=None if name is None else str(name.value),
            matches=tuple(_match(match) for match in node.list("matches")),
            backends=tuple(ref for item in node.list("backendRefs") if (ref := _backend(item, route)) is not None),
            timeout=DEFAULT_TIMEOUT if timeout is None else timeout,
            timeout_said=timeout is not None,
            idle=(milliseconds(idle) or None) if idle is not None else None,
            node=node,
            span=node.span if name is None else name.span,
        )


def _match(node: Node) -> Match:
    headers = []
    for item in node.list("headers") if isinstance(node, Mapping) else ():
        name = item.text("name") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and name is not None:
            exact = item.text("type") != "RegularExpression"
            headers.append(Header(name.lower(), exact, item.text("value") or "", item.span))
    return Match(tuple(headers), node.span)


def _backend(node: Node, route: Object) -> BackendRef | None:
    name = node.scalar("name") if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or name is None:
        return None
    pool = node.text("kind") == "InferencePool"
    return BackendRef(
        name=str(name.value),
        namespace=node.text("namespace") or route.namespace,
        weight=whole(node.scalar("weight"), 1),
        priority=0 if pool else whole(node.scalar("priority"), 0),
        model=None if pool else node.text("modelNameOverride") or None,
        pool=pool,
        node=node,
        span=name.span,
    )


def whole(said: Scalar | None, default: int) -> int:
    """A number that is not negative; the default for everything else."""
    value = None if said is None else said.value
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default


_UNITS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}


def milliseconds(text: str) -> int | None:
    """A duration of the Gateway API (`1h30m`, `250ms`) in milliseconds; None for what is none."""
    if not re.fullmatch(r"(\d{1,5}(h|m|s|ms)){1,4}", text):
        return None
    return sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+)(ms|h|m|s)", text))

"""The targets of a Portkey configuration, each with what it inherits.

Retries, parameters that are overridden, timeouts and hosts are inherited from the outside in; the inner one counts. A
provider, a key, status codes and weights are not.
"""

from __future__ import annotations

import math
from fractions import Fraction

from interlock.compiler.sources.document import Mapping, Node, Scalar, Sequence
from interlock.dsl.record import record
from interlock.dsl.source import Span

RETRIED = (429, 500, 502, 503, 504)
"""What is tried again where `retry` does not say what."""

Number = int | float


@record
class Retry:
    """How often a target is asked again, and after which statuses (None: ``RETRIED``)."""

    attempts: int
    codes: tuple[Number, ...] | None
    node: Mapping
    span: Span


@record
class Settings:
    """What a target has, its own or from the outside: ``model`` is what requests are changed to ask for, ``timeout`` in
    milliseconds, ``identified`` that it has an `id`."""

    retry: Retry | None
    model: Scalar | None
    timeout: int | None
    timeout_span: Span | None
    host: Scalar | None
    identified: bool


@record
class Condition:
    """A condition of a target that chooses by conditions, and the name of the target it chooses."""

    query: Mapping
    then: str
    then_span: Span
    span: Span


@record
class Target:
    """A target; without a ``mode`` it is asked itself. ``codes`` are those on which a fallback goes on (None: all but
    success), ``conditions`` is None where the key is missing."""

    path: str
    node: Mapping
    name: str | None
    mode: str | None
    targets: tuple[Target, ...] | None
    codes: tuple[Number, ...] | None
    conditions: tuple[Condition, ...] | None
    default: str | None
    weight: Fraction
    settings: Settings

    @property
    def strategy(self) -> Mapping:
        """How its targets are used; empty where it has none."""
        return self.node.mapping("strategy")

    @property
    def span(self) -> Span:
        """The place to point at: its name, or what else says which one it is."""
        return start_of(self.node)

    @property
    def shown(self) -> str:
        """What it is called, for people."""
        own = self.node.mapping("override_params").text("model")
        return self.name or own or self.node.text("virtual_key", "provider") or self.mode or self.path

    def all(self) -> list[Target]:
        """The target and all within it, in the order written."""
        return [self, *(each for target in self.targets or () for each in target.all())]


def read_target(node: Mapping, path: str = "config", outer: Settings | None = None) -> Target:
    """The target that a mapping of the right form is (see ``checks``)."""
    strategy = node.mapping("strategy")
    settings = _settings(node, outer or Settings(None, None, None, None, None, False))
    inner = node.get("targets")
    targets = None
    if isinstance(inner, Sequence):
        each = enumerate(item for item in inner.items if isinstance(item, Mapping))
        targets = tuple(read_target(item, f"{path}.targets[{n}]", settings) for n, item in each)
        if settings.identified:
            # What a circuit breaker of Portkey's own service has taken out.
            targets = tuple(target for target in targets if not _is_open(target.node)) or targets
    said = strategy.get("conditions")
    conditions = None
    if isinstance(said, Sequence):
        conditions = tuple(_condition(item) for item in said.items if isinstance(item, Mapping))
    weight = number(node.get("weight"))
    return Target(
        path,
        node,
        node.text("name"),
        strategy.text("mode"),
        targets,
        codes_of(strategy),
        conditions,
        strategy.text("default") or None,
        Fraction(1) if weight is None else Fraction(str(weight)),
        settings,
    )


def _settings(node: Mapping, outer: Settings) -> Settings:
    retry, params = node.get("retry"), node.mapping("override_params")
    timeout = number(node.get("request_timeout"))
    host, key = node.scalar("custom_host"), node.key("retry")
    own = None
    if isinstance(retry, Mapping):
        attempts = number(retry.get("attempts")) or 0
        own = Retry(max(0, math.ceil(attempts)), codes_of(retry), retry, retry.span if key is None else key.span)
    said = node.scalar("request_timeout")
    return Settings(
        own or outer.retry,
        params.scalar("model") or outer.model,
        max(1, round(timeout)) if timeout else outer.timeout,
        said.span if timeout and said is not None else outer.timeout_span,
        host if host is not None and host.value else outer.host,
        outer.identified or bool(node.text("id")),
    )


def _is_open(node: Mapping) -> bool:
    found = node.get("is_open")
    return found is not None and (not isinstance(found, Scalar) or bool(found.value))


def _condition(node: Mapping) -> Condition:
    then = node.scalar("then")
    return Condition(
        node.mapping("query"),
        "" if then is None else str(then.value),
        node.span if then is None else then.span,
        start_of(node) if then is None else then.span,
    )


def codes_of(node: Mapping) -> tuple[Number, ...] | None:
    """The status codes of a strategy or of retries; None where it names none."""
    found = node.get("on_status_codes")
    if not isinstance(found, Sequence):
        return None
    return tuple(code for item in found.items if (code := number(item)) is not None)


def number(node: Node | None) -> Number | None:
    """The number that a value is, if it is one."""
    if not isinstance(node, Scalar) or isinstance(node.value, bool):
        return None
    value = node.value
    if isinstance(value, int) and abs(value) > 10**15:
        return math.copysign(1e15, value)
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def start_of(node: Mapping) -> Span:
    """What says most plainly which mapping it is: a name, a provider, else its first key."""
    for key in ("name", "virtual_key", "provider"):
        found = node.scalar(key)
        if found is not None:
            return found.span
    return node.items[0][0].span if node.items else node.span

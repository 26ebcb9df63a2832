"""What a plugin does with a request: which targets it may ask first, and after which errors which next."""

from __future__ import annotations

from interlock.compiler.sources.document import Mapping, Scalar
from interlock.compiler.sources.draft import quoted
from interlock.compiler.sources.kong.config import ADVANCED, Plugin, texts, whole
from interlock.compiler.sources.kong.router import header_attribute
from interlock.compiler.sources.plan import Attribute
from interlock.dsl.record import record
from interlock.dsl.source import Span

REQUEST_ID = "x-kong-llm-request-id"
DEFAULT_RETRIES, DEFAULT_WEIGHT, DEFAULT_TIMEOUT = 5, 100, 60_000
MAX_WEIGHT = 65_535
DEFAULT_CRITERIA = ("error", "timeout")
NON_IDEMPOTENT = "non_idempotent"
MEASURED = {
    "least-connections": "how many requests are under way",
    "lowest-latency": "which was fastest lately",
    "lowest-usage": "what was used lately",
    "semantic": "what the prompt is like",
}
"""The algorithms that pick by what a policy does not know, and what that is."""
ALGORITHMS = frozenset({"round-robin", "consistent-hashing", "priority", *MEASURED})

REQUEST = Attribute(
    "request_id", "string", 'per turn from gateway "kong.request.get_id"', "Kong picks a target for every request."
)


@record
class Target:
    """A model at a provider. ``index`` is its place in the list; ``weight`` a level or a share; ``alias`` and ``model``
    are None where they are not given; ``asked`` is what a request has to ask for, None for anything."""

    index: int
    provider: str
    model: str | None
    alias: str | None
    weight: int
    description: str | None
    node: Mapping
    span: Span

    @property
    def asked(self) -> str | None:
        """What a request has to name as its model, if it names one: no placeholder."""
        return self.model if self.model is not None and "$(" not in self.model else None

    @property
    def shown(self) -> str:
        """What people call it."""
        return self.alias or self.model or self.provider


@record
class Balancer:
    """A plugin as a balancer. ``classes`` are the errors after which it asks the next target, at most ``retries``
    times; ``key`` is what the first target is picked by."""

    plugin: Plugin
    algorithm: str
    retries: int
    criteria: tuple[str, ...]
    classes: tuple[str, ...]
    key: Attribute
    targets: tuple[Target, ...]

    @property
    def node(self) -> Mapping:
        """The section of the file."""
        return self.plugin.config.mapping("balancer")

    @property
    def by_alias(self) -> bool:
        """Whether the model that a request asks for selects targets."""
        return any(target.alias is not None for target in self.targets)

    @property
    def fails_over(self) -> bool:
        """Whether any error leads to another target."""
        return bool(self.classes) and self.retries > 0

    def candidates(self) -> dict[str | None, list[Target]]:
        """The targets among which one is picked, by the model that a request asks for; under None, whatever it asks
        for. A target without an alias goes by the name of its model."""
        if not self.by_alias:
            return {None: list(self.targets)}
        found: dict[str | None, list[Target]] = {}
        for target in self.targets:
            name = target.alias or target.model
            if name is not None:
                found.setdefault(name, []).append(target)
        return found

    def levels(self, candidates: list[Target]) -> list[list[Target]]:
        """Targets that are tried before others, in the order of the levels."""
        if self.algorithm == "semantic":
            # Of targets of one description the heaviest is asked, and the others after it.
            first: dict[object, Target] = {}
            for target in sorted(candidates, key=lambda target: -target.weight):
                first.setdefault(target.index if target.description is None else target.description, target)
            levels = [
                [t for t in candidates if t in first.values()],
                [t for t in candidates if t not in first.values()],
            ]
            return [level for level in levels if level]
        if self.algorithm != "priority":
            return [candidates]
        weights = sorted({target.weight for target in candidates}, reverse=True)
        return [[target for target in candidates if target.weight == weight] for weight in weights]

    def order(self, first: Target, candidates: list[Target]) -> list[Target]:
        """The targets that are asked one after the other, from ``first`` on: those of its level, from it on in the
        order of the file, then the other levels."""
        levels = self.levels(candidates)
        if self.algorithm == "semantic":
            # Only targets of one description stand in for each other, the heavier first.
            levels = [[t for t in candidates if t.description == first.description and first.description is not None]]
            levels[0].sort(key=lambda target: -target.weight)
        own = next((level for level in levels if first in level), [first])
        at = own.index(first)
        order = [*own[at:], *own[:at]] if self.algorithm != "semantic" else [first, *(t for t in own if t is not first)]
        order += [target for level in levels if level is not own for target in level]
        return order[: self.retries + 1]


def balancer_of(plugin: Plugin) -> Balancer:
    """What a plugin says. Values it may not have count as not said."""
    config = plugin.config
    if plugin.name != ADVANCED:
        found = _target(0, config)
        targets = () if found is None else (found,)
        return Balancer(plugin, "", 0, (), (), REQUEST, targets)
    node = config.mapping("balancer")
    retries = whole(node.scalar("retries"))
    criteria = tuple(str(item.value) for item in texts(node, "failover_criteria"))
    if node.get("failover_criteria") is None:
        criteria = DEFAULT_CRITERIA
    algorithm = node.text("algorithm")
    return Balancer(
        plugin,
        algorithm if algorithm in ALGORITHMS else "round-robin",
        DEFAULT_RETRIES if retries is None else retries,
        criteria,
        classes_of(criteria),
        key_of(node) if algorithm == "consistent-hashing" else REQUEST,
        tuple(
            found
            for index, item in enumerate(config.list("targets"))
            if isinstance(item, Mapping) and (found := _target(index, item)) is not None
        ),
    )


def classes_of(criteria: tuple[str, ...]) -> tuple[str, ...]:
    """The classes of errors after which the next target is asked. Requests to models are POST: without
    `non_idempotent` nginx passes them on only as long as nothing of them has been sent."""
    found = ["unreachable"] if "error" in criteria else []
    if NON_IDEMPOTENT in criteria:
        named = set(criteria)
        found += ["overloaded"] if "http_503" in named else []
        found += ["rate_limited"] if "http_429" in named else []
        found += ["server_error"] if named & {"http_500", "http_502"} else []
        found += ["timeout"] if named & {"timeout", "http_504"} else []
    return tuple(sorted(found))


def key_of(node: Mapping) -> Attribute:
    """What `consistent-hashing` hashes."""
    header = node.text("hash_on_header")
    return REQUEST if header is None or header.lower() == REQUEST_ID else header_attribute(header, session=True)


def timeouts(node: Mapping) -> tuple[tuple[str, int], ...]:
    """How long one attempt may take, in milliseconds: to connect, and to the first part of an answer."""
    found = {name: whole(node.scalar(f"{name}_timeout")) for name in ("connect", "read")}
    return (("connect", found["connect"] or DEFAULT_TIMEOUT), ("first_token", found["read"] or DEFAULT_TIMEOUT))


def alias_test(name: str | None) -> str | None:
    """That a request asks for a model."""
    return None if name is None else f"model == {quoted(name)}"


def _target(index: int, node: Mapping) -> Target | None:
    model = node.mapping("model")
    provider = model.text("provider")
    if provider is None:
        return None
    weight = whole(node.scalar("weight"))
    named = model.scalar("name")
    return Target(
        index,
        provider,
        model.text("name"),
        model.text("model_alias"),
        weight if weight is not None and 1 <= weight <= MAX_WEIGHT else DEFAULT_WEIGHT,
        node.text("description"),
        node,
        _best(named, model.scalar("provider"), node),
    )


def _best(*found: Scalar | Mapping | None) -> Span:
    return next(node.span for node in found if node is not None)

"""Requirements, assertions and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from interlock.dsl.policy.predicates import Expr
from interlock.dsl.policy.rules import To
from interlock.dsl.policy.serving import Fail
from interlock.dsl.record import record
from interlock.dsl.source import Span


@record
class Require:
    """``capability`` for the plain form; ``context`` (an int attribute) for ``context >= ATTRIBUTE``."""

    capability: str | None
    context: str | None
    when: Expr
    span: Span
    doc: str | None


Field = Literal["pool", "upstream", "provider", "account", "region", "model", "context"]
Measure = Literal["hops", "providers", "regions", "attempts", "seconds"]
Op = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]


@record
class Assert:
    """``quantifier`` is every, first or chain; ``field`` then is a Field or a Measure; ``values`` holds one
    literal unless ``op`` is in / not in. Durations are in milliseconds. ``span`` is the whole declaration."""

    name: str
    when: Expr
    quantifier: Literal["every", "first", "chain"]
    field: Field | Measure
    op: Op
    values: tuple[str | int, ...]
    span: Span
    name_span: Span
    doc: str | None


@record
class Expect:
    """``to`` is a pool or a fail; a fail's message is compared only where it is not None."""

    to: To | Fail
    rule: str | None
    after: tuple[str, ...]
    span: Span


JSON = bool | int | str | None | list["JSON"]


@record
class TestCase:
    """A ``test`` block; ``request`` is a JSON object, not validated."""

    __test__ = False  # not a pytest class

    title: str
    request: Mapping[str, JSON]
    expects: tuple[Expect, ...]
    span: Span
    doc: str | None

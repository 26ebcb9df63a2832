"""The policy as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.dsl.policy.claims import Assert, Require, TestCase
from interlock.dsl.policy.rules import Rule, To
from interlock.dsl.policy.serving import Chain, Fail, Model, Pool, Upstream
from interlock.dsl.policy.types import Attribute
from interlock.dsl.record import record
from interlock.dsl.source import Span


@record
class Policy:
    """A policy free of T findings. Mappings keep the order of declaration; ``attributes`` is in name
    order, the order in which a request is validated. ``invalid`` defaults to fail 400."""

    name: str
    span: Span
    doc: str | None
    attributes: Mapping[str, Attribute]
    models: Mapping[str, Model]
    upstreams: Mapping[str, Upstream]
    pools: Mapping[str, Pool]
    chains: tuple[Chain, ...]
    rules: tuple[Rule, ...]
    requires: tuple[Require, ...]
    asserts: tuple[Assert, ...]
    tests: tuple[TestCase, ...]
    invalid: To | Fail

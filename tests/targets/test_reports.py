"""Fidelity reports name every part of a policy, whichever gateway it is written for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.compiler.pipeline import front
from interlock.compiler.table import Table
from interlock.compiler.targets import envoy, kong
from interlock.compiler.targets.fidelity import Emitted

DEFAULT = Path(__file__).parents[2] / "stdlib_policies" / "default.route"


@pytest.mark.parametrize("emit", [envoy.emit, kong.emit], ids=["envoy", "kong"])
def test_every_part_of_the_policy_is_in_the_report(emit: Callable[[Table], Emitted]) -> None:
    made = front(str(DEFAULT))
    assert made.policy is not None
    assert made.table is not None
    policy, facts = made.policy, emit(made.table).fidelity.facts
    kinds = ("attribute", "rule", "chain", "timeout", "limit", "breaker")
    assert {kind: sum(fact.kind == kind for fact in facts) for kind in kinds} == {
        "attribute": len(policy.attributes),
        "rule": len(policy.rules),
        "chain": len(policy.chains),
        "timeout": sum(len(each.timeouts) for each in policy.upstreams.values()),
        "limit": sum(each.limit is not None for each in policy.upstreams.values()),
        "breaker": sum(each.breaker is not None for each in policy.upstreams.values()),
    }

"""A generated text all the way through the compiler, and how many of them a test tries."""

from __future__ import annotations

import os
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, settings

from interlock import runtime
from interlock.compiler.artifact import encode
from interlock.compiler.pipeline import front
from interlock.dsl.policy import Policy

SCALE = float(os.environ.get("INTERLOCK_EXAMPLES", "1"))
"""How many times as many examples as usual. At 1 they are the same on every run."""


def examples(usual: int) -> int:
    """How many examples to try where ``usual`` are enough."""
    return max(1, round(usual * SCALE))


def hypothesis_settings(usual: int) -> settings:
    """Settings for a property that is tried ``usual`` times."""
    return settings(
        max_examples=examples(usual),
        deadline=None,
        derandomize=SCALE == 1,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],  # explaining takes minutes
        print_blob=True,
    )


@dataclass(frozen=True)
class Compiled:
    """A policy, its decision table as bytes, and the runtime's reading of it."""

    text: str
    policy: Policy
    artifact: bytes
    table: runtime.Table


def compiled(text: str) -> Compiled:
    """Parse, resolve, lower, encode and load; a generated text never has T findings."""
    result = front("generated.route", text=text)
    assert result.policy is not None, (text, result.findings)
    assert result.table is not None
    artifact = encode(result.table)
    return Compiled(text, result.policy, artifact, runtime.load(artifact))

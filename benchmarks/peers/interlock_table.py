"""Interlock: the compiled table in the Python runtime, from a plain dict to a validated Decision."""

from __future__ import annotations

import json

from benchmarks.peers import Case, Engine
from interlock.runtime import Decision, load


def build(case: Case) -> Engine:
    table = load(case.artifact)
    index = {name: position for position, name in enumerate(json.loads(case.artifact)["rules"])}

    def rule(decision: Decision) -> int:
        assert decision.invalid is None, decision
        return -1 if decision.rule is None else index[decision.rule]

    return Engine("Interlock", f"table {table.version[:12]}", table.decide, rule)

"""What one would write by hand: a function of one ``if`` a rule, in order, generated and compiled.

It validates nothing, builds no Decision, and reads each attribute once into a local variable.
"""

from __future__ import annotations

from typing import Any

from benchmarks.peers import Case, Engine
from benchmarks.policies import Condition, OneOf, Policy, Prefix


def build(case: Case) -> Engine:
    scope: dict[str, Any] = {}
    exec(compile(source(case.policy), "<if-chain>", "exec"), scope)
    return Engine("generated if-chain", "Python", scope["decide"])


def source(policy: Policy) -> str:
    """The function's text; a request without ``model_hint`` has None there."""
    lines = ["def decide(request):", "    model_hint = request.get('model_hint')"]
    for name in ("input_tokens", "home", "tier", "account", "has_tools", "hour"):
        lines.append(f"    {name} = request['{name}']")
    for index, rule in enumerate(policy.rules):
        condition = " and ".join(map(_condition, rule.conditions)) or "True"
        lines += (f"    if {condition}:", f"        return {index}")
    return "\n".join((*lines, "    return -1", ""))


def _condition(condition: Condition) -> str:
    attribute = condition.attribute
    if isinstance(condition, Prefix):
        return f"{attribute}.startswith({condition.prefix!r})"
    if isinstance(condition, OneOf):
        values = condition.values
        if isinstance(values[0], bool):
            return attribute if values[0] else f"not {attribute}"
        if len(values) == 1:
            return f"{attribute} {'!=' if condition.negated else '=='} {values[0]!r}"
        return f"{attribute} {'not in' if condition.negated else 'in'} {values!r}"
    if condition.lo is None:
        return f"{attribute} < {condition.hi}"
    if condition.hi is None:
        return f"{attribute} >= {condition.lo}"
    return f"{condition.lo} <= {attribute} < {condition.hi}"

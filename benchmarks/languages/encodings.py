"""The rules in the form that a peer in Go or JavaScript is asked in, where none of ``benchmarks.peers`` has it."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.policies import Condition, OneOf, Policy, Prefix, Rule


def rego(policy: Policy) -> str:
    """A module for OPA: one rule with an ``else`` for each, which is asked in order."""
    rules = " else := ".join(f"{index} if {{ {_body(rule)} }}" for index, rule in enumerate(policy.rules))
    return f"package route\n\nrule := {rules}\n"


def _body(rule: Rule) -> str:
    return "; ".join(map(_statement, rule.conditions)) or "true"


def _statement(condition: Condition) -> str:
    value = f"input.{condition.attribute}"
    if isinstance(condition, Prefix):
        return f"startswith({value}, {json.dumps(condition.prefix)})"
    if isinstance(condition, OneOf):
        listed = ", ".join(map(json.dumps, condition.values))
        test = f"{value} == {listed}" if len(condition.values) == 1 else f"{value} in {{{listed}}}"
        return f"not {test}" if condition.negated else test  # also of an absent one, which is undefined
    low = [] if condition.lo is None else [f"{value} >= {condition.lo}"]
    high = [] if condition.hi is None else [f"{value} < {condition.hi}"]
    return "; ".join(low + high)


def portkey(policy: Policy, targets: list[str]) -> dict[str, Any]:
    """A configuration of Portkey's gateway, in which rule i leads to ``targets[i]``; the last one is the default."""
    *rules, _ = policy.rules
    conditions = [{"query": _query(rule), "then": target} for rule, target in zip(rules, targets, strict=False)]
    strategy = {"mode": "conditional", "conditions": conditions, "default": targets[-1]}
    return {"strategy": strategy, "targets": [{"name": name, "provider": name} for name in dict.fromkeys(targets)]}


def _query(rule: Rule) -> dict[str, Any]:
    return {f"metadata.{condition.attribute}": _operators(condition) for condition in rule.conditions}


def _operators(condition: Condition) -> dict[str, Any]:
    if isinstance(condition, Prefix):
        return {"$regex": f"^{condition.prefix}"}
    if isinstance(condition, OneOf):
        if len(condition.values) == 1:
            return {"$ne" if condition.negated else "$eq": condition.values[0]}
        return {"$nin" if condition.negated else "$in": list(condition.values)}
    low = {} if condition.lo is None else {"$gte": condition.lo}
    return low if condition.hi is None else {**low, "$lt": condition.hi}


def starts(value: Any, prefix: str) -> Any:
    """A prefix in JsonLogic as it is, without an operator of one's own."""
    return {"===": [{"substr": [value, 0, len(prefix)]}, prefix]}

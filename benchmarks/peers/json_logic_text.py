"""The rules as one JsonLogic expression, for its engines in Rust and in JavaScript.

First match is the one flat `if` of JsonLogic, condition and rule in turn. An absent attribute is null, which
equals no string.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.policies import Condition, OneOf, Policy, Prefix, Rule

Starts = Callable[[Any, str], Any]
"""How an engine says that a value starts with a text: JsonLogic itself has no word for it."""


def expression(policy: Policy, starts: Starts) -> dict[str, Any]:
    """Gives the index of the first rule that holds, -1 if none does."""
    branches = [each for index, rule in enumerate(policy.rules) for each in (_rule(rule, starts), index)]
    return {"if": [*branches, -1]}


def _rule(rule: Rule, starts: Starts) -> Any:
    tests = [_condition(condition, starts) for condition in rule.conditions]
    if not tests:
        return True
    return tests[0] if len(tests) == 1 else {"and": tests}


def _condition(condition: Condition, starts: Starts) -> Any:
    value = {"var": condition.attribute}
    if isinstance(condition, Prefix):
        return starts(value, condition.prefix)
    if isinstance(condition, OneOf):
        return _one_of(condition, value)
    if condition.hi is None:
        return {">=": [value, condition.lo]}
    if condition.lo is None:
        return {"<": [value, condition.hi]}
    return {"and": [{">=": [value, condition.lo]}, {"<": [value, condition.hi]}]}


def _one_of(condition: OneOf, value: dict[str, Any]) -> dict[str, Any]:
    values = condition.values
    if len(values) == 1:
        return {"!==" if condition.negated else "===": [value, values[0]]}
    test = {"in": [value, list(values)]}
    return {"!": [test]} if condition.negated else test

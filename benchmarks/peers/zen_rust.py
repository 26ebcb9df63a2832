"""ZEN in Rust: the expression language of GoRules' engine, through the PyPI package zen-engine, compiled once.

First match is one nested conditional, `c0 ? 0 : (c1 ? 1 : …)`, cut into programs that are asked in order until
one answers: programs of 250 rules were within 5 % of the best of 1, 16, 25, 60, 120, 250 and 500. The engine's
own decision table (hit policy `first`, a column an attribute, a row a rule) answers alike, but a call took more
than 100 µs at every size, so the expressions are what is timed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import zen

from benchmarks.peers import Case, Engine
from benchmarks.policies import Condition, OneOf, Prefix, Rule

RULES_A_PROGRAM = 250
NO_RULE = -1


def build(case: Case) -> Engine:
    rules = case.policy.rules
    starts = range(0, len(rules), RULES_A_PROGRAM)
    compiled = [zen.compile_expression(_first_match(rules[start : start + RULES_A_PROGRAM], start)) for start in starts]
    name, release = "ZEN in Rust", f"zen-engine {version('zen-engine')}"
    if len(compiled) == 1:
        return Engine(name, release, compiled[0].evaluate)

    def decide(request: dict[str, Any]) -> Any:
        for program in compiled:
            rule = program.evaluate(request)
            if rule != NO_RULE:
                return rule
        return NO_RULE

    return Engine(name, release, decide)


def _first_match(rules: Sequence[Rule], start: int) -> str:
    expression = str(NO_RULE)
    for index, rule in reversed(list(enumerate(rules, start))):
        condition = " and ".join(map(_condition, rule.conditions)) or "true"
        expression = f"({condition}) ? {index} : ({expression})"
    return expression


def _condition(condition: Condition) -> str:
    attribute = condition.attribute
    if isinstance(condition, Prefix):
        return f"startsWith({attribute}, {json.dumps(condition.prefix)})"
    if isinstance(condition, OneOf):
        return _one_of(condition)
    low = [] if condition.lo is None else [f"{attribute} >= {condition.lo}"]
    high = [] if condition.hi is None else [f"{attribute} < {condition.hi}"]
    return " and ".join(low + high)


def _one_of(condition: OneOf) -> str:
    """An absent attribute is null here, which equals no string."""
    attribute, values = condition.attribute, condition.values
    if isinstance(values[0], bool):
        return attribute if values[0] else f"not {attribute}"
    listed = ", ".join(map(json.dumps, values))
    if len(values) == 1:
        return f"{attribute} {'!=' if condition.negated else '=='} {listed}"
    return f"{attribute} {'not in' if condition.negated else 'in'} [{listed}]"

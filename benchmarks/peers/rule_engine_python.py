"""rule-engine: a typed expression language interpreted in Python, parsed once.

First match is one nested conditional, `c0 ? 0 : (c1 ? 1 : …)`, cut into programs asked in order. Programs of 1, 8, 30,
60 and 100 rules and one `matches` a rule were tried: from 30 rules on they differ by less than the machine does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import rule_engine

from benchmarks.peers import Case, Engine
from benchmarks.policies import Condition, OneOf, Prefix, Rule

RULES_A_PROGRAM = 30
NO_RULE = -1

KINDS = {
    "input_tokens": rule_engine.DataType.FLOAT,  # its one type of number
    "model_hint": rule_engine.DataType.STRING,
    "home": rule_engine.DataType.STRING,
    "tier": rule_engine.DataType.STRING,
    "account": rule_engine.DataType.STRING,
    "has_tools": rule_engine.DataType.BOOLEAN,
    "hour": rule_engine.DataType.FLOAT,
}


def build(case: Case) -> Engine:
    context = rule_engine.Context(
        type_resolver=rule_engine.type_resolver_from_dict(KINDS),
        default_value=None,  # what an absent attribute reads as: equal to no string
    )
    rules = case.policy.rules
    texts = [_first_match(rules[at : at + RULES_A_PROGRAM], at) for at in range(0, len(rules), RULES_A_PROGRAM)]
    programs = [rule_engine.Rule(text, context=context) for text in texts]

    def decide(request: dict[str, Any]) -> Any:
        for program in programs:
            rule = program.evaluate(request)
            if rule != NO_RULE:
                return rule
        return NO_RULE

    return Engine("rule-engine", f"rule-engine {version('rule-engine')}", decide)


def _first_match(rules: Sequence[Rule], start: int) -> str:
    expression = str(NO_RULE)
    for index, rule in reversed(list(enumerate(rules, start))):
        condition = " and ".join(map(_condition, rule.conditions)) or "true"
        expression = f"({condition}) ? {index} : ({expression})"
    return expression


def _condition(condition: Condition) -> str:
    attribute = condition.attribute
    if isinstance(condition, Prefix):
        return f"{attribute}.starts_with({json.dumps(condition.prefix)})"
    if isinstance(condition, OneOf):
        values = list(map(json.dumps, condition.values))
        if isinstance(condition.values[0], bool):
            return attribute if condition.values[0] else f"not {attribute}"
        if len(values) == 1:
            return f"{attribute} {'!=' if condition.negated else '=='} {values[0]}"
        return f"{'not ' if condition.negated else ''}({attribute} in [{', '.join(values)}])"
    low = [] if condition.lo is None else [f"{attribute} >= {condition.lo}"]
    high = [] if condition.hi is None else [f"{attribute} < {condition.hi}"]
    return " and ".join(low + high)

"""Cedar in Rust, through the PyPI package cedarpy, policies and entities parsed once.

Cedar has no order among policies: a request is allowed when some `permit` holds, and the answer lists every
one that does. So each rule is a `permit`, Cedar numbers them as they are parsed (policy0, policy1, …), and
the first match is the smallest number listed. Every policy is evaluated for every request; asking sets of
RULES_A_SET rules in order until one answers saves a third at 1,000 rules and was the quickest of what was
tried (sets of 30, 60, 100, 150, 250, 500 and all; `is_authorized_batch` gains 10 % at most and answers no
single request). No schema is given, so that nothing is validated; with one Cedar would be slower.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import cedarpy

from benchmarks.peers import Case, Engine
from benchmarks.policies import Condition, OneOf, Prefix, Request, Rule

RULES_A_SET = 150


def build(case: Case) -> Engine:
    rules = case.policy.rules
    sets = [
        (start, cedarpy.PolicySet.from_str("\n".join(map(_permit, rules[start : start + RULES_A_SET]))))
        for start in range(0, len(rules), RULES_A_SET)
    ]
    entities = cedarpy.Entities.from_json_str("[]")

    def decide(request: dict[str, Any]) -> int:
        for start, policies in sets:
            reasons = cedarpy.is_authorized(request, policies, entities).diagnostics.reasons
            if reasons:
                return start + min(int(reason[len("policy") :]) for reason in reasons)
        return -1

    return Engine("Cedar in Rust", f"cedarpy {version('cedarpy')}", decide, form=_form)


def _form(request: Request) -> dict[str, Any]:
    envelope = {"principal": 'Client::"c"', "action": 'Action::"route"', "resource": 'Api::"a"'}
    return {**envelope, "context": request}


def _permit(rule: Rule) -> str:
    condition = " && ".join(map(_condition, rule.conditions)) or "true"
    return f"permit(principal, action, resource) when {{ {condition} }};"


def _condition(condition: Condition) -> str:
    value = f"context.{condition.attribute}"
    if isinstance(condition, Prefix):
        return f'{value} like "{condition.prefix}*"'
    if isinstance(condition, OneOf):
        return _one_of(condition, value)
    low = [] if condition.lo is None else [f"{value} >= {condition.lo}"]
    high = [] if condition.hi is None else [f"{value} < {condition.hi}"]
    return " && ".join(low + high)


def _one_of(condition: OneOf, value: str) -> str:
    values = condition.values
    if isinstance(values[0], bool):
        return value if values[0] else f"!{value}"
    listed = ", ".join(f'"{each}"' for each in values)
    test = f"{value} == {listed}" if len(values) == 1 else f"[{listed}].contains({value})"
    if condition.attribute == "model_hint":  # reading an absent attribute is an error in Cedar
        test = f"(context has model_hint && {test})"
    return f"!({test})" if condition.negated else test

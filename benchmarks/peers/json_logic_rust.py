"""JsonLogic in Rust: the datalogic-rs crate, through the PyPI package datalogic-py, compiled once.

It is here because it is kept up: of the better-known packages in Python `json-logic` rests since 2017,
`json-logic-qubit` since 2018 and `panzi-json-logic` since 2021. First match is the one flat `if` of JsonLogic,
condition and rule in turn. A session, a data handle and JSON text were tried too; none was quicker than
`Rule.evaluate` on the dict. `starts_with` is this crate's own operator.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import datalogic_py

from benchmarks.peers import Case, Engine
from benchmarks.policies import Condition, OneOf, Prefix, Rule


def build(case: Case) -> Engine:
    branches = [each for index, rule in enumerate(case.policy.rules) for each in (_rule(rule), index)]
    compiled = datalogic_py.Engine().compile({"if": [*branches, -1]})
    return Engine("JsonLogic in Rust", f"datalogic-py {version('datalogic-py')}", compiled.evaluate)


def _rule(rule: Rule) -> Any:
    tests = [_condition(condition) for condition in rule.conditions]
    if not tests:
        return True
    return tests[0] if len(tests) == 1 else {"and": tests}


def _condition(condition: Condition) -> dict[str, Any]:
    value = {"var": condition.attribute}  # null when the request has none, which equals no string
    if isinstance(condition, Prefix):
        return {"starts_with": [value, condition.prefix]}
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

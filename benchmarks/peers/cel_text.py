"""The rules as CEL expressions, for all of its engines.

First match is one nested conditional, ``c0 ? 0 : (c1 ? 1 : …)``. The engines limit how deeply an expression
may nest (32 levels in C++, some 25 such conditionals in Rust), so that a long policy becomes several programs
asked in order until one answers, over variables converted once a request. That was also the quickest of what
was tried: one program a rule, and programs of 5, 8, 10, 12, 16, 20 and 25 rules; 16 was best or within 5 %.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.policies import Condition, OneOf, Policy, Prefix, Request, Rule, Value

RULES_A_PROGRAM = 16
NO_RULE = -1


def programs(policy: Policy, rules_a_program: int = RULES_A_PROGRAM) -> list[str]:
    """Expressions that give the index of the first of their rules that holds, or NO_RULE."""
    starts = range(0, len(policy.rules), rules_a_program)
    return [_first_match(policy.rules[start : start + rules_a_program], start) for start in starts]


def form(request: Request) -> dict[str, Value | None]:
    """An absent value is null: equal to no string, as the language wants it."""
    return {**request, "model_hint": request.get("model_hint")}


def _first_match(rules: Sequence[Rule], start: int) -> str:
    expression = str(NO_RULE)
    for index, rule in reversed(list(enumerate(rules, start))):
        condition = " && ".join(map(_condition, rule.conditions)) or "true"
        expression = f"{condition} ? {index} : ({expression})"
    return expression


def _condition(condition: Condition) -> str:
    attribute = condition.attribute
    if isinstance(condition, Prefix):
        return f'{attribute}.startsWith("{condition.prefix}")'
    if isinstance(condition, OneOf):
        if isinstance(condition.values[0], bool):
            return attribute if condition.values[0] else f"!{attribute}"
        operator, between = ("!=", " && ") if condition.negated else ("==", " || ")
        tests = [f'{attribute} {operator} "{value}"' for value in condition.values]
        return f"({between.join(tests)})"
    low = [] if condition.lo is None else [f"{attribute} >= {condition.lo}"]
    high = [] if condition.hi is None else [f"{attribute} < {condition.hi}"]
    return " && ".join(low + high)

"""The rules as Cedar policies, for its bindings to Python and to JavaScript.

Cedar has no order among policies: a request is allowed when some `permit` holds, and the answer lists every
one that does. So each rule is a `permit`, Cedar numbers them as they are parsed (policy0, policy1, …), and
the first match is the smallest number listed. Every policy is evaluated for every request; sets of rules asked
in order until one answers save that for the later ones.
"""

from __future__ import annotations

from benchmarks.policies import Condition, OneOf, Policy, Prefix, Rule


def sets(policy: Policy, rules_a_set: int) -> list[str]:
    """The text of each set; its first rule is the number of the set times ``rules_a_set``."""
    starts = range(0, len(policy.rules), rules_a_set)
    return ["\n".join(map(_permit, policy.rules[start : start + rules_a_set])) for start in starts]


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

"""A generated policy as Interlock source text, so that the whole line is measured: parse, check, compile."""

from __future__ import annotations

from benchmarks.policies import (
    HINTS,
    MAX_TOKENS,
    REGIONS,
    TIERS,
    Condition,
    OneOf,
    Policy,
    Prefix,
    Range,
    Rule,
    Value,
)

_HEAD = f"""\
policy %s

enum region = {", ".join(REGIONS)}

request {{
    input_tokens : int(0..={MAX_TOKENS}) rising
    model_hint : enum({", ".join(HINTS)}, ...)? per turn
    home : region per session
    tier : enum({", ".join(TIERS)}) per session
    account : string per session
    has_tools : bool per turn
    hour : int(0..=23) per turn
}}

model claude-haiku-4-5 {{ context 200K; supports tools }}
model claude-sonnet-4-6 {{ context 1M; supports tools }}
model claude-opus-4-7 {{ context 1M; supports tools }}
model bedrock-sonnet-4-6 {{ context 1M; supports tools }}

upstream anthropic[r in region] {{ provider anthropic; account platform; region r; timeout first_token 30s }}
upstream bedrock {{ provider bedrock; account prod; region us_east; timeout first_token 30s }}

pool opus[r in region] {{ serve anthropic[r] with claude-opus-4-7 }}
pool sonnet {{ serve anthropic[us_east] with claude-sonnet-4-6 }}
pool sonnet_west {{ serve anthropic[us_west] with claude-sonnet-4-6 }}
pool haiku {{ serve anthropic[us_east] with claude-haiku-4-5 }}
pool bedrock_sonnet {{ serve bedrock with bedrock-sonnet-4-6 }}

fallback opus[r in region] -> follow bedrock_sonnet
fallback sonnet -> sonnet_west -> follow bedrock_sonnet
fallback sonnet_west -> sonnet -> follow bedrock_sonnet
fallback haiku -> follow bedrock_sonnet
fallback bedrock_sonnet -> fail 503 "every upstream is down"
"""


def to_text(policy: Policy) -> str:
    """The policy in the Interlock language."""
    return "\n".join((_HEAD % policy.name, *map(_rule, policy.rules), ""))


def _rule(rule: Rule) -> str:
    when = f" when {' and '.join(map(_condition, rule.conditions))}" if rule.conditions else ""
    return f"rule {rule.name}{when} -> {rule.to}"


def _condition(condition: Condition) -> str:
    if isinstance(condition, Prefix):
        return f'{condition.attribute} like "{condition.prefix}*"'
    if isinstance(condition, OneOf):
        return _one_of(condition)
    return _range(condition)


def _range(condition: Range) -> str:
    if condition.lo is None:
        return f"{condition.attribute} < {condition.hi}"
    if condition.hi is None:
        return f"{condition.attribute} >= {condition.lo}"
    return f"{condition.attribute} in {condition.lo}..{condition.hi}"


def _one_of(condition: OneOf) -> str:
    attribute, values = condition.attribute, condition.values
    if isinstance(values[0], bool):
        return attribute if values[0] else f"not {attribute}"
    if len(values) == 1:
        return f"{attribute} {'!=' if condition.negated else '=='} {_value(values[0], attribute)}"
    listed = ", ".join(_value(value, attribute) for value in values)
    return f"{attribute} {'not in' if condition.negated else 'in'} [{listed}]"


def _value(value: Value, attribute: str) -> str:
    return f'"{value}"' if attribute == "account" else str(value)

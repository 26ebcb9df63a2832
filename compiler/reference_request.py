"""Which requests are valid, for the reference evaluator: what each attribute's value is, or the first fault.

A hostile object can lie about its class, its length, its hash, its equality …, so only ``type`` is asked
of a value, and plain copies are made with the methods of the built-in types themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from interlock.dsl.policy import Attribute, BoolType, EnumType, IntType, Policy, SetType, StringType

Value = bool | int | str | frozenset[str] | None
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Invalid:
    """Why a request is invalid; ``attribute`` is None where the request is no JSON object."""

    attribute: str | None
    reason: str
    message: str


def validate(policy: Policy, request: object) -> dict[str, Value] | Invalid:
    """The value of every attribute, or the first fault in name order. Never raises."""
    if not issubclass(type(request), dict):
        return Invalid(None, "not_an_object", "the request is not a JSON object")
    given: dict[str, object] = {}
    for key, value in list(dict.items(cast(Any, request))):
        if issubclass(type(key), str):
            given[str.__str__(key)] = value
    values: dict[str, Value] = {}
    for name in sorted(policy.attributes):
        attribute = policy.attributes[name]
        legal = _value(attribute, given.get(name))
        if isinstance(legal, Invalid) and attribute.default is not None:
            default = attribute.default
            values[name] = frozenset(default) if isinstance(default, tuple) else default
        elif isinstance(legal, Invalid) and legal.reason == "missing" and attribute.optional:
            values[name] = None
        elif isinstance(legal, Invalid) and legal.reason == "missing" and isinstance(attribute.type, SetType):
            values[name] = frozenset()
        elif isinstance(legal, Invalid):
            return legal
        else:
            values[name] = legal
    return values


def _value(attribute: Attribute, value: object) -> Value | Invalid:
    """The legal value that ``value`` is, or what is wrong with it; a default is not looked at."""
    name, kind = attribute.name, attribute.type
    if value is None:
        return Invalid(name, "missing", f"`{name}` is missing")
    if isinstance(kind, BoolType):
        if value is True or value is False:
            return value
        return Invalid(name, "wrong_type", f"`{name}` must be a bool")
    if isinstance(kind, IntType):
        number = _integer(value)
        if number is None:
            return Invalid(name, "wrong_type", f"`{name}` must be an integer")
        if not kind.lo <= number <= kind.hi:
            return Invalid(name, "out_of_range", f"`{name}` must lie in {kind.lo}..={kind.hi}")
        return number
    if isinstance(kind, StringType | EnumType):
        text = _text(value)
        if text is None:
            return Invalid(name, "wrong_type", f"`{name}` must be a string")
        if isinstance(kind, EnumType) and not kind.open and text not in kind.values:
            return Invalid(name, "unknown_value", f"`{name}` must be one of {', '.join(kind.values)}")
        return text
    wrong = Invalid(name, "wrong_type", f"`{name}` must be a list of strings")
    if not issubclass(type(value), list):
        return wrong
    elements = set()
    for item in list.__iter__(cast(Any, value)):
        element = _text(item)
        if element is None:
            return wrong
        elements.add(element)
    within = kind.element
    if isinstance(within, EnumType) and not within.open and not elements <= set(within.values):
        return Invalid(name, "unknown_value", f"`{name}` may hold only {', '.join(within.values)}")
    return frozenset(elements)


def _integer(value: object) -> int | None:
    """The integer that a number of integral value is; a bool is no number."""
    if issubclass(type(value), bool):
        return None
    if issubclass(type(value), int):
        return int.__int__(cast(Any, value))
    if issubclass(type(value), float):
        number = float.__float__(cast(Any, value))
        return int(number) if number.is_integer() else None  # NaN and infinities are not integral
    return None


def _text(value: object) -> str | None:
    """The plain string that ``value`` is; None for another type or a lone surrogate."""
    if not issubclass(type(value), str):
        return None
    text = str.__str__(value)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return text

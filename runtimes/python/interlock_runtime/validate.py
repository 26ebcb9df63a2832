"""Which requests are valid, and what their attributes' values are: plain code, right for any object.

Python objects can lie about their class, hash, equality or length. So nothing here calls a method of the
request's own: only its ``type`` is asked, and copies are made with the built-in types' methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from .decision import Invalid
from .spec import Attribute, BoolAttribute, EnumAttribute, IntAttribute, SetAttribute

Value = bool | int | str | frozenset[str] | None
"""A legal value; None is absent."""


def validate(attributes: Sequence[Attribute], request: object) -> list[Value] | Invalid:
    """The value of each attribute, defaults standing in, or the first fault in their order."""
    if not issubclass(type(request), dict):
        return Invalid(None, "not_an_object", "the request is not a JSON object")
    given: dict[str, object] = {}
    for key, part in list(dict.items(cast(Any, request))):
        if issubclass(type(key), str):
            given[str.__str__(key)] = part
    values: list[Value] = []
    for attribute in attributes:
        value = _legal(attribute, given.get(attribute.name))
        if isinstance(value, Invalid):
            if attribute.default is None:
                return value
            default = attribute.default
            value = frozenset(default) if isinstance(default, tuple) else default
        values.append(value)
    return values


def _legal(attribute: Attribute, value: object) -> Value | Invalid:
    """The legal value that ``value`` is, or what is wrong with it; a missing one with a default is wrong."""
    name = attribute.name
    if value is None:
        if isinstance(attribute, SetAttribute):
            # An empty set is legal, yet a default stands in for a missing one.
            return frozenset() if attribute.default is None else Invalid(name, "missing", "")
        return None if attribute.absent is not None else Invalid(name, "missing", f"`{name}` is missing")
    if isinstance(attribute, BoolAttribute):
        if value is True or value is False:
            return value
        return Invalid(name, "wrong_type", f"`{name}` must be a bool")
    if isinstance(attribute, IntAttribute):
        number = _integer(value)
        if number is None:
            return Invalid(name, "wrong_type", f"`{name}` must be an integer")
        if not attribute.lo <= number <= attribute.hi:
            return Invalid(name, "out_of_range", f"`{name}` must lie in {attribute.lo}..={attribute.hi}")
        return number
    if isinstance(attribute, SetAttribute):
        elements = _texts(value)
        if elements is None:
            return Invalid(name, "wrong_type", f"`{name}` must be a list of strings")
        if attribute.values is not None and not elements.issubset(attribute.values):
            return Invalid(name, "unknown_value", f"`{name}` may hold only {', '.join(attribute.values)}")
        return elements
    text = _text(value)
    if text is None:
        return Invalid(name, "wrong_type", f"`{name}` must be a string")
    if isinstance(attribute, EnumAttribute) and attribute.other is None and text not in attribute.values:
        return Invalid(name, "unknown_value", f"`{name}` must be one of {', '.join(attribute.values)}")
    return text


def _integer(value: object) -> int | None:
    """The integer that a number of integral value is; a bool is no number."""
    kind = type(value)
    if kind is bool:
        return None
    if issubclass(kind, int):
        return int.__int__(cast(Any, value))
    if issubclass(kind, float):
        number = float.__float__(cast(Any, value))
        return int(number) if number.is_integer() else None  # so are NaN and the infinities
    return None


def _text(value: object) -> str | None:
    """The plain string that ``value`` is, if it is one without lone surrogates."""
    if not issubclass(type(value), str):
        return None
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return text


def _texts(value: object) -> frozenset[str] | None:
    """The strings that a list holds, if it is a list of nothing else."""
    if not issubclass(type(value), list):
        return None
    texts = []
    for item in list.copy(cast(Any, value)):
        text = _text(item)
        if text is None:
            return None
        texts.append(text)
    return frozenset(texts)


def key_of(value: object) -> str:
    """The text by which a legal value, that is no set, picks a pool's member."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if type(value) is bool:
        return "true" if value else "false"
    return str(value)

"""Judging single values: whether each is what its attribute is declared to be.

Plain legal values are known at a glance. Whatever is odd goes to the runtime's own plain validation, so that there is
one meaning of "legal".
"""

from __future__ import annotations

from collections.abc import Callable

from interlock.runtime.spec import Attribute, BoolAttribute, EnumAttribute, IntAttribute, SetAttribute
from interlock.runtime.validate import Value, validate

Judge = Callable[[object], tuple[Value, str | None]]
"""Of a value, None for an absent one: what the policy takes it for, its default standing in, and what is wrong with it:
missing, wrong_type, out_of_range, unknown_value or None."""


def judge(attribute: Attribute) -> Judge:
    """What judges the values of an attribute."""
    default: Value = frozenset(attribute.default) if isinstance(attribute.default, tuple) else attribute.default
    bare = _without_default(attribute)
    plain = _plain(attribute)
    if isinstance(attribute, SetAttribute):
        default, absent = frozenset() if default is None else default, None
    else:
        absent = "missing" if attribute.absent is None and default is None else None

    def judged(value: object) -> tuple[Value, str | None]:
        if value is None:
            return default, absent
        if plain(value):
            return value, None  # type: ignore[return-value]
        legal = validate((bare,), {bare.name: value})
        return (default, legal.reason) if not isinstance(legal, list) else (legal[0], None)

    return judged


def _plain(attribute: Attribute) -> Callable[[object], bool]:
    """Whether a value is certainly legal, and itself."""
    if isinstance(attribute, BoolAttribute):
        return lambda value: type(value) is bool
    if isinstance(attribute, IntAttribute):
        lo, hi = attribute.lo, attribute.hi
        return lambda value: type(value) is int and lo <= value <= hi
    if isinstance(attribute, SetAttribute):
        return lambda value: False
    if isinstance(attribute, EnumAttribute) and attribute.other is None:
        known = frozenset(attribute.values)
        return lambda value: type(value) is str and value in known
    return lambda value: type(value) is str and value.isascii()


def _without_default(attribute: Attribute) -> Attribute:
    # An attribute with a default has no fault that validation would tell of.
    fields = attribute.__match_args__
    kind: Callable[..., Attribute] = type(attribute)
    return kind(*[None if name == "default" else getattr(attribute, name) for name in fields])

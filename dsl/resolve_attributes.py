"""Enums and attributes: the types of a request."""

from __future__ import annotations

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.findings.bad_setting import bad_setting
from interlock.dsl.findings.duplicate_name import only_once
from interlock.dsl.findings.out_of_range_literal import beyond_integers, empty_range, outside_range
from interlock.dsl.findings.type_mismatch import type_mismatch
from interlock.dsl.findings.unknown_enum_value import unknown_enum_value
from interlock.dsl.scope import Declared, Scope
from interlock.dsl.source import Span


def check_int(scope: Scope, value: s.Int) -> int:
    """The value, with a finding where it lies beyond ±(2^53−1)."""
    if not -p.MAX_INT <= value.value <= p.MAX_INT:
        scope.report(beyond_integers(value.span, shorten(value.span.text)))
    return value.value


def shorten(text: str) -> str:
    """The user's words on one line, cut where they would fill the screen."""
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:37] + "…"


def enum_values(scope: Scope, names: tuple[s.Name, ...], owner: str) -> tuple[str, ...]:
    """The values of an enum, each once."""
    spans: dict[str, Span] = {}
    for name in names:
        first = spans.setdefault(name.text, name.span)
        if first is not name.span:
            scope.report(only_once(name.span, f"`{shorten(name.text)}`", owner, first))
    return tuple(spans)


def declare_enum(scope: Scope, enum: s.Enum, spans: dict[str, Span]) -> None:
    """Add a named enum to the scope."""
    if scope.declare("enum", enum.name, spans):
        values = enum_values(scope, enum.values, f"`{enum.name.text}`")
        scope.enums[enum.name.text] = Declared(p.EnumType(enum.name.text, values, open=False), enum.name.span)


def declare_attribute(scope: Scope, attribute: s.Attribute, own: bool) -> None:
    """Add an attribute to the scope; the caller has checked that its name is free."""
    name = attribute.name.text
    type_ = _type(scope, attribute.type)
    if type_ is None:
        scope.broken.add(name)
        return
    if attribute.optional and isinstance(type_, p.SetType):
        scope.report(
            bad_setting(
                attribute.type.span,
                f"the set `{name}` cannot be optional",
                "leave out the `?`: a set that is missing is empty",
            )
        )
    if attribute.stability == "rising" and (not isinstance(type_, p.IntType) or attribute.optional):
        scope.report(
            type_mismatch(
                attribute.name.span,
                f"`{name}` cannot be rising: only a required int can",
                "leave out `rising`, or make it a required int",
            )
        )
    if attribute.error is not None and not isinstance(type_, p.IntType):
        scope.report(
            type_mismatch(attribute.error.span, f"`{name}` cannot have an error: only an int can", "leave out `error`")
        )
    elif attribute.error is not None and attribute.error.basis_points > p.MAX_INT:
        scope.report(beyond_integers(attribute.error.span, shorten(attribute.error.span.text)))
    default = None
    if attribute.default is not None:
        default = _default(scope, attribute, type_)
    scope.attributes[name] = p.Attribute(
        name=name,
        type=type_,
        optional=attribute.optional and attribute.default is None and not isinstance(type_, p.SetType),
        stability=attribute.stability or "per turn",
        source=(attribute.source.kind, attribute.source.name.text) if attribute.source else None,
        default=default,
        error=attribute.error.basis_points if attribute.error else None,
        span=attribute.name.span,
        doc=attribute.doc,
        own=own,
    )


def _type(scope: Scope, type_: s.Type) -> p.Type | None:
    match type_:
        case s.BoolType():
            return p.BoolType()
        case s.StringType():
            return p.StringType()
        case s.IntType(range=range_):
            bounds = range_bounds(scope, range_, -p.MAX_INT, p.MAX_INT)
            return p.IntType(*bounds) if bounds else None
        case s.EnumType(values=values, open=open_):
            return p.EnumType(None, enum_values(scope, values, "this enum"), open_)
        case s.NamedType(name=name):
            declared = scope.enums.get(name.text)
            if declared is None and not scope.incomplete:
                scope.unknown("type", name, [*scope.enums, "bool", "int", "string", "set", "enum"])
            return declared.enum if declared else None
        case s.SetType(element=element):
            inner = _type(scope, element)
            if inner is None:
                return None
            assert isinstance(inner, p.StringType | p.EnumType)
            return p.SetType(inner)


def range_bounds(
    scope: Scope, range_: s.Range, lo: int, hi: int, owner: str | None = None, declared: Span | None = None
) -> tuple[int, int] | None:
    """The lowest and highest value of a range within ``lo..=hi``, the range of ``owner`` (None: the
    integers), or None with a finding."""
    words = shorten(range_.span.text)
    first = lo if range_.lo is None else range_.lo
    if range_.hi is None:
        last, highest = hi, hi
    else:
        # `20..24` on int(0..=23) is the natural way to write "to the end".
        last, highest = (range_.hi, hi) if range_.closed else (range_.hi - 1, hi)
    if first > last and range_.lo is not None and range_.hi is not None:
        scope.report(empty_range(range_.span, words))
        return None
    if first < lo or last > highest or first > last:
        scope.report(
            outside_range(range_.span, words, owner, lo, hi, declared)
            if owner is not None
            else beyond_integers(range_.span, words)
        )
        return None
    return first, last


_NOTHING = frozenset(["null", "nil", "none", "None", "undefined"])


def value_of(scope: Scope, value: s.Value, attribute: p.Attribute, type_: p.Type) -> p.Scalar | None:
    """A literal as a value of a scalar type, or None with a finding. ``type_`` is the attribute's type, or
    the element type of a set."""
    owner = f"`{attribute.name}`"
    words = shorten(value.span.text)
    if isinstance(value, s.Name) and not value.quoted and value.text in _NOTHING and not _has(type_, value.text):
        if attribute.optional:
            help_ = f"write `has {attribute.name}`, or `not has {attribute.name}` where it is absent"
        else:
            help_ = f"leave it out: {owner} is never absent"
        scope.report(type_mismatch(value.span, f"nothing equals `{words}`", help_, attribute.span))
        return None
    match type_, value:
        case p.BoolType(), s.Bool(value=truth):
            return truth
        case p.IntType(lo=lo, hi=hi), s.Int(value=number):
            if lo <= number <= hi:
                return number
            scope.report(outside_range(value.span, words, owner, lo, hi, attribute.span))
            return None
        case p.EnumType(values=values, open=open_), s.Name(text=text):
            if text in values:
                return text
            declared = scope.enums.get(type_.name or "")
            if declared is None:
                scope.report(unknown_enum_value(value.span, text, values, owner, attribute.span, open_))
            else:
                named = f"the enum `{type_.name}`"
                scope.report(unknown_enum_value(value.span, text, values, named, declared.span))
            return None
        case p.StringType(), s.Name(text=text, quoted=True):
            return text
        case p.StringType(), s.Name(text=text):
            help_ = f'write `"{text}"`, in quotes'
        case _:
            help_ = {
                p.BoolType: "write `true` or `false`",
                p.IntType: "write a number",
                p.EnumType: "write one of " + ", ".join(getattr(type_, "values", ())[:8]),
                p.StringType: "write a string in quotes",
            }.get(type(type_), "write a value of its type")
    if isinstance(attribute.type, p.SetType):
        fit = f"the elements of {owner}, each {an(type_)}"
    else:
        fit = f"{owner}, which is {an(type_)}"
    scope.report(type_mismatch(value.span, f"`{words}` does not fit {fit}", help_, attribute.span))
    return None


def _has(type_: p.Type, value: str) -> bool:
    return isinstance(type_, p.EnumType) and value in type_.values


def an(type_: p.Type) -> str:
    """A type in words, with its article."""
    match type_:
        case p.BoolType():
            return "a bool"
        case p.IntType():
            return "an int"
        case p.EnumType(name=name):
            return f"an enum (`{name}`)" if name else "an enum"
        case p.StringType():
            return "a string"
        case p.SetType():
            return "a set"


def _default(scope: Scope, attribute: s.Attribute, type_: p.Type) -> p.Scalar | tuple[str, ...] | None:
    default = attribute.default
    assert default is not None
    # The attribute as far as it is known, for findings that name it.
    known = p.Attribute(
        attribute.name.text, type_, False, "per turn", None, None, None, attribute.name.span, None, True
    )
    if isinstance(type_, p.SetType):
        if not isinstance(default, tuple):
            scope.report(
                type_mismatch(
                    default.span,
                    f"the default of the set `{known.name}` is no list",
                    "write the elements in brackets: `[a, b]`",
                    known.span,
                )
            )
            return None
        elements = [value_of(scope, v, known, type_.element) for v in default]
        return tuple(sorted({e for e in elements if isinstance(e, str)}))
    if isinstance(default, tuple):
        scope.report(
            type_mismatch(
                attribute.span,
                f"the default of `{known.name}`, {an(type_)}, is a list",
                "write one value",
                known.span,
            )
        )
        return None
    return value_of(scope, default, known, type_)

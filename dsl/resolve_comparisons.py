"""Comparisons: what a predicate asks of one attribute, names bound and types checked."""

from __future__ import annotations

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.finding import Finding
from interlock.dsl.findings.out_of_range_literal import no_share
from interlock.dsl.findings.type_mismatch import type_mismatch
from interlock.dsl.resolve_attributes import an, range_bounds, shorten, value_of
from interlock.dsl.scope import Scope
from interlock.dsl.source import Span


def resolve_comparison(scope: Scope, expr: s.Expr) -> p.Expr | None:
    """A test of one attribute, or None with at least one finding in the scope."""
    match expr:
        case s.Compare():
            return _compare(scope, expr)
        case s.In(attribute=name, negated=negated, choices=choices):
            attribute = _attribute(scope, name)
            if attribute is None:
                return None
            found = choice(scope, attribute, choices, expr.span)
            return found and _maybe_not(found, negated)
        case s.Like(attribute=name, negated=negated, pattern=pattern):
            attribute = _attribute(scope, name)
            if attribute is None or not _expect(scope, attribute, p.StringType, name.span, "`like` is for strings"):
                return None
            like: p.Expr
            if len(pattern.pieces) == 1:
                like = p.OneOf(attribute.name, pattern.pieces, expr.span)
            else:
                like = p.Like(attribute.name, pattern.pieces, expr.span)
            return _maybe_not(like, negated)
        case s.Contains(attribute=name, quantifier=quantifier, values=values):
            attribute = _attribute(scope, name)
            if attribute is None or not _expect(scope, attribute, p.SetType, name.span, "`contains` is for sets"):
                return None
            assert isinstance(attribute.type, p.SetType)
            elements = [value_of(scope, v, attribute, attribute.type.element) for v in values]
            atoms: list[p.Expr] = [
                p.Contains(attribute.name, e, v.span)
                for e, v in zip(elements, values, strict=True)
                if isinstance(e, str)
            ]
            if len(atoms) < len(values):
                return None
            if len(atoms) == 1:
                return atoms[0]
            return (p.And if quantifier == "all" else p.Or)(tuple(atoms), expr.span)
        case s.Has(attribute=name):
            attribute = _attribute(scope, name)
            if attribute is None:
                return None
            if not attribute.optional:
                why, help_ = "it is always present", "leave it out, or make the attribute optional with `?`"
                if isinstance(attribute.type, p.SetType):
                    why, help_ = "a set is never absent", f"write `{name.text} contains …`"
                elif attribute.default is not None:
                    why, help_ = "its default stands in where it is missing", "leave it out, or remove the default"
                scope.report(
                    type_mismatch(name.span, f"`has {name.text}` is always true: {why}", help_, attribute.span)
                )
                return None
            return p.Has(attribute.name, expr.span)
        case s.Sample(attribute=name, salt=salt, share=share):
            attribute = _attribute(scope, name)
            if attribute is None or not _expect(scope, attribute, p.StringType, name.span, "`sample` is for strings"):
                return None
            if share.basis_points > 10_000:
                scope.report(no_share(share.span, shorten(share.span.text)))
                return None
            return p.Sample(attribute.name, salt.text if salt else None, share.basis_points, expr.span)
        case _:
            raise AssertionError(expr)


def choice(scope: Scope, attribute: p.Attribute, choices: tuple[s.Value, ...] | s.Range, span: Span) -> p.Expr | None:
    """``attribute in choices``, for `in` and for the patterns of a ladder."""
    if isinstance(choices, s.Range):
        if not _expect(scope, attribute, p.IntType, choices.span, "a range is for ints"):
            return None
        assert isinstance(attribute.type, p.IntType)
        bounds = range_bounds(
            scope, choices, attribute.type.lo, attribute.type.hi, f"`{attribute.name}`", attribute.span
        )
        return bounds and p.Between(
            attribute.name,
            choices.lo if choices.lo is None else bounds[0],
            choices.hi if choices.hi is None else bounds[1],
            span,
        )
    if isinstance(attribute.type, p.SetType):
        scope.report(set_is_not_one_value(attribute, span))
        return None
    values = [value_of(scope, v, attribute, attribute.type) for v in choices]
    if any(v is None for v in values):
        return None
    return p.OneOf(attribute.name, tuple(dict.fromkeys(v for v in values if v is not None)), span)


def set_is_not_one_value(attribute: p.Attribute, span: Span) -> Finding:
    """A set is compared like a scalar."""
    return type_mismatch(
        span,
        f"`{attribute.name}` is a set, not one value",
        f"write a condition such as `{attribute.name} contains any [...]`",
        attribute.span,
    )


def _compare(scope: Scope, expr: s.Compare) -> p.Expr | None:
    attribute = _attribute(scope, expr.attribute)
    if attribute is None:
        return None
    if expr.op in ("==", "!="):
        found = choice(scope, attribute, (expr.value,), expr.span)
        return found and _maybe_not(found, expr.op == "!=")
    if not _expect(scope, attribute, p.IntType, expr.attribute.span, f"`{expr.op}` is for ints"):
        return None
    assert isinstance(attribute.type, p.IntType)
    hi = attribute.type.hi
    if isinstance(expr.value, s.Int) and expr.op == "<" and expr.value.value == hi + 1:
        return p.Between(attribute.name, None, hi, expr.span)
    value = value_of(scope, expr.value, attribute, attribute.type)
    if value is None:
        return None
    assert isinstance(value, int)
    match expr.op:
        case "<":
            return p.Between(attribute.name, None, value - 1, expr.span)
        case "<=":
            return p.Between(attribute.name, None, value, expr.span)
        case ">":
            return p.Between(attribute.name, value + 1, None, expr.span)
        case _:
            return p.Between(attribute.name, value, None, expr.span)


def _attribute(scope: Scope, name: s.Name) -> p.Attribute | None:
    attribute = scope.attributes.get(name.text)
    if attribute is None:
        if name.text in scope.let_spans:
            scope.report(
                type_mismatch(
                    name.span,
                    f"`{name.text}` is a let, not an attribute",
                    f"write `{name.text}` alone; a let is true or false",
                    scope.let_spans[name.text],
                )
            )
        elif not scope.incomplete:
            scope.unknown("attribute", name, scope.attributes)
    return attribute


def _expect(scope: Scope, attribute: p.Attribute, type_: type, span: Span, why: str) -> bool:
    if isinstance(attribute.type, type_):
        return True
    name = attribute.name
    help_ = {
        p.BoolType: f"write `{name}` or `not {name}`",
        p.IntType: "compare it with `==`, `in` or `<`",
        p.EnumType: "compare it with `==`, `!=` or `in`",
        p.StringType: "compare it with `==`, `in` or `like`",
        p.SetType: f"write `{name} contains …`",
    }[type(attribute.type)]
    scope.report(type_mismatch(span, f"`{name}` is {an(attribute.type)}, and {why}", help_, attribute.span))
    return False


def _maybe_not(expr: p.Expr, negated: bool) -> p.Expr:
    return p.Not(expr, expr.span) if negated else expr

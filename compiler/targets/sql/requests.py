"""A request as a row: one column an attribute, NULL where it is absent. What makes a row invalid, and its values.

A row is validated as a request is, as far as a column can hold what is wrong: a string in a column of integers cannot
be, a NULL among the elements of a set can.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from interlock.compiler.targets.sql.expressions import any_of, case, column, literal, negated, number, text
from interlock.dsl import policy as p
from interlock.dsl.record import record


@record
class Fault:
    """What makes a request invalid. ``when`` is true where it does, and false or NULL where no fault before it, in the
    order of ``faults``, holds either."""

    attribute: str
    reason: str
    when: exp.Expr


def faults(policy: p.Policy) -> Iterator[Fault]:
    """What can be wrong with a row, in the order in which it is looked for; the first decides."""
    for attribute in policy.attributes.values():
        if attribute.default is not None:
            continue
        if not attribute.optional and not isinstance(attribute.type, p.SetType):
            yield Fault(attribute.name, "missing", _is_null(column(attribute.name)))
        for reason, when in _illegal(attribute):
            yield Fault(attribute.name, reason, when)


def value(attribute: p.Attribute) -> exp.Expr:
    """The value of an attribute in a valid row: NULL if absent, the default where that stands in. A set that is missing
    is NULL too."""
    there = column(attribute.name)
    default = attribute.default
    if default is None:
        return there
    if isinstance(default, tuple):
        elements = exp.cast(exp.Array(expressions=[text(element) for element in default]), "ARRAY<VARCHAR>")
        wrong = [_is_null(there), *(when for _, when in _illegal(attribute))]
        return case([(any_of(wrong), elements)], there.copy())
    legal = _legal(attribute.type, there)
    if legal is None:
        return exp.Coalesce(this=there, expressions=[literal(default)])
    return case([(legal, there.copy())], literal(default))


def may_be_null(attribute: p.Attribute) -> bool:
    """Whether ``value`` is NULL in some valid row."""
    return attribute.default is None and (attribute.optional or isinstance(attribute.type, p.SetType))


def _illegal(attribute: p.Attribute) -> Iterator[tuple[str, exp.Expr]]:
    """What can be wrong with a value that is there; NULL or false for one that is not."""
    there = column(attribute.name)
    match attribute.type:
        case p.IntType() | p.EnumType():
            legal = _legal(attribute.type, there)
            if legal is not None:
                yield "out_of_range" if isinstance(attribute.type, p.IntType) else "unknown_value", negated(legal)
        case p.SetType(element=element):
            yield "wrong_type", _some(there, _is_null(exp.column("x")))
            legal = _legal(element, exp.column("x"))
            if legal is not None:
                yield "unknown_value", _some(there.copy(), negated(legal))
        case _:
            pass


def _legal(type_: p.Type, there: exp.Expr) -> exp.Expr | None:
    """True of the values of a type, among those that a column holds; NULL of NULL. None where all of them are."""
    match type_:
        case p.IntType(lo=lo, hi=hi):
            return exp.Between(this=there, low=number(lo), high=number(hi))
        case p.EnumType(values=values, open=False):
            return exp.In(this=there, expressions=[text(value) for value in values])
        case _:
            return None


def _is_null(what: exp.Expr) -> exp.Expr:
    return exp.Is(this=what, expression=exp.null())


def _some(elements: exp.Expr, when: exp.Expr) -> exp.Expr:
    """Whether some element ``x`` is so. Not sqlglot's own ``ArrayAny``, which it writes as true for no elements."""
    chosen = exp.ArrayFilter(this=elements, expression=exp.Lambda(this=when, expressions=[exp.to_identifier("x")]))
    return exp.GT(this=exp.ArraySize(this=chosen), expression=number(0))

"""Predicates as queries of Portkey's conditions.

Portkey has no negation of a query, so it is pushed down to what is asked of single values. Each query holds for just
the valid requests for which its predicate does; invalid ones meet the first condition (``invalid``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from interlock.compiler.reference_predicates import is_like
from interlock.compiler.targets.fidelity import Unemittable, refusal
from interlock.compiler.targets.portkey.places import Place
from interlock.compiler.targets.portkey.values import (
    ALWAYS,
    NEVER,
    Query,
    Run,
    absent,
    all_of,
    among,
    any_of,
    listed,
    matching,
    out_of_range,
    present,
    rest_of,
    runs_of,
    within,
)
from interlock.dsl.policy import (
    And,
    Between,
    Const,
    Contains,
    Expr,
    Has,
    IntType,
    Like,
    Not,
    OneOf,
    Or,
    Rule,
    Sample,
    SetType,
)

_SPECIAL = frozenset("\\^$.|?*+()[]{}/")


def query_of(rule: Rule, places: Mapping[str, Place]) -> Query:
    """When a rule's predicate holds. Raises ``Unemittable``, with the rule's place, where Portkey cannot ask that."""
    return _query(rule, rule.when, True, places)


def invalid(places: Mapping[str, Place]) -> Query:
    """When a request is invalid, as far as conditions see that: text that stands for a number, and what stands for a
    text without being one, are not told apart."""
    return any_of(_invalid(place) for place in places.values() if place.looked_at and place.attribute.default is None)


def _invalid(place: Place) -> Query:
    values, kind = listed(place), place.attribute.type
    if values is not None:
        there = present(place) if place.attribute.optional else ALWAYS
        # Of the two texts that stand for no value, one that is listed is a value.
        return all_of([among(place, values, False), there])
    if isinstance(kind, IntType):
        return out_of_range(place)
    return NEVER if place.attribute.optional or isinstance(kind, SetType) else absent(place)


def _query(rule: Rule, expr: Expr, holds: bool, places: Mapping[str, Place]) -> Query:
    match expr:
        case And() | Or():
            parts = [_query(rule, operand, holds, places) for operand in expr.operands]
            return all_of(parts) if isinstance(expr, And) == holds else any_of(parts)
        case Not():
            return _query(rule, expr.operand, not holds, places)
        case Const():
            return ALWAYS if expr.value == holds else NEVER
        case Sample():
            raise _unsaid(
                rule,
                f"Portkey cannot take a fixed share of `{expr.attribute}`, it only draws anew for each request",
                "let the caller choose, and ask what it sends as metadata, `cohort == new` say; or leave the rule out, "
                "and give a pool two members with weights",
            )
        case Contains():
            raise _unsaid(
                rule,
                f"Portkey cannot ask what is in the set `{expr.attribute}`",
                "declare a bool for what it asks, and send that as metadata",
            )
        case Like():
            return _like(places[expr.attribute], expr.pieces, holds)
        case Has():
            return _has(places[expr.attribute], holds)
        case OneOf() | Between():
            return _compared(places[expr.attribute], expr, holds)


def _unsaid(rule: Rule, why: str, instead: str) -> Unemittable:
    why = f"{why}, and without it later rules would take its requests ({instead})"
    return refusal("rule", rule.name, rule.name_span, why)


def _has(place: Place, holds: bool) -> Query:
    if not place.attribute.optional:
        return ALWAYS if holds else NEVER
    values, kind = listed(place), place.attribute.type
    if values is not None:
        return among(place, values, holds)
    if isinstance(kind, IntType) and holds:
        return within(place, [(kind.lo, kind.hi)], False)
    return present(place) if holds else absent(place)


def _compared(place: Place, expr: OneOf | Between, holds: bool) -> Query:
    attribute, kind = place.attribute, place.attribute.type
    if isinstance(kind, IntType):
        runs = _runs(expr, kind)
        return within(place, runs if holds else rest_of(runs, kind), not holds)
    assert isinstance(expr, OneOf)
    values = listed(place)
    by_default = attribute.default in expr.values
    if values is not None and by_default:
        # Whatever is none of the others counts as the default, and so as one of these.
        return among(place, [value for value in values if value not in expr.values], not holds)
    asked = among(place, expr.values, holds)
    if values is not None or not by_default:
        return asked
    return any_of([asked, absent(place)]) if holds else all_of([asked, present(place)])


def _runs(expr: OneOf | Between, kind: IntType) -> list[Run]:
    if isinstance(expr, OneOf):
        # Booleans are no values of an int.
        return runs_of(int(value) for value in expr.values if kind.lo <= int(value) <= kind.hi)
    lo = kind.lo if expr.lo is None else max(expr.lo, kind.lo)
    hi = kind.hi if expr.hi is None else min(expr.hi, kind.hi)
    return [(lo, hi)] if lo <= hi else []


def _like(place: Place, pieces: Sequence[str], holds: bool) -> Query:
    default = place.attribute.default
    expression = _expression(pieces)
    asked = matching(place, f"^{expression}" if holds else f"^(?!{expression})")
    none = [is_like(text, pieces) == holds for text in ("undefined", "null")]
    wanted = (isinstance(default, str) and is_like(default, pieces)) == holds
    if not place.attribute.optional and default is None:
        return asked  # a request without it is invalid
    if wanted:
        return asked if all(none) else any_of([asked, absent(place)])
    return all_of([asked, present(place)]) if any(none) else asked


def _expression(pieces: Sequence[str]) -> str:
    """The pattern as JavaScript has it, from its start on. Its `.` leaves out line breaks, so it is not used."""
    texts = ["".join(f"\\{c}" if c in _SPECIAL else c for c in piece) for piece in pieces]
    if pieces[-1] == "":
        return "[\\s\\S]*".join(texts[:-1])
    return "[\\s\\S]*".join(texts) + "$"

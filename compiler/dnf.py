"""Predicates in disjunctive form over the classes of dimensions.

A conjunct maps dimensions to the bit-set of classes it admits, so `tier in [free, team]` is one condition and
a disjunction over one attribute stays one conjunct.
"""

from __future__ import annotations

from collections.abc import Callable

from interlock.dsl.limits import MAX_RULE_COLUMNS
from interlock.dsl.policy import And, Const, Expr, Not, Or

Conjunct = tuple[tuple[int, int], ...]
"""(dimension, admitted classes) in ascending order of dimensions; none admits no class or all of them."""

# Products are cut down by merging afterwards, so they may be somewhat larger on the way.
_WORK = 4 * MAX_RULE_COLUMNS


class TooMany(Exception):
    """A predicate has more conjuncts than MAX_RULE_COLUMNS."""


def conjuncts(expr: Expr, atom: Callable[[Expr], tuple[int, int]], full: Callable[[int], int]) -> list[Conjunct]:
    """The conjuncts of a predicate, in the order of the text; none if it can hold for no classes.

    ``atom`` gives the dimension and classes of a comparison, ``full`` the bit-set of all classes of a
    dimension. Raises ``TooMany``.
    """

    def walk(expr: Expr, negated: bool) -> list[Conjunct]:
        match expr:
            case Not(operand=operand):
                return walk(operand, not negated)
            case Const(value=value):
                return [()] if value != negated else []
            case And(operands=operands) | Or(operands=operands):
                parts = [walk(o, negated) for o in operands]
                if isinstance(expr, And) != negated:
                    product: list[Conjunct] = [()]
                    for part in parts:
                        product = _tidy([c for a in product for b in part if (c := _meet(a, b)) is not None], full)
                        if len(product) * max(map(len, parts)) > _WORK:
                            raise TooMany
                    return product
                return _tidy([c for part in parts for c in part], full)
            case _:
                dimension, classes = atom(expr)
                if negated:
                    classes = full(dimension) & ~classes
                if not classes:
                    return []
                return [()] if classes == full(dimension) else [((dimension, classes),)]

    found = walk(expr, False)
    if len(found) > MAX_RULE_COLUMNS:
        raise TooMany
    return found


def _meet(a: Conjunct, b: Conjunct) -> Conjunct | None:
    """Both at once, or None where no class is left."""
    if not a or not b:
        return a or b
    met = dict(a)
    for dimension, classes in b:
        both = met.get(dimension, classes) & classes
        if not both:
            return None
        met[dimension] = both
    return tuple(sorted(met.items()))


def _tidy(found: list[Conjunct], full: Callable[[int], int]) -> list[Conjunct]:
    """Merge conjuncts that differ in one dimension only, and drop those that another one covers."""
    if len(found) < 2:
        return found
    if len(found) > _WORK:
        raise TooMany
    # One pass a dimension: equal elsewhere means their classes there add up.
    for dimension in sorted({d for conjunct in found for d, _ in conjunct}):
        groups: dict[Conjunct, int] = {}
        for conjunct in found:
            rest = tuple(pair for pair in conjunct if pair[0] != dimension)
            here = next((classes for d, classes in conjunct if d == dimension), full(dimension))
            groups[rest] = groups.get(rest, 0) | here
        if len(groups) < len(found):
            found = [
                rest if classes == full(dimension) else tuple(sorted((*rest, (dimension, classes))))
                for rest, classes in groups.items()
            ]
    if len(found) > 64:  # quadratic; what it would save matters little beyond this
        return found
    return [
        c for i, c in enumerate(found)
        if not any(_covers(other, c) and (i > j or not _covers(c, other)) for j, other in enumerate(found) if i != j)
    ]  # fmt: skip


def _covers(wide: Conjunct, narrow: Conjunct) -> bool:
    inner = dict(narrow)
    return all(d in inner and inner[d] & ~classes == 0 for d, classes in wide)

"""Predicates as functions, for the reference evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from interlock.compiler.reference_pick import murmur3
from interlock.compiler.reference_request import Values
from interlock.dsl.policy import And, Between, Const, Contains, Expr, Has, Like, Not, OneOf, Or, Sample

Test = Callable[[Values], bool]


def holds(expr: Expr, values: Values) -> bool:
    """Whether the predicate holds for validated ``values`` (None: absent; a set: a frozenset)."""
    return test(expr)(values)


def test(expr: Expr) -> Test:
    """The function that says for validated values whether the predicate holds.

    Two-valued: every kind of comparison is false on an absent attribute, and ``Not`` is plain negation. A function for
    each node, made once, takes a tenth of the time of looking at the nodes for every request.
    """
    match expr:
        case And(operands=operands):
            return all_of([test(operand) for operand in operands])
        case Or(operands=operands):
            return _any([test(operand) for operand in operands])
        case Not(operand=operand):
            inner = test(operand)
            return lambda values: not inner(values)
        case OneOf(attribute=attribute, values=among):
            return lambda values: values[attribute] in among
        case Between():
            return _between(expr)
        case Like():
            return _like(expr)
        case Contains(attribute=attribute, value=element):
            return lambda values: isinstance(elements := values[attribute], frozenset) and element in elements
        case Has(attribute=attribute):
            return lambda values: values[attribute] is not None
        case Sample():
            return _sample(expr)
        case Const(value=value):
            return lambda values: value


def by_attribute(expr: Expr) -> dict[str, list[Expr]]:
    """The operands of an ``And`` that look at one attribute only, by that attribute."""
    found: dict[str, list[Expr]] = {}
    for operand in expr.operands if isinstance(expr, And) else (expr,):
        attributes = set(_attributes(operand))
        if len(attributes) == 1:
            found.setdefault(attributes.pop(), []).append(operand)
    return found


def _attributes(expr: Expr) -> Iterator[str]:
    match expr:
        case And() | Or():
            for operand in expr.operands:
                yield from _attributes(operand)
        case Not():
            yield from _attributes(expr.operand)
        case Const():
            pass
        case _:
            yield expr.attribute


def all_of(tests: list[Test]) -> Test:
    """The function that says whether all of some predicates hold."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:  # most of them, and a call is dearer than an `and`
        first, second = tests
        return lambda values: first(values) and second(values)
    return lambda values: all(test(values) for test in tests)


def _any(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda values: any(test(values) for test in tests)


def _like(expr: Like) -> Test:
    attribute, pieces, first = expr.attribute, expr.pieces, expr.pieces[0]

    def test(values: Values) -> bool:
        text = values[attribute]
        return isinstance(text, str) and text.startswith(first) and is_like(text, pieces)

    return test


def _between(expr: Between) -> Test:
    attribute, lo, hi = expr.attribute, expr.lo, expr.hi

    def test(values: Values) -> bool:
        number = values[attribute]
        return isinstance(number, int) and (lo is None or lo <= number) and (hi is None or number <= hi)

    return test


def _sample(expr: Sample) -> Test:
    attribute, seed = expr.attribute, 0 if expr.salt is None else murmur3(expr.salt.encode(), 0)

    def test(values: Values) -> bool:
        text = values[attribute]
        return isinstance(text, str) and murmur3(text.encode(), seed) % 10_000 < expr.basis_points

    return test


def is_like(text: str, pieces: Sequence[str]) -> bool:
    """Whether ``text`` is the first piece, any run, the next piece, any run, … the last piece."""
    first, *middle, last = pieces
    if not text.startswith(first):
        return False
    text = text[len(first) :]
    for piece in middle:
        # The leftmost occurrence leaves the most for the pieces after it.
        at = text.find(piece)
        if at < 0:
            return False
        text = text[at + len(piece) :]
    return text.endswith(last)

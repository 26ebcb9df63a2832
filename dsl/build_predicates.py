"""The tree builder, second part: predicates.

A predicate travels with how deeply it is nested, as a pair, so that depth costs nothing to know and one that
is too deep is never built: whatever is handed on is safe to walk recursively.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

from interlock.dsl import syntax as s
from interlock.dsl.build_words import Words
from interlock.dsl.findings.limit_exceeded import nested_too_deeply
from interlock.dsl.limits import MAX_DEPTH
from interlock.dsl.source import Span

Deep = tuple[s.Expr, int]
"""A predicate and its depth of nesting."""

Op = Literal["==", "!=", "<", "<=", ">", ">="]


class Predicates(Words):
    """Predicates: every method but ``comparison`` and ``value_list`` gives a ``Deep``."""

    def expr(self, at: Span, *operands: Deep) -> Deep:
        return s.Or(tuple(expr for expr, _ in operands), at), max(depth for _, depth in operands)

    def conjunction(self, at: Span, *operands: Deep) -> Deep:
        return s.And(tuple(expr for expr, _ in operands), at), max(depth for _, depth in operands)

    def not_(self, at: Span, operand: Deep) -> Deep:
        return self._deeper(at, operand, s.Not)

    def paren(self, at: Span, operand: Deep) -> Deep:
        return self._deeper(at, operand, s.Paren)

    def _deeper(self, at: Span, operand: Deep, node: Callable[[s.Expr, Span], s.Expr]) -> Deep:
        expr, depth = operand
        if depth < MAX_DEPTH:
            return node(expr, at), depth + 1
        if depth == MAX_DEPTH:  # the first that is too deep; those around it are not built, nor reported
            self.findings.append(nested_too_deeply(MAX_DEPTH, Span(self.source, at.start, at.start + 1)))
        return expr, MAX_DEPTH + 1

    def when(self, at: Span, expr: Deep) -> Deep:
        return expr

    def flag(self, at: Span, name: s.Name) -> Deep:
        return s.Flag(name, at), 0

    def truth(self, at: Span) -> Deep:
        return s.Truth(True, at), 0

    def falsity(self, at: Span) -> Deep:
        return s.Truth(False, at), 0

    def comparison(self, at: Span) -> Op:
        return cast(Op, self.tokens.text(self.tokens.before(at.start)))

    def compare(self, at: Span, attribute: s.Name, op: Op, value: s.Value) -> Deep:
        return s.Compare(attribute, op, value, at), 0

    def in_(self, at: Span, attribute: s.Name, choices: tuple[s.Value, ...] | s.Range) -> Deep:
        return s.In(attribute, False, choices, at), 0

    def not_in(self, at: Span, attribute: s.Name, choices: tuple[s.Value, ...] | s.Range) -> Deep:
        return s.In(attribute, True, choices, at), 0

    def value_list(self, at: Span, *values: s.Value) -> tuple[s.Value, ...]:
        return values

    def like(self, at: Span, attribute: s.Name, pattern: s.Pattern) -> Deep:
        return s.Like(attribute, False, pattern, at), 0

    def not_like(self, at: Span, attribute: s.Name, pattern: s.Pattern) -> Deep:
        return s.Like(attribute, True, pattern, at), 0

    def contains(self, at: Span, attribute: s.Name, value: s.Name) -> Deep:
        return s.Contains(attribute, "one", (value,), at), 0

    def contains_any(self, at: Span, attribute: s.Name, values: tuple[s.Name, ...]) -> Deep:
        return s.Contains(attribute, "any", values, at), 0

    def contains_all(self, at: Span, attribute: s.Name, values: tuple[s.Name, ...]) -> Deep:
        return s.Contains(attribute, "all", values, at), 0

    def has(self, at: Span, attribute: s.Name) -> Deep:
        return s.Has(attribute, at), 0

    def sample(self, at: Span, attribute: s.Name, salt: s.Str | None, share: s.Percent) -> Deep:
        return s.Sample(attribute, salt, share, at), 0

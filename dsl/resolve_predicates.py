"""Predicates: what joins comparisons, lets filled in."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.findings.duplicate_name import cycle_of_lets
from interlock.dsl.findings.limit_exceeded import limit_exceeded
from interlock.dsl.findings.type_mismatch import type_mismatch
from interlock.dsl.limits import MAX_DEPTH, MAX_PREDICATE
from interlock.dsl.resolve_attributes import an
from interlock.dsl.resolve_comparisons import resolve_comparison
from interlock.dsl.scope import Scope, Sized


def resolve_lets(scope: Scope, lets: Sequence[s.Let]) -> None:
    """Fill in every let, those it uses first; a circle is a finding and leaves its lets broken."""
    by_name = {let.name.text: let for let in lets}
    scope.let_spans = {name: let.name.span for name, let in by_name.items()}
    done: set[str] = set()
    path: dict[str, None] = {}
    for start in by_name:
        # An explicit stack: a chain of lets may be as long as the file.
        stack = [(start, iter(_flags(by_name[start].expr)))] if start not in done else []
        path = {start: None} if stack else {}
        while stack:
            name, uses = stack[-1]
            used = next((u for u in uses if u in by_name and u not in done), None)
            if used is None:
                stack.pop()
                path.pop(name)
                done.add(name)
                # setdefault: a let of a circle is already known to be broken.
                if name not in scope.lets:
                    scope.lets[name] = resolve_predicate(scope, by_name[name].expr)
            elif used in path:
                names = list(path)[list(path).index(used) :]
                scope.report(cycle_of_lets(names, [by_name[n].name.span for n in names]))
                scope.lets.update(dict.fromkeys(names, None))
            else:
                path[used] = None
                stack.append((used, iter(_flags(by_name[used].expr))))


def _flags(expr: s.Expr) -> list[str]:
    names = []
    stack: list[s.Expr] = [expr]
    while stack:
        match stack.pop():
            case s.Flag(name=name):
                names.append(name.text)
            case s.And(operands=operands) | s.Or(operands=operands):
                stack.extend(reversed(operands))
            case s.Not(operand=operand) | s.Paren(operand=operand):
                stack.append(operand)
            case _:
                pass
    return names


def resolve_predicate(scope: Scope, expr: s.Expr) -> Sized | None:
    """The predicate, or None with at least one finding in the scope. Every operand is looked at."""
    match expr:
        case s.Paren(operand=operand):
            return resolve_predicate(scope, operand)
        case s.And(operands=operands) | s.Or(operands=operands):
            parts = [resolve_predicate(scope, o) for o in operands]
            sized = [part for part in parts if part is not None]
            if len(sized) < len(parts):
                return None
            make = p.And if isinstance(expr, s.And) else p.Or
            whole: p.Expr = make(tuple(part.expr for part in sized), expr.span)
            return _within_limits(scope, whole, sized)
        case s.Not(operand=operand):
            part = resolve_predicate(scope, operand)
            return part and _within_limits(scope, p.Not(part.expr, expr.span), [part])
        case s.Truth(value=value):
            return Sized(p.Const(value, expr.span), 1, 1)
        case s.Flag(name=name):
            return _flag(scope, name)
        case _:
            atom = resolve_comparison(scope, expr)
            return None if atom is None else Sized(atom, 2, 1)


def _within_limits(scope: Scope, expr: p.Expr, parts: list[Sized]) -> Sized | None:
    depth = 1 + max(part.depth for part in parts)
    size = sum(part.size for part in parts)
    if depth > 2 * MAX_DEPTH:
        scope.report(
            limit_exceeded(
                expr.span,
                f"this predicate nests more than {2 * MAX_DEPTH} levels, with the lets it names filled in",
                "split it into several rules",
            )
        )
        return None
    if size > MAX_PREDICATE:
        scope.report(
            limit_exceeded(
                expr.span,
                f"this predicate has more than {MAX_PREDICATE:,} comparisons, with the lets it names filled in",
                "split it into several rules",
            )
        )
        return None
    return Sized(expr, depth, size)


def _flag(scope: Scope, name: s.Name) -> Sized | None:
    if name.text in scope.lets:
        return scope.lets[name.text]
    attribute = scope.attributes.get(name.text)
    if attribute is None:
        if name.text not in scope.let_spans and not scope.incomplete:
            scope.unknown("attribute or let", name, [*scope.attributes, *scope.let_spans])
        return None
    if isinstance(attribute.type, p.BoolType):
        return Sized(p.OneOf(name.text, (True,), name.span), 2, 1)
    example = {
        p.EnumType: f"{name.text} == {next(iter(getattr(attribute.type, 'values', ())), 'value')}",
        p.IntType: f"{name.text} >= 1",
        p.StringType: f'{name.text} == "…"',
        p.SetType: f"{name.text} contains …",
    }.get(type(attribute.type), name.text)
    scope.report(
        type_mismatch(
            name.span,
            f"`{name.text}` is {an(attribute.type)}, not a condition",
            f"compare it: `{example}`",
            attribute.span,
        )
    )
    return None

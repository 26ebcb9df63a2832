"""What a policy promises: requirements, assertions and tests."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast, get_args

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.findings.bad_setting import bad_setting
from interlock.dsl.findings.out_of_range_literal import beyond_integers
from interlock.dsl.findings.type_mismatch import type_mismatch
from interlock.dsl.findings.unknown_name import unknown_name
from interlock.dsl.resolve_attributes import an, check_int, shorten
from interlock.dsl.resolve_predicates import resolve_predicate
from interlock.dsl.resolve_references import resolve_destination, resolve_ref
from interlock.dsl.scope import Scope
from interlock.dsl.source import Span

_ORDER = ("<", "<=", ">", ">=")


def _when(scope: Scope, when: s.Expr | None, span: Span) -> p.Expr | None:
    if when is None:
        return p.Const(True, span)
    found = resolve_predicate(scope, when)
    return None if found is None else found.expr


def resolve_require(scope: Scope, require: s.Require) -> p.Require | None:
    """A requirement, or None with a finding."""
    when = _when(scope, require.when, require.span)
    if require.context is not None:
        attribute = scope.look_up("attribute", require.context, scope.attributes)
        if attribute is not None and not isinstance(attribute.type, p.IntType):
            scope.report(
                type_mismatch(
                    require.context.span,
                    f"a context is compared with an int, and `{attribute.name}` is {an(attribute.type)}",
                    "name the attribute that counts tokens",
                    attribute.span,
                )
            )
            return None
        if attribute is None:
            return None
    if when is None:
        return None
    return p.Require(
        require.capability.text if require.capability else None,
        require.context.text if require.context else None,
        when,
        require.span,
        require.doc,
    )


def resolve_assert(scope: Scope, item: s.Assert) -> p.Assert | None:
    """An assertion, or None with a finding."""
    when = _when(scope, item.when, item.name.span)
    claim = item.claim
    quantifier = claim.quantifier if isinstance(claim, s.HopClaim) else "chain"
    name = claim.field if isinstance(claim, s.HopClaim) else claim.measure
    known = get_args(p.Field if isinstance(claim, s.HopClaim) else p.Measure)
    if name.text not in known:
        scope.report(
            unknown_name(
                name.span,
                "field of a hop" if isinstance(claim, s.HopClaim) else "measure of a chain",
                name.text,
                known,
            )
        )
        return None
    values = _test_values(scope, name.text, claim.test)
    if when is None or values is None:
        return None
    return p.Assert(
        item.name.text,
        when,
        quantifier,
        cast("p.Field | p.Measure", name.text),
        claim.test.op,
        values,
        item.span,
        item.name.span,
        item.doc,
    )


def _test_values(scope: Scope, field: str, test: s.Test) -> tuple[str | int, ...] | None:
    if test.op in _ORDER and field in ("pool", "upstream", "provider", "account", "region", "model"):
        scope.report(type_mismatch(test.span, f"a {field} has no order", "compare it with `==`, `!=` or `in`"))
        return None
    values = [_test_value(scope, field, value) for value in test.values]
    found = tuple(v for v in values if v is not None)
    return found if len(found) == len(values) else None


def _test_value(scope: Scope, field: str, value: s.Name | s.Int | s.Duration | s.Ref) -> str | int | None:
    if field in ("pool", "upstream"):
        families = scope.pool_families if field == "pool" else scope.upstream_families
        if isinstance(value, s.Name):
            value = s.Ref(value, None, value.span)
        if isinstance(value, s.Ref):
            return resolve_ref(scope, field, value, families)
        expected = f"the name of {'a pool' if field == 'pool' else 'an upstream'}"
    elif field in ("provider", "account", "region", "model"):
        if isinstance(value, s.Ref) and value.index is None:
            return value.name.text
        if isinstance(value, s.Name):
            return value.text
        expected = "a name"
    elif field == "seconds":
        if isinstance(value, s.Duration):
            if value.ms > p.MAX_INT:
                scope.report(beyond_integers(value.span, shorten(value.span.text)))
            return value.ms
        expected = "a duration such as `30s`"
    else:
        if isinstance(value, s.Int):
            return check_int(scope, value)
        expected = "a number"
    scope.report(type_mismatch(value.span, f"`{shorten(value.span.text)}` does not fit `{field}`", f"write {expected}"))
    return None


def resolve_test(scope: Scope, test: s.TestCase, rules: Collection[str]) -> p.TestCase:
    """A test; what is wrong with it is in the scope. ``rules`` are the names of all rules and arms."""
    request: dict[str, p.JSON] = {}
    seen: dict[str, Span] = {}
    for given in test.request:
        scope.look_up("attribute", given.name, scope.attributes)
        first = seen.setdefault(given.name.text, given.name.span)
        if first is not given.name.span:
            scope.report(
                bad_setting(given.name.span, f"`{given.name.text}` is given twice", "remove one of the two", first)
            )
        request[given.name.text] = _json(given.value)
    expects = []
    for expect in test.expects:
        to = resolve_destination(scope, expect.to)
        if expect.rule is not None and expect.rule.text not in rules and expect.rule.text not in scope.broken:
            scope.report(unknown_name(expect.rule.span, "rule", expect.rule.text, rules))
        after = _classes_after(scope, expect.after)
        if to is not None:
            assert not isinstance(to, p.ToIndexed)
            expects.append(p.Expect(to, expect.rule.text if expect.rule else None, after, expect.span))
    return p.TestCase(test.title.text, request, tuple(expects), test.span, test.doc)


def _classes_after(scope: Scope, names: tuple[s.Name, ...]) -> tuple[str, ...]:
    for name in names:
        if name.text == "unavailable":
            scope.report(
                bad_setting(
                    name.span,
                    "`unavailable` stands for five classes; a walk meets one of them",
                    "name one: " + ", ".join(p.UNAVAILABLE),
                )
            )
        elif name.text not in p.CLASSES:
            scope.report(unknown_name(name.span, "error class", name.text, p.CLASSES))
    return tuple(name.text for name in names)


def _json(value: s.Name | s.Int | s.Bool | s.Null | tuple[s.Name | s.Int | s.Bool | s.Null, ...]) -> p.JSON:
    match value:
        case tuple():
            return [_json(v) for v in value]
        case s.Name(text=text):
            return text
        case s.Int(value=number):
            return number
        case s.Bool(value=truth):
            return truth
        case s.Null():
            return None

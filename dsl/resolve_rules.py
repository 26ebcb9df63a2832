"""Rules: ladders and ``within`` expanded, in order."""

from __future__ import annotations

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.findings.limit_exceeded import limit_exceeded
from interlock.dsl.findings.type_mismatch import type_mismatch
from interlock.dsl.limits import MAX_DEPTH
from interlock.dsl.resolve_comparisons import choice, set_is_not_one_value
from interlock.dsl.resolve_predicates import resolve_predicate
from interlock.dsl.resolve_references import resolve_destination
from interlock.dsl.scope import Scope
from interlock.dsl.source import Span


class Rules:
    """Collects the rules of a policy in the order in which they are tried."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._names: dict[str, Span] = {}
        self._withins: dict[str, Span] = {}
        self.rules: list[p.Rule] = []
        self.names: dict[str, None] = {}
        """The names of all rules and arms in their order, also of those with findings."""

    def add(self, item: s.Rule | s.Ladder | s.Within, around: tuple[p.Expr, ...] = (), depth: int = 0) -> None:
        """Add a rule, the arms of a ladder or the rules of a ``within``; ``around`` are the predicates of
        the ``within``s it stands in."""
        scope = self._scope
        if isinstance(item, s.Within):
            scope.declare("within", item.name, self._withins)
            if depth >= MAX_DEPTH:
                scope.report(
                    limit_exceeded(
                        item.name.span,
                        f"`within` nests more than {MAX_DEPTH} levels",
                        "use a `let` for what the outer ones share",
                    )
                )
                return
            when = resolve_predicate(scope, item.when)
            # After a finding the rules inside are still looked at; the policy is not used then.
            inner = around if when is None else (*around, when.expr)
            for rule in item.rules:
                self.add(rule, inner, depth + 1)
            return
        scope.declare("rule", item.name, self._names)
        own = resolve_predicate(scope, item.when) if item.when is not None else None
        parts = around if own is None else (*around, own.expr)
        if isinstance(item, s.Rule):
            self.names[item.name.text] = None
            to = resolve_destination(scope, item.to, attributes=True)
            if to is not None:
                self._append(item.name.text, parts, to, None, item.span, item.name.span, item.doc)
            return
        self.names.update((f"{item.name.text}/{n}", None) for n in range(1, len(item.arms) + 1))
        attribute = scope.look_up("attribute", item.attribute, scope.attributes)
        if attribute is not None and isinstance(attribute.type, p.SetType):
            scope.report(set_is_not_one_value(attribute, item.attribute.span))
            attribute = None  # its patterns cannot be judged
        for number, arm in enumerate(item.arms, 1):
            to = resolve_destination(scope, arm.to, attributes=True)
            pattern: tuple[p.Expr, ...] = ()
            span = arm.span
            if arm.pattern is None:
                span = Span(span.source, span.start, span.start + len("else"))
            elif attribute is not None:
                if meant := _otherwise(arm.pattern, attribute):
                    help_ = "write `else` for whatever is left"
                    scope.report(type_mismatch(meant.span, f"`{meant.text}` is no pattern", help_, attribute.span))
                    continue
                if isinstance(arm.pattern, s.Range):
                    span = arm.pattern.span
                else:
                    span = arm.pattern[0].span.to(arm.pattern[-1].span)
                found = choice(scope, attribute, arm.pattern, span)
                pattern = (found,) if found is not None else ()
            if to is not None:
                name = f"{item.name.text}/{number}"
                self._append(name, (*parts, *pattern), to, item.name.text, arm.span, span, arm.doc or item.doc)

    def _append(
        self,
        name: str,
        parts: tuple[p.Expr, ...],
        to: p.Destination,
        ladder: str | None,
        span: Span,
        name_span: Span,
        doc: str | None,
    ) -> None:
        when: p.Expr
        if not parts:
            when = p.Const(True, name_span)
        elif len(parts) == 1:
            when = parts[0]
        else:
            when = p.And(parts, parts[-1].span)
        self.rules.append(p.Rule(name, when, to, ladder, span, name_span, doc))


def _otherwise(pattern: tuple[s.Value, ...] | s.Range, attribute: p.Attribute) -> s.Name | None:
    """The pattern, where it is what other languages write for `else`, and no value of the attribute."""
    if isinstance(pattern, s.Range) or len(pattern) != 1:
        return None
    (value,) = pattern
    values = attribute.type.values if isinstance(attribute.type, p.EnumType) else ()
    words = ("_", "default", "otherwise")
    meant = isinstance(value, s.Name) and not value.quoted and value.text in words and value.text not in values
    return value if isinstance(value, s.Name) and meant else None

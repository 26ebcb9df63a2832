"""Plain twins of what is found about rules that change nothing: the definitions, tried on every class of request.

They look at nothing but the reference evaluator. To drop a condition, they take its words out of the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from interlock.compiler.pipeline import front
from interlock.compiler.reference import Values, holds, matching_rule
from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.load import Program
from interlock.dsl.source import Span

Destination = p.To | p.Fail | None


def destination(rule: p.Rule | None, values: Values) -> Destination:
    """Where a request goes that ``rule`` decides; None if there is none."""
    if rule is None:
        return None
    if isinstance(rule.to, p.ToIndexed):
        return p.To(dict(rule.to.pools)[str(values[rule.to.attribute])])
    return rule.to


# ── R104, R108 ───────────────────────────────────────────────────────────────────────────────────────


def redundant_rules(policy: p.Policy, requests: Sequence[Values]) -> set[str]:
    """R104: the rules that decide some request, and without which every one goes to the same place."""
    found = set()
    needed = set()
    for values in requests:
        matching = [rule for rule in policy.rules if holds(rule.when, values)]
        if matching:
            found.add(matching[0].name)
            after = matching[1] if len(matching) > 1 else None
            if destination(after, values) != destination(matching[0], values):
                needed.add(matching[0].name)
    return found - needed


def shadowed_rules(policy: p.Policy, requests: Sequence[Values]) -> dict[str, set[str]]:
    """R108: the rules that decide some request, and hold for some that an earlier rule sends elsewhere; with those
    earlier rules."""
    reached: set[str] = set()
    taken: dict[str, set[str]] = {}
    for values in requests:
        matching = [rule for rule in policy.rules if holds(rule.when, values)]
        reached.update(rule.name for rule in matching[:1])
        for rule in matching[1:]:
            if destination(rule, values) != destination(matching[0], values):
                taken.setdefault(rule.name, set()).add(matching[0].name)
    return {name: takers for name, takers in taken.items() if name in reached}


# ── R105 ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Operand:
    """Operand ``at`` of a written `and` or `or`; ``owner`` is the rule, ladder, `within` or let it is written in."""

    node: s.And | s.Or
    at: int
    owner: s.Rule | s.Ladder | s.Within | s.Let

    @property
    def span(self) -> Span:
        return self.node.operands[self.at].span


def predicates(policy: p.Policy) -> list[p.Expr]:
    """The `when`s of claims."""
    return [*(claim.when for claim in policy.requires), *(claim.when for claim in policy.asserts)]


def droppable(program: Program, policy: p.Policy, requests: Sequence[Values]) -> list[Operand]:
    """R105: the operands, in rules that some request reaches or lets that one of them uses, without which every rule
    decides the same requests, and every claim is about the same."""
    reached = {rule.name for rule in (matching_rule(policy, values) for values in requests) if rule is not None}
    before = _behaviour(policy, requests)
    found = []
    for operand in operands(program):
        if reached & dependents(program, operand.owner):
            changed = front("changed.route", text=without(program, operand)).policy
            assert changed is not None
            if _behaviour(changed, requests) == before:
                found.append(operand)
    return found


def _behaviour(policy: p.Policy, requests: Sequence[Values]) -> list[tuple[str | None, list[bool]]]:
    return [
        (rule.name if (rule := matching_rule(policy, values)) else None, [holds(e, values) for e in predicates(policy)])
        for values in requests
    ]


def without(program: Program, operand: Operand) -> str:
    """The text without an operand."""
    text = program.main.source.text
    word = " and " if isinstance(operand.node, s.And) else " or "
    left = [part.span.text for part in operand.node.operands if part.span is not operand.span]
    start, end = operand.node.span.start, operand.node.span.end
    return f"{text[:start]}({word.join(left)}){text[end:]}"


def operands(program: Program) -> Iterator[Operand]:
    """Every operand of the predicates of rules and of lets."""
    for owner in _owners(program.main.declarations):
        expr = owner.expr if isinstance(owner, s.Let) else owner.when
        for node in _nodes(expr):
            if isinstance(node, s.And | s.Or):
                yield from (Operand(node, at, owner) for at in range(len(node.operands)))


def dependents(program: Program, owner: s.Rule | s.Ladder | s.Within | s.Let) -> set[str]:
    """The names of the rules and arms that what is written there is part of."""
    if isinstance(owner, s.Rule):
        return {owner.name.text}
    if isinstance(owner, s.Ladder):
        return {f"{owner.name.text}/{n}" for n in range(1, len(owner.arms) + 1)}
    if isinstance(owner, s.Within):
        return {name for inner in owner.rules for name in dependents(program, inner)}
    return {name for user, _ in mentions(program, owner) for name in dependents(program, user)}


def mentions(program: Program, let: s.Let) -> Iterator[tuple[s.Rule | s.Ladder | s.Within | s.Let, Span]]:
    """The predicates of rules and lets that name a let, and where."""
    for owner in _owners(program.main.declarations):
        for node in _nodes(owner.expr if isinstance(owner, s.Let) else owner.when):
            if isinstance(node, s.Flag) and node.name.text == let.name.text:
                yield owner, node.span


def claims_naming(program: Program, let: s.Let) -> bool:
    """Whether a claim names a let itself."""
    claims = [d for d in program.main.declarations if isinstance(d, s.Require | s.Assert)]
    flags = [node for claim in claims for node in _nodes(claim.when) if isinstance(node, s.Flag)]
    return any(flag.name.text == let.name.text for flag in flags)


def _owners(items: Sequence[object]) -> Iterator[s.Rule | s.Ladder | s.Within | s.Let]:
    for item in items:
        if isinstance(item, s.Rule | s.Ladder | s.Within | s.Let):
            yield item
        if isinstance(item, s.Within):
            yield from _owners(item.rules)


def _nodes(expr: s.Expr | None) -> Iterator[s.Expr]:
    if expr is not None:
        yield expr
    if isinstance(expr, s.And | s.Or):
        for part in expr.operands:
            yield from _nodes(part)
    elif isinstance(expr, s.Not | s.Paren):
        yield from _nodes(expr.operand)

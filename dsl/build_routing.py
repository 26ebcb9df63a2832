"""The tree builder, fourth part: rules, obligations, assertions and tests."""

from __future__ import annotations

from interlock.dsl import syntax as s
from interlock.dsl.build_predicates import Deep, Op
from interlock.dsl.build_serving import Serving
from interlock.dsl.findings.limit_exceeded import nested_too_deeply
from interlock.dsl.lex import Tokens
from interlock.dsl.limits import MAX_DEPTH
from interlock.dsl.source import Span

Item = s.Name | s.Int | s.Bool | s.Null
Json = Item | tuple[Item, ...]
Operand = s.Name | s.Int | s.Duration | s.Ref


def _bare(when: Deep | None) -> s.Expr | None:
    return None if when is None else when[0]


class Routing(Serving):
    """Where requests go, and what must hold of it."""

    def __init__(self, tokens: Tokens, docs: dict[int, str]) -> None:
        super().__init__(tokens, docs)
        self._depths: dict[int, int] = {}  # of the predicate of a rule, by where the rule starts

    def rule(self, at: Span, name: s.Name, when: Deep | None, to: s.Destination) -> s.Rule:
        self._depths[at.start] = when[1] if when else 0
        return s.Rule(name, _bare(when), to, at, self.docs.get(at.start))

    def ladder(self, at: Span, name: s.Name, when: Deep | None, attribute: s.Name, *arms: s.Arm) -> s.Ladder | None:
        if self._spoilt(at, name):
            return None
        self._depths[at.start] = when[1] if when else 0
        return s.Ladder(name, _bare(when), attribute, arms, at, self.docs.get(at.start))

    def arm(self, at: Span, case: s.Range | tuple[s.Value, ...] | None, to: s.Ref) -> s.Arm:
        return s.Arm(case, to, at, self.docs.get(at.start))

    def arm_fail(self, at: Span, case: s.Range | tuple[s.Value, ...] | None, status: s.Int) -> s.Arm:
        word = self.tokens.before(status.span.start) - 1
        fail = s.Fail(status, None, self.tokens.span(word).to(status.span))
        return s.Arm(case, fail, at, self.docs.get(at.start))

    def otherwise(self, at: Span) -> None:
        return None

    def within(
        self, at: Span, name: s.Name, when: Deep, *rules: s.Rule | s.Ladder | s.Within | None
    ) -> s.Within | None:
        kept = tuple(rule for rule in rules if rule is not None)
        inner = max((self._depths.get(rule.span.start, 0) for rule in kept), default=0)
        depth = 1 + max(when[1], inner)
        if depth == MAX_DEPTH + 1:
            self.findings.append(nested_too_deeply(MAX_DEPTH, name.span))
        if depth > MAX_DEPTH:
            self.broken.update(rule.name.text for rule in kept)
            kept, depth = (), MAX_DEPTH + 1
        self._depths[at.start] = depth
        return s.Within(name, when[0], kept, at, self.docs.get(at.start))

    def invalid(self, at: Span, to: s.Destination) -> s.Invalid:
        return s.Invalid(to, at, self.docs.get(at.start))

    def require(self, at: Span, capability: s.Name, when: Deep | None) -> s.Require:
        return s.Require(capability, None, _bare(when), at, self.docs.get(at.start))

    def require_context(self, at: Span, attribute: s.Name, when: Deep | None) -> s.Require:
        return s.Require(None, attribute, _bare(when), at, self.docs.get(at.start))

    def assert_(self, at: Span, name: s.Name, when: Deep | None, claim: s.HopClaim | s.ChainClaim) -> s.Assert:
        return s.Assert(name, _bare(when), claim, at, self.docs.get(at.start))

    def every_hop(self, at: Span, field: s.Name, test: s.Test) -> s.HopClaim:
        return s.HopClaim("every", field, test, at)

    def first_hop(self, at: Span, field: s.Name, test: s.Test) -> s.HopClaim:
        return s.HopClaim("first", field, test, at)

    def chain_claim(self, at: Span, measure: s.Name, test: s.Test) -> s.ChainClaim:
        return s.ChainClaim(measure, test, at)

    def measure(self, at: Span, op: Op, operand: Operand) -> s.Test:
        return s.Test(op, (operand,), at)

    def measure_in(self, at: Span, *operands: Operand) -> s.Test:
        return s.Test("in", operands, at)

    def measure_not_in(self, at: Span, *operands: Operand) -> s.Test:
        return s.Test("not in", operands, at)

    def test(self, at: Span, title: s.Str, request: tuple[s.Given, ...], *expects: s.Expect) -> s.TestCase | None:
        if self.last_error >= at.start:
            return None
        return s.TestCase(title, request, expects, at, self.docs.get(at.start))

    def given_request(self, at: Span, *given: s.Given) -> tuple[s.Given, ...]:
        return given

    def given(self, at: Span, name: s.Name, value: Json) -> s.Given:
        return s.Given(name, value, at)

    def json_list(self, at: Span, *items: Item) -> tuple[Item, ...]:
        return items

    def expect(self, at: Span, to: s.Destination, rule: s.RuleRef | None, after: tuple[s.Name, ...] | None) -> s.Expect:
        return s.Expect(to, rule, after or (), at)

    def rule_name(self, at: Span, name: s.Name) -> s.RuleRef:
        return s.RuleRef(name.text, at)

    def arm_name(self, at: Span, name: s.Name, number: s.Int) -> s.RuleRef:
        return s.RuleRef(f"{name.text}/{number.span.text}", at)

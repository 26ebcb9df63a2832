"""The tree builder, first part: names, literals, ranges, references."""

from __future__ import annotations

from interlock.dsl import syntax as s
from interlock.dsl.finding import Finding
from interlock.dsl.findings.syntax_error import syntax_error
from interlock.dsl.lex import Tokens
from interlock.dsl.literals import basis_points, integer, micro_dollars, milliseconds, pieces, rate
from interlock.dsl.source import Span


class Words:
    """What tokens and small rules stand for."""

    def __init__(self, tokens: Tokens) -> None:
        self.source = tokens.source
        self.tokens = tokens
        self.findings: list[Finding] = []

    def complain(self, start: int, end: int, message: str, help: str) -> None:
        """Reports a wrong escape."""
        self.findings.append(syntax_error(Span(self.source, start, end), message, help))

    def NAME(self, at: int) -> s.Name:
        return s.Name(self.tokens.text(at), self.tokens.span(at))

    def INT(self, at: int) -> s.Int:
        return s.Int(integer(self.tokens.text(at)), self.tokens.span(at))

    def DURATION(self, at: int) -> s.Duration:
        return s.Duration(milliseconds(self.tokens.text(at)), self.tokens.span(at))

    def PERCENT(self, at: int) -> s.Percent:
        return s.Percent(basis_points(self.tokens.text(at)), self.tokens.span(at))

    def RATE(self, at: int) -> s.Rate:
        return s.Rate(*rate(self.tokens.text(at)), self.tokens.span(at))

    def MONEY(self, at: int) -> s.Money:
        span = self.tokens.span(at)
        amount = micro_dollars(self.tokens.text(at))
        if amount is None:
            self.complain(span.start, span.end, "money has at most six decimals", "round it")
        return s.Money(amount or 0, span)

    def STRING(self, at: int) -> int:
        """The number of the token: what escapes there are depends on what the string is for."""
        return at

    def _text(self, at: int) -> str:
        return pieces(self.tokens.text(at), self.tokens.starts[at], self.complain)[0]

    def string(self, at: Span, token: int) -> s.Str:
        return s.Str(self._text(token), at)

    def quoted(self, at: Span, token: int) -> s.Name:
        return s.Name(self._text(token), at, quoted=True)

    def pattern(self, at: Span, token: int) -> s.Pattern:
        found = pieces(self.tokens.text(token), at.start, self.complain, stars=True)
        return s.Pattern(found, at)

    def names(self, at: Span, *names: s.Name) -> tuple[s.Name, ...]:
        return names

    classes = names

    def range_open(self, at: Span, lo: s.Int, hi: s.Int) -> s.Range:
        return s.Range(lo.value, hi.value, False, at)

    def range_closed(self, at: Span, lo: s.Int, hi: s.Int) -> s.Range:
        return s.Range(lo.value, hi.value, True, at)

    def range_below(self, at: Span, hi: s.Int) -> s.Range:
        return s.Range(None, hi.value, False, at)

    def range_upto(self, at: Span, hi: s.Int) -> s.Range:
        return s.Range(None, hi.value, True, at)

    def range_from(self, at: Span, lo: s.Int) -> s.Range:
        return s.Range(lo.value, None, False, at)

    def bool_true(self, at: Span) -> s.Bool:
        return s.Bool(True, at)

    def bool_false(self, at: Span) -> s.Bool:
        return s.Bool(False, at)

    def null(self, at: Span) -> s.Null:
        return s.Null(at)

    def family(self, at: Span, variable: s.Name, enum: s.Name) -> s.Family:
        return s.Family(variable, enum, at)

    def ref_plain(self, at: Span, name: s.Name) -> s.Ref:
        return s.Ref(name, None, at)

    def ref_indexed(self, at: Span, name: s.Name, index: s.Name) -> s.Ref:
        return s.Ref(name, index, at)

    def fail(self, at: Span, status: s.Int, message: s.Str | None) -> s.Fail:
        return s.Fail(status, message, at)

    def follow(self, at: Span, pool: s.Ref) -> s.Follow:
        return s.Follow(pool, at)

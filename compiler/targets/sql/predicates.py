"""Predicates in SQL: true where the language says that they hold, else false or NULL, which `WHEN` takes alike.

SQL has three truth values, the language two. Whether `AND` and `OR` are true is the same with NULL and with false among
their operands, so only `NOT` has to be told: it reads NULL as false first.
"""

from __future__ import annotations

from sqlglot import exp

from interlock.compiler.hashing import murmur3
from interlock.compiler.targets.sql import murmur
from interlock.compiler.targets.sql.dialects import Dialect
from interlock.compiler.targets.sql.expressions import all_of, any_of, literal, negated, number, text
from interlock.compiler.targets.sql.requests import may_be_null, value
from interlock.dsl import policy as p

_SPECIAL = "%_\\!"
"""What has a meaning in a pattern, in some dialect; ``!`` is the escape that is written then."""


class Predicates:
    """Writes the predicates of a policy in a dialect."""

    def __init__(self, policy: p.Policy, dialect: Dialect) -> None:
        """``policy`` has declared what the predicates are about."""
        self._policy = policy
        self._dialect: Dialect = dialect

    def holds(self, expr: p.Expr) -> exp.Expr:
        """True where a predicate holds in a valid row; false or NULL elsewhere. Raises ``Unsupported``."""
        match expr:
            case p.And(operands=operands):
                return all_of([self.holds(operand) for operand in operands])
            case p.Or(operands=operands):
                return any_of([self.holds(operand) for operand in operands])
            case p.Not(operand=operand):
                inner = self.holds(operand)
                return negated(exp.Coalesce(this=inner, expressions=[exp.false()]) if self._open(operand) else inner)
            case p.Const(value=constant):
                return exp.true() if constant else exp.false()
            case p.OneOf(attribute=name, values=values):
                return self.one_of(name, values)
            case p.Between(attribute=name, lo=lo, hi=hi):
                return self.between(name, lo, hi)
            case p.Like(attribute=name, pieces=pieces):
                return self.like(name, pieces)
            case p.Contains(attribute=name, value=element):
                return self.contains(name, element)
            case p.Has(attribute=name):
                return self.has(name)
            case p.Sample(attribute=name, salt=salt, basis_points=below):
                return self.sample(name, salt, below)

    def value(self, name: str) -> exp.Expr:
        """The value of an attribute; see ``requests.value``."""
        return value(self._policy.attributes[name])

    def one_of(self, name: str, values: tuple[p.Scalar, ...]) -> exp.Expr:
        """The attribute is one of ``values``."""
        there = self.value(name)
        if isinstance(self._policy.attributes[name].type, p.BoolType):
            known = [there.copy() if wanted else negated(there.copy()) for wanted in values]
            return any_of(known)
        if len(values) == 1:
            return exp.EQ(this=there, expression=literal(values[0]))
        return exp.In(this=there, expressions=[literal(wanted) for wanted in values])

    def between(self, name: str, lo: int | None, hi: int | None) -> exp.Expr:
        """The attribute is an integer from ``lo`` to ``hi``."""
        there = self.value(name)
        if lo is not None and hi is not None:
            return exp.Between(this=there, low=number(lo), high=number(hi))
        if lo is not None:
            return exp.GTE(this=there, expression=number(lo))
        return self.has(name) if hi is None else exp.LTE(this=there, expression=number(hi))

    def like(self, name: str, pieces: tuple[str, ...]) -> exp.Expr:
        """The attribute is the pieces, with any run between two of them."""
        escaped = any(character in _SPECIAL for piece in pieces for character in piece)
        pattern = text("%".join(_escaped(piece) if escaped else piece for piece in pieces))
        found = exp.Like(this=self.value(name), expression=pattern)
        return exp.Escape(this=found, expression=text("!")) if escaped else found

    def contains(self, name: str, element: str) -> exp.Expr:
        """The set has the element."""
        return exp.ArrayContains(this=self.value(name), expression=text(element))

    def has(self, name: str) -> exp.Expr:
        """The attribute is there."""
        return negated(exp.Is(this=self.value(name), expression=exp.null()))

    def sample(self, name: str, salt: str | None, below: int) -> exp.Expr:
        """The attribute's value is in the sample. Raises ``Unsupported``."""
        seed = 0 if salt is None else murmur3(salt, 0)
        hashed = murmur.murmur3(self.value(name), seed, self._dialect)
        return exp.LT(this=exp.Mod(this=hashed, expression=number(10_000)), expression=number(below))

    def _open(self, expr: p.Expr) -> bool:
        """Whether what is written for a predicate may be NULL."""
        match expr:
            case p.And(operands=operands) | p.Or(operands=operands):
                return any(self._open(operand) for operand in operands)
            case p.Const() | p.Has() | p.Not():
                return False
            case _:
                return may_be_null(self._policy.attributes[expr.attribute])


def _escaped(piece: str) -> str:
    # A backslash is the escape of some dialects where none is named, and means itself where another one is.
    return "".join(f"!{character}" if character in "%_!" else character for character in piece)

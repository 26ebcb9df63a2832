"""The deciding column by the table's own bit-sets, for policies of many rules: the time hardly grows with their number.

Each dimension's class is a small number. Each class has a row of the table, cut into words of 63 columns with the first
column on top. The words of all dimensions are ANDed, and the highest bit of the first word that is not 0 is the
deciding column. A word costs as much as a lookup a dimension, where `CASE` asks 63 conditions.
"""

from __future__ import annotations

from sqlglot import exp

from interlock.compiler.automaton import Hop
from interlock.compiler.table import Dimension, Main, Pair, Table
from interlock.compiler.targets.sql.decision import Decision
from interlock.compiler.targets.sql.dialects import Dialect
from interlock.compiler.targets.sql.expressions import case, column, function, literal, number, numbers
from interlock.compiler.targets.sql.outcomes import Outcome, not_by_rule, with_faults
from interlock.compiler.targets.sql.predicates import Predicates
from interlock.dsl import policy as p

_WORD = 63


def by_words(table: Table, dialect: Dialect, prefix: str) -> Decision:
    """The decision of a table for DuckDB or Spark; outcome n is its column n - 1. The columns of classes have names
    that begin with ``prefix``. Raises ``Unsupported``."""
    policy = table.policy
    outcomes = not_by_rule(policy)
    for n, col in enumerate(table.columns, start=1):
        state = table.automaton.states[col.state]
        to = p.To(state.pool) if isinstance(state, Hop) else state
        outcomes[n] = Outcome(policy.rules[col.rule].name, to, None)
    predicates = Predicates(policy, dialect)
    classes: dict[str, exp.Expr] = {}
    every = _words(table.all_columns, len(table.columns))
    words: list[list[exp.Expr]] = [[] for _ in every]
    for d, dimension in enumerate(table.dimensions):
        rows = [_words(row, len(table.columns)) for row in table.rows[d]]
        name = f"{prefix}class_{d}"
        for w, factors in enumerate(words):
            values = [row[w] for row in rows]
            if any(value != every[w] for value in values):
                classes.setdefault(name, _class(dimension, predicates))
                factors.append(_looked_up(values, column(name), dialect))
    found = [_first_column(factors or [number(every[w])], w) for w, factors in enumerate(words)]
    decided = exp.Coalesce(this=found[0], expressions=[*found[1:], number(0)]) if found else number(0)
    return Decision(with_faults(policy, decided), outcomes, classes)


def _words(row: int, columns: int) -> list[int]:
    """A row cut into words, the lowest column of each on top."""
    bits = f"{row:0{columns}b}"[::-1] if columns else ""
    return [int(bits[start : start + _WORD].ljust(_WORD, "0"), 2) for start in range(0, columns, _WORD)]


def _looked_up(values: list[int], class_: exp.Expr, dialect: Dialect) -> exp.Expr:
    """The word of a class."""
    if len(values) == 2:
        first = exp.EQ(this=class_, expression=number(1))
        return exp.cast(case([(first, number(values[0]))], number(values[1])), "BIGINT")
    words = exp.cast(numbers(values), "ARRAY<BIGINT>")
    return function("LIST_EXTRACT" if dialect == "duckdb" else "ELEMENT_AT", words, class_)


def _first_column(factors: list[exp.Expr], w: int) -> exp.Expr:
    """The number of the first column that is left in a word, or NULL."""
    both, *rest = factors
    for factor in rest:
        both = exp.BitwiseAnd(this=both, expression=factor)
    digits = exp.Length(this=function("BIN", exp.Nullif(this=both, expression=number(0))))
    return exp.Sub(this=number((w + 1) * _WORD + 1), expression=digits)


def _class(dimension: Dimension, predicates: Predicates) -> exp.Expr:
    """The number of the class of a valid row, from 1; some number for one that is invalid."""
    if isinstance(dimension, Pair):
        return case([(_pair(dimension, predicates), number(1))], number(2))
    there = predicates.value(dimension.attribute)
    if dimension.intervals:
        inside = _interval(there, [lo for lo, _ in dimension.intervals], 1)
        if not dimension.absent:
            return inside
        return case([(exp.Is(this=there.copy(), expression=exp.null()), number(dimension.size))], inside)
    return _among(dimension, there)


def _among(dimension: Main, there: exp.Expr) -> exp.Expr:
    values = exp.Array(expressions=[literal(value) for value in dimension.values])
    # Both engines count from 1; Spark says 0, DuckDB NULL for what is not in the list.
    position = exp.Nullif(this=function("ARRAY_POSITION", values, there), expression=number(0))
    other = number(min(dimension.listed + 1, dimension.size))
    known: exp.Expr = exp.Coalesce(this=position, expressions=[other]) if dimension.values else other
    known = exp.cast(known, "INT")
    if not dimension.absent:
        return known
    return case([(exp.Is(this=there.copy(), expression=exp.null()), number(dimension.size))], known)


def _interval(there: exp.Expr, starts: list[int], first: int) -> exp.Expr:
    """Which of the intervals that begin at ``starts`` an integer is in: a balanced tree of comparisons."""
    if len(starts) == 1:
        return number(first)
    middle = len(starts) // 2
    below = exp.LT(this=there.copy(), expression=number(starts[middle]))
    return case([(below, _interval(there, starts[:middle], first))], _interval(there, starts[middle:], first + middle))


def _pair(pair: Pair, predicates: Predicates) -> exp.Expr:
    if pair.kind == "element":
        return predicates.contains(pair.attribute, str(pair.what))
    assert isinstance(pair.what, tuple)
    if pair.kind == "pattern":
        return predicates.like(pair.attribute, tuple(str(piece) for piece in pair.what))
    salt, below = pair.what
    return predicates.sample(pair.attribute, None if salt is None else str(salt), int(str(below)))

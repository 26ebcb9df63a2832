"""Small pieces of SQL: literals that mean the same everywhere, trees that are not too deep, text of a statement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlglot import ErrorLevel, UnsupportedError, exp

from interlock.compiler.targets.sql.dialects import Dialect, Unsupported

REQUEST = "r"
"""The alias of the relation that has a request in each row."""

_FLAT = 8
# What no literal may hold as it is: a NUL ends the text of a statement in DuckDB, what follows a line break is indented
# with the rest of it, and Spark puts the value of a variable in place of `${…}` wherever it stands.
_APART = re.compile("([\0-\x1f\x7f])|(?<=\\$)(?=\\{)")


def text(value: str) -> exp.Expr:
    """A string."""
    if _APART.search(value) is None:
        return exp.Literal.string(value)
    parts: list[exp.Expr] = [
        exp.Chr(expressions=[number(ord(part))]) if _APART.fullmatch(part) else exp.Literal.string(part)
        for part in _APART.split(value)
        if part
    ]
    return parts[0] if len(parts) == 1 else exp.Concat(expressions=parts, safe=False, coalesce=False)


def number(value: int) -> exp.Expr:
    """An integer."""
    return exp.Literal.number(value)


def numbers(values: Iterable[int]) -> exp.Expr:
    """A list of integers, which are not below 0. One node, as there may be a hundred thousand of them."""
    return exp.Array(expressions=[exp.Var(this=", ".join(map(str, values)))])


def literal(value: bool | int | str) -> exp.Expr:
    """A value of a policy."""
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    return number(value) if isinstance(value, int) else text(value)


def column(name: str, of: str = REQUEST) -> exp.Expr:
    """A column by exactly this name."""
    return exp.column(name, table=of, quoted=True)


def function(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of a function whose name the dialect is known to have."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def all_of(parts: Sequence[exp.Expr]) -> exp.Expr:
    """``AND``; true where there are none."""
    return _tree(exp.And, parts) if parts else exp.true()


def any_of(parts: Sequence[exp.Expr]) -> exp.Expr:
    """``OR``; false where there are none."""
    return _tree(exp.Or, parts) if parts else exp.false()


def _tree(kind: type[exp.And] | type[exp.Or], parts: Sequence[exp.Expr]) -> exp.Expr:
    """Engines limit how deep an expression is, and a chain is as deep as it is long: DuckDB stops at 1,000."""
    if len(parts) > _FLAT:
        middle = len(parts) // 2
        parts = [_tree(kind, parts[:middle]), _tree(kind, parts[middle:])]
    if len(parts) == 1:
        return parts[0]
    first, *rest = [exp.paren(part) if isinstance(part, exp.And | exp.Or) else part for part in parts]
    for part in rest:
        first = kind(this=first, expression=part)
    return first


def negated(part: exp.Expr) -> exp.Expr:
    """``NOT``."""
    return exp.Not(this=exp.paren(part) if isinstance(part, exp.And | exp.Or | exp.Not) else part)


def case(
    branches: Iterable[tuple[exp.Expr, exp.Expr]], otherwise: exp.Expr | None, of: exp.Expr | None = None
) -> exp.Expr:
    """``CASE [of] WHEN … THEN … ELSE …``; only what is there otherwise, where there are no branches."""
    ifs = [exp.If(this=when, true=then) for when, then in branches]
    if not ifs:
        return exp.null() if otherwise is None else otherwise
    return exp.Case(this=of, ifs=ifs, default=otherwise)


def write(expression: exp.Expr, dialect: Dialect, pretty: bool = False) -> str:
    """The text in a dialect. Raises ``Unsupported`` where sqlglot knows that the dialect has no words for it."""
    try:
        # sqlglot's own layout would give each of the twelve columns of a row of a list a line.
        return expression.sql(dialect, pretty=pretty, max_text_width=10**6, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        told = "; ".join(dict.fromkeys(str(error).splitlines())).strip("; ")
        raise Unsupported(f"the policy cannot be written for {dialect}: {told}") from error


def on_one_line(expression: exp.Expr, dialect: Dialect) -> exp.Expr:
    """The same, to be laid out on one line in what is pretty around it. Raises ``Unsupported``."""
    return exp.Var(this=write(expression, dialect))

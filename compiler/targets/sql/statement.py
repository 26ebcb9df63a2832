"""The whole query: every row with where it would go. One `CASE` says what decides; what that means stands in a list."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError

from interlock.compiler.table import Table
from interlock.compiler.targets.sql import outcomes
from interlock.compiler.targets.sql.by_rule import by_rule
from interlock.compiler.targets.sql.by_words import by_words
from interlock.compiler.targets.sql.decision import Decision
from interlock.compiler.targets.sql.dialects import Dialect, Unsupported
from interlock.compiler.targets.sql.expressions import REQUEST, all_of, case, number, on_one_line, text, write
from interlock.compiler.targets.sql.header import header
from interlock.dsl import policy as p
from interlock.dsl.limits import MAX_COLUMNS

MANY_COLUMNS: dict[Dialect, int] = {"duckdb": 200, "spark": 64}
"""From here on the table's bit-sets are faster than asking rule after rule; docs/sql.md, "How fast", has figures."""

OUTPUTS = (
    "rule",
    "pool",
    "upstream",
    "provider",
    "account",
    "region",
    "model",
    "fail_status",
    "fail_message",
    "invalid_attribute",
    "invalid_reason",
)
"""What is added to each row."""

_MEMBER = ("upstream", "provider", "account", "region", "model")


class NoRelation(Exception):
    """What is to be the relation is none in this dialect; the message is for people."""


def statement(table: Table, dialect: Dialect, relation: str, prefix: str) -> str:
    """The query that adds ``OUTPUTS``, each with ``prefix``, to every row of ``relation``, and a comment above it.

    ``relation`` is the name of a table or view, or a call of a table function, in the dialect. Raises ``Unsupported``
    and ``NoRelation``.
    """
    many = len(table.columns) >= MANY_COLUMNS.get(dialect, MAX_COLUMNS + 1)
    decision = by_words(table, dialect, prefix) if many else by_rule(table.policy, dialect)
    written = query(table, decision, dialect, relation, prefix)
    return f"{header(table, decision, dialect)}{written}\n"


def query(table: Table, decision: Decision, dialect: Dialect, relation: str, prefix: str) -> str:
    """The same without the comment, for a decision that is there already."""
    _refuse_names(table.policy, [*(f"{prefix}{name}" for name in OUTPUTS), *decision.classes])
    picking = outcomes.picking(table, decision.outcomes)
    found = exp.Select(expressions=[_every_column(list(decision.classes)), *_outputs(prefix, bool(picking))])
    found = found.from_(_requests(relation, dialect, decision), copy=False)
    found = found.join(
        _meanings(table, decision, [pool.name for pool in picking]),
        on=exp.EQ(this=exp.column("n", table="d"), expression=_laid_out(decision.number, dialect)),
        join_type="left",
        copy=False,
    )
    if picking:
        branches = [
            (number(k), on_one_line(outcomes.member(table, pool, dialect), dialect)) for k, pool in enumerate(picking)
        ]
        chosen = case(branches, None, exp.column("picked", table="d"))
        same = [
            exp.EQ(this=exp.column("picked", table="m"), expression=exp.column("picked", table="d")),
            exp.EQ(this=exp.column("member", table="m"), expression=chosen),
        ]
        found = found.join(_members(table.policy, picking), on=all_of(same), join_type="left", copy=False)
    return write(found, dialect, pretty=True)


def _refuse_names(policy: p.Policy, added: list[str]) -> None:
    """A relation has no two columns of one name, and engines take `Tier` and `tier` for one."""
    taken = {name.lower() for name in added}
    seen: dict[str, str] = {}
    for name in policy.attributes:
        if name.lower() in taken:
            raise Unsupported(f"the attribute `{name}` has the name of a column that is added: choose another --prefix")
        other = seen.setdefault(name.lower(), name)
        if other == name:
            continue
        raise Unsupported(
            f"the attributes `{other}` and `{name}` cannot be two columns: most engines take names that differ in case "
            "only for one"
        )


def _requests(relation: str, dialect: Dialect, decision: Decision) -> exp.Expr:
    """The relation, with the columns of classes where the decision uses some."""
    try:
        found: exp.Expr = exp.maybe_parse(relation, into=exp.Table, dialect=dialect)
    except SqlglotError:
        raise NoRelation(f"`{relation}` is no name of a table, view or table function in {dialect}") from None
    if not isinstance(found, exp.Table) or found.args.get("joins"):
        raise NoRelation(f"`{relation}` is no name of a table, view or table function in {dialect}")
    found.set("alias", exp.TableAlias(this=exp.to_identifier(REQUEST)))
    if not decision.classes:
        return found
    classes = [
        exp.alias_(on_one_line(class_, dialect), name, quoted=True, copy=False)
        for name, class_ in decision.classes.items()
    ]
    inner = exp.Select(expressions=[_every_column(), *classes]).from_(found, copy=False)
    return inner.subquery(REQUEST, copy=False)


def _every_column(but: list[str] | None = None) -> exp.Expr:
    star = exp.Star(except_=[exp.column(name, quoted=True) for name in but or []])
    return exp.Column(this=star, table=exp.to_identifier(REQUEST))


def _outputs(prefix: str, picked: bool) -> list[exp.Expr]:
    found = []
    for name in OUTPUTS:
        there: exp.Expr = exp.column(name, table="d")
        if picked and name in _MEMBER:
            there = exp.Coalesce(this=exp.column(name, table="m"), expressions=[there])
        # All NULL, a column of a list has no type, and a table cannot be made of it.
        typed = exp.cast(there, "INT" if name == "fail_status" else "VARCHAR")
        found.append(exp.alias_(typed, f"{prefix}{name}", copy=False))
    return found


def _meanings(table: Table, decision: Decision, picking: list[str]) -> exp.Expr:
    """The list of outcomes, named ``d``."""
    rows = []
    for n, outcome in sorted(decision.outcomes.items()):
        pool = outcome.to.pool if isinstance(outcome.to, p.To) else None
        place = outcomes.fixed(table, outcome)
        fail = outcome.to if isinstance(outcome.to, p.Fail) else None
        row = [
            number(n),
            _text(outcome.rule),
            _text(pool),
            *(exp.null() if place is None else _text(getattr(place, name)) for name in _MEMBER),
            exp.null() if fail is None else number(fail.status),
            _text(None if fail is None else fail.message),
            *(_text(part) for part in outcome.invalid or (None, None)),
        ]
        if picking:
            picked = place is None and pool is not None
            row.append(number(picking.index(pool)) if picked and pool is not None else exp.null())
        rows.append(row)
    return _list(rows, "d", ["n", *OUTPUTS, *(["picked"] if picking else [])])


def _members(policy: p.Policy, picking: list[p.Pool]) -> exp.Expr:
    """The list of members of pools, named ``m``."""
    rows = []
    for k, pool in enumerate(picking):
        for index, place in enumerate(outcomes.places(policy, pool)):
            rows.append([number(k), number(index), *(_text(getattr(place, name)) for name in _MEMBER)])
    return _list(rows, "m", ["picked", "member", *_MEMBER])


def _list(rows: list[list[exp.Expr]], name: str, columns: list[str]) -> exp.Expr:
    tuples = [exp.Tuple(expressions=row) for row in rows]
    alias = exp.TableAlias(this=exp.to_identifier(name), columns=[exp.to_identifier(column) for column in columns])
    return exp.Values(expressions=tuples, alias=alias)


def _text(value: str | None) -> exp.Expr:
    return exp.null() if value is None else text(value)


def _laid_out(decided: exp.Expr, dialect: Dialect) -> exp.Expr:
    """A `CASE` with each branch on one line."""
    if not isinstance(decided, exp.Case):
        return on_one_line(decided, dialect)
    branches = (
        f"    WHEN {write(branch.this, dialect)} THEN {write(branch.args['true'], dialect)}"
        for branch in decided.args["ifs"]
    )
    otherwise = write(decided.args["default"], dialect)
    return exp.Var(this="\n".join(["CASE", *branches, f"    ELSE {otherwise}", "  END"]))

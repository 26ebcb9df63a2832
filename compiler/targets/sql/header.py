"""The comment above a query: what it is of, for which dialect, and which columns it reads."""

from __future__ import annotations

from sqlglot import exp

from interlock.compiler.artifact import document
from interlock.compiler.table import Table
from interlock.compiler.targets.sql.decision import Decision
from interlock.compiler.targets.sql.dialects import TESTED, Dialect
from interlock.compiler.targets.sql.expressions import REQUEST
from interlock.compiler.targets.sql.outcomes import picking
from interlock.dsl import policy as p


def header(table: Table, decision: Decision, dialect: Dialect) -> str:
    """Lines of comment. Nothing of the policy is in them but names, which hold no line break."""
    read = _read(table, decision)
    if dialect in TESTED:
        standing = f"{dialect}, whose answers are tested against the runtime's"
    else:
        standing = f"{dialect}, UNTESTED: compare its answers with `interlock decide` before you rely on them"
    lines = [
        f"policy {table.policy.name}, version {document(table)['version']}",
        f"dialect {standing}",
        "it reads a request from each row, NULL where an attribute is absent:",
        *(f"  {a.name} {_type(a.type, dialect)}" for a in table.policy.attributes.values() if a.name in read),
    ]
    return "".join(f"-- {line}\n" for line in lines)


def _read(table: Table, decision: Decision) -> set[str]:
    """The attributes that a query reads."""
    written = [decision.number, *decision.classes.values()]
    columns = (found for expression in written for found in expression.find_all(exp.Column))
    keys = (pool.sticky for pool in picking(table, decision.outcomes))
    return {found.name for found in columns if found.table == REQUEST} | {key for key in keys if key is not None}


def _type(type_: p.Type, dialect: Dialect) -> str:
    match type_:
        case p.BoolType():
            name = "BOOLEAN"
        case p.IntType():
            name = "BIGINT"
        case p.SetType():
            name = "ARRAY<VARCHAR>"
        case _:
            name = "VARCHAR"
    return exp.DataType.build(name).sql(dialect)

"""Rows asked in DuckDB."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from interlock.compiler.targets.sql.statement import OUTPUTS
from interlock.dsl import policy as p
from tests.targets.rows import Row, numbered

RELATION = "requests"


def answers(
    policy: p.Policy, rows: Sequence[Row], statement: str, prefix: str = "interlock_"
) -> list[tuple[object, ...]]:
    """The columns that the statement adds to each row."""
    with duckdb.connect() as connection:
        load(connection, policy, rows)
        added = ", ".join(f"{prefix}{name}" for name in OUTPUTS)
        return connection.execute(f'SELECT {added} FROM ({statement}) ORDER BY "row number"').fetchall()


def load(connection: duckdb.DuckDBPyConnection, policy: p.Policy, rows: Sequence[Row]) -> None:
    """Makes the table ``requests`` of rows."""
    columns = [(f'"{a.name}"', _type(a.type)) for a in policy.attributes.values()]
    declared = ", ".join(f"{name} {type_}" for name, type_ in [*columns, ('"row number"', "BIGINT")])
    connection.execute(f"CREATE TABLE {RELATION} ({declared})")
    row_marks = f"({', '.join('?' for _ in range(len(columns) + 1))})"
    if rows:
        values = [value for row in numbered(policy, rows) for value in row]
        # One statement: as many with a row each take a hundred times as long.
        connection.execute(f"INSERT INTO {RELATION} VALUES {', '.join([row_marks] * len(rows))}", values)


def _type(type_: p.Type) -> str:
    match type_:
        case p.BoolType():
            return "BOOLEAN"
        case p.IntType():
            return "BIGINT"
        case p.SetType():
            return "VARCHAR[]"
        case _:
            return "VARCHAR"

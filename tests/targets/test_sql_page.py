"""What docs/sql.md shows in SQL, run as it says."""

from __future__ import annotations

from pathlib import Path

import duckdb

from interlock.compiler.pipeline import front
from interlock.compiler.targets.sql.statement import statement
from tests.markdown import blocks

PAGE = Path(__file__).parent.parent.parent / "docs" / "sql.md"


def test_two_versions_are_compared() -> None:
    (policy,) = [block.text for block in blocks(PAGE) if block.language == "route"]
    (script,) = [block.text for block in blocks(PAGE) if block.language == "sql"]
    versions = {"old": (policy, "requests"), "new": (policy.replace(">= 40K", ">= 60K"), "before")}
    for name, (text, relation) in versions.items():
        table = front("sizes.route", text=text).table
        assert table is not None
        mark = f"-- the text of {name}.sql\n"
        assert mark in script
        script = script.replace(mark, statement(table, "duckdb", relation, f"{name}_"))
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE requests AS SELECT n * 1000 AS input_tokens, 'haiku' AS model_hint, 's' AS session_id, "
            "NULL AS tier FROM range(100) AS t(n)"
        )
        found = connection.execute(script).fetchall()
    assert found == [("big", "otherwise", "opus", "haiku", 20, "s")]

"""`python -m tests.targets.spark`: Spark's answers on random policies against the runtime's.

It needs pyspark (the dependency group `spark`) and Java, which the other tests do without: `make test-spark`.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from interlock.compiler.targets.sql.by_rule import by_rule
from interlock.compiler.targets.sql.by_words import by_words
from interlock.compiler.targets.sql.statement import OUTPUTS, query
from interlock.dsl import policy as p
from tests.targets.policies import Case, cases
from tests.targets.rows import numbered

SEEDS = 4


def main(seeds: int = SEEDS) -> int:
    """Compare named examples and the policies of ``seeds`` seeds; the exit code."""
    session = _session()
    asked = wrong = 0
    start = time.monotonic()
    for case in cases(seeds):
        for shape, decision in (
            ("by rule", by_rule(case.table.policy, "spark")),
            ("by words", by_words(case.table, "spark", "interlock_")),
        ):
            got = answers(session, case, query(case.table, decision, "spark", "requests", "interlock_"))
            asked += len(got)
            for row, found, expected in zip(case.rows, got, case.expected, strict=True):
                if found != expected:
                    wrong += 1
                    print(f"{case.name}, {shape}: {row}\n  Spark   {found}\n  runtime {expected}")
                    break
    print(f"{asked:,} answers of Spark {session.version}, {wrong} policies wrong, {time.monotonic() - start:.0f} s")
    return int(wrong > 0)


def _session() -> Any:
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    builder = SparkSession.builder.master("local[1]").appName("interlock")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("FATAL")  # what Spark cannot make bytecode of it interprets, with pages of traces
    return session


def answers(session: Any, case: Case, statement: str) -> list[tuple[object, ...]]:
    """The columns that a statement adds to each row of a case."""
    policy = case.table.policy
    session.createDataFrame(numbered(policy, case.rows), _schema(policy)).createOrReplaceTempView("requests")
    added = ", ".join(f"interlock_{name}" for name in OUTPUTS)
    found = session.sql(f"SELECT `row number`, {added} FROM ({statement})").collect()
    return [tuple(row[1:]) for row in sorted(found, key=lambda row: int(row[0]))]


def _schema(policy: p.Policy) -> str:
    columns = [f"`{a.name}` {_type(a.type)}" for a in policy.attributes.values()]
    return ", ".join([*columns, "`row number` BIGINT"])


def _type(type_: p.Type) -> str:
    match type_:
        case p.BoolType():
            return "BOOLEAN"
        case p.IntType():
            return "BIGINT"
        case p.SetType():
            return "ARRAY<STRING>"
        case _:
            return "STRING"


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))

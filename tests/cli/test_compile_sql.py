"""``interlock compile --to sql``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import POLICY, UNREACHABLE, Cli


@pytest.fixture(autouse=True)
def policy(folder: Path) -> None:
    Path("a.route").write_text(POLICY)


def test_the_query_goes_to_standard_output_and_runs(cli: Cli) -> None:
    ran = cli("compile", "a.route", "--to", "sql", "--dialect", "duckdb")
    assert ran.code == 0
    assert ran.err == f"wrote standard output: a query for duckdb, {len(ran.out.encode()):,} bytes\n"
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE requests AS SELECT 50000 AS input_tokens, NULL AS home, 's-1' AS session_id")
        found = connection.execute(f"SELECT interlock_rule, interlock_pool FROM ({ran.out})").fetchall()
    assert found == [("big", "large[us_east]")]


def test_the_comment_says_what_it_is_and_what_it_reads(cli: Cli) -> None:
    Path("b.route").write_text(POLICY.replace("home : region", "unused : string?\n    home : region"))
    tested = cli("compile", "b.route", "--to", "sql", "--dialect", "duckdb").out.splitlines()[:7]
    assert tested[0].startswith("-- policy sizes, version ")
    assert tested[1:] == [
        "-- dialect duckdb, whose answers are tested against the runtime's",
        "-- it reads a request from each row, NULL where an attribute is absent:",
        "--   home TEXT",
        "--   input_tokens BIGINT",
        "--   session_id TEXT",
        "SELECT",
    ]
    Path("c.route").write_text(POLICY.replace("; serve spare[r] with opus", ""))
    untested = cli("compile", "c.route", "--to", "sql", "--dialect", "postgres", "--isolated")
    assert "-- dialect postgres, UNTESTED: compare its answers with `interlock decide`" in untested.out


def test_a_file_a_relation_and_a_prefix(cli: Cli) -> None:
    words = ["--to", "sql", "--dialect", "spark", "--relation", "lake.requests", "--prefix", "new_", "-o", "q.sql"]
    ran = cli("compile", "a.route", *words)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("wrote q.sql: a query for spark, ")
    text = Path("q.sql").read_text()
    assert "AS new_rule" in text
    assert "FROM lake.requests AS r" in text


def test_a_policy_with_errors_writes_nothing(cli: Cli) -> None:
    Path("a.route").write_text(UNREACHABLE)
    ran = cli("compile", "a.route", "--to", "sql", "--dialect", "duckdb", "-o", "q.sql")
    assert (ran.code, ran.out) == (1, "")
    assert os.listdir() == ["a.route"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--to", "sql"], "--to sql needs one of duckdb, spark, bigquery,"),
        (["--to", "sql", "--dialect", "duckbd"], "did you mean 'duckdb'?"),
        (["--to", "sql", "--dialect", "x"], "the dialects are duckdb, spark, bigquery,"),
        (["--to", "json"], "'json' is not one of table, sql"),
        (["--dialect", "duckdb"], "a dialect is for --to sql"),
        (["--relation", "r"], "it is for --to sql"),
        (["--prefix", "r"], "it is for --to sql"),
        (["--to", "sql", "--dialect", "duckdb", "--relation", "a b c"], "`a b c` is no name of a table"),
        (["--to", "sql", "--dialect", "duckdb", "--prefix", "a-"], "'a-' is not made of letters"),
        (["--to", "sql", "--dialect", "trino"], "the policy cannot be written for trino: a `sample` and a pool of sev"),
    ],
)
def test_what_cannot_be_done_gives_exit_2(cli: Cli, words: list[str], told: str) -> None:
    ran = cli("compile", "a.route", *words)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert os.listdir() == ["a.route"]


def test_without_sqlglot_it_says_what_to_install(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    ran = cli("compile", "a.route", "--to", "sql", "--dialect", "duckdb")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: SQL is written by sqlglot, which is not installed: pip install 'interlock[sql]'\n"
    assert cli("compile", "a.route").code == 0

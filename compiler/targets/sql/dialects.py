"""The dialects of SQL that can be written; without sqlglot, so that a wrong name can be told before it is needed."""

from __future__ import annotations

from typing import Literal

Dialect = Literal["duckdb", "spark", "bigquery", "clickhouse", "databricks", "postgres", "snowflake", "trino"]

TESTED: tuple[Dialect, ...] = ("duckdb", "spark")
"""Those whose answers the tests compare with the runtime's."""

UNTESTED: tuple[Dialect, ...] = ("bigquery", "clickhouse", "databricks", "postgres", "snowflake", "trino")
"""Those that sqlglot writes and nobody here has run."""

DIALECTS: tuple[Dialect, ...] = (*TESTED, *UNTESTED)


class Unsupported(Exception):
    """A policy that cannot be written in a dialect; the message, for people, says why and what to do."""

"""Parquet files of requests, by DuckDB. It is an extra: nothing else needs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO

from interlock.compiler.traffic.record import Broken, Records, UnreadableLog

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "512MB"
_ROWS = 5_000


class MissingDuckDB(Exception):
    """DuckDB is needed and not installed; the message says for what, and how to get it."""


def connect(purpose: str, folder: str | None = None, database: str = ":memory:") -> DuckDBPyConnection:
    """A database, by default one in memory, that takes no more than ``MEMORY`` and writes what is more to ``folder``.
    Raises ``MissingDuckDB``."""
    try:
        import duckdb
    except ImportError:
        raise MissingDuckDB(f"{purpose} needs DuckDB: `pip install 'interlock[traffic]'`") from None
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": MEMORY, "threads": os.cpu_count() or 1}
    if folder is not None:
        config["temp_directory"] = folder
    connection = duckdb.connect(database, config=config)
    connection.execute("SET preserve_insertion_order = true; SET TimeZone = 'UTC'")
    return connection


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Within it, what DuckDB cannot do (a full disk, say) raises ``UnreadableLog``, which begins with ``what``."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise UnreadableLog(f"{what}: {_first_line(error)}") from None


def is_parquet(name: str, stream: BinaryIO) -> bool:
    """Whether a file is one, by its name or by its first bytes."""
    if name.lower().endswith(".parquet"):
        return True
    peek = getattr(stream, "peek", None)
    return peek is not None and peek(4)[:4] == b"PAR1"


def read_parquet(path: str) -> Records:
    """The rows of a file, as JSON values. Raises ``UnreadableLog`` for a file that is none, and ``MissingDuckDB``."""
    connection = connect("reading Parquet")
    with telling(f"`{path}` is no Parquet file"):
        rows = connection.execute("SELECT * FROM read_parquet(?)", [path])
        names = [column[0] for column in rows.description]
    return Records(path, tuple(names), parquet_rows(rows, names))


def parquet_rows(rows: DuckDBPyConnection, names: list[str]) -> Iterator[tuple[int, object] | Broken]:
    """The rows of a query, as JSON values; ``names`` are its columns."""
    import duckdb

    number = 0
    while True:
        try:
            many = rows.fetchmany(_ROWS)
        except duckdb.Error as error:
            yield Broken(number + 1, f"the file is damaged: {_first_line(error)}")
            return
        if not many:
            return
        for row in many:
            number += 1
            yield number, {name: _plain(value) for name, value in zip(names, row, strict=True)}


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]

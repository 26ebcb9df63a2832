"""What reading a file gives."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.dsl.record import record

MAX_RECORD = 64 * 1024 * 1024
"""So many bytes of one record: no log of requests has longer ones, and memory is not free."""


class UnreadableLog(Exception):
    """A file as a whole cannot be read, or does not say what it is; the message says which and what to do."""


@record
class Broken:
    """What could not be read. ``where`` is the line it begins in, or the row of a Parquet file."""

    where: int
    reason: str


@record
class Records:
    """The records of one file, each with the line it begins in (the row of a Parquet file). ``header`` has the columns
    of a CSV or Parquet file, in which a text may stand for a value of another type; None for JSON."""

    name: str
    header: tuple[str, ...] | None
    each: Iterator[tuple[int, object] | Broken]

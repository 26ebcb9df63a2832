"""The rows of a CSV file as objects. An empty cell is an absent value."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from interlock.compiler.traffic.record import MAX_RECORD, Broken

Cells = tuple[int, list[str]]
"""A row: the line that it begins in, and its cells."""


class _Lines:
    """The lines of a file as text, for a reader that cannot be told of a line which is none."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = iter(stream)
        self.broken = False

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            try:
                text = line.decode()
            except UnicodeDecodeError:
                self.broken = True
                text = line.decode("utf-8", "replace")
            yield text


def csv_rows(stream: Iterable[bytes]) -> tuple[tuple[str, ...], Iterator[tuple[int, object] | Broken]]:
    """The columns of a CSV file (RFC 4180) and its rows, by column."""
    header, lines, broken = csv_header(stream)
    if broken is not None:
        return header, iter([broken])
    return header, (csv_record(row, header) for row in csv_cells(stream, lines + 1))


def csv_header(stream: Iterable[bytes]) -> tuple[tuple[str, ...], int, Broken | None]:
    """The columns of a CSV file, how many lines they take, and why they are none."""
    csv.field_size_limit(MAX_RECORD)
    lines = _Lines(stream)
    text = iter(lines)
    first = next(text, "").removeprefix("\ufeff")
    reader = csv.reader(line for part in ((first,) if first else (), text) for line in part)
    try:
        header = tuple(next(reader, ()))
    except csv.Error as error:
        return (), reader.line_num, Broken(1, f"the header is no CSV: {error}")
    twice = sorted({name for name in header if header.count(name) > 1})
    if lines.broken:
        return header, reader.line_num, Broken(1, "the header is not UTF-8")
    broken = Broken(1, f"the column `{twice[0]}` is there twice") if twice else None
    return header, reader.line_num, broken


def csv_cells(stream: Iterable[bytes], first: int) -> Iterator[Cells | Broken]:
    """The rows behind a header; ``first`` is the line that the first of them begins in."""
    lines = _Lines(stream)
    reader = csv.reader(iter(lines))
    while True:
        where = reader.line_num + first
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield Broken(where, f"the row is no CSV: {error}")
            continue
        if row is None:
            return
        if lines.broken:
            lines.broken = False
            yield Broken(where, "the row is not UTF-8")
        elif row:
            yield where, row


def csv_record(row: Cells | Broken, header: Sequence[str]) -> tuple[int, object] | Broken:
    """A row as a record: its cells by column, but for the empty ones."""
    if isinstance(row, Broken):
        return row
    where, cells = row
    if len(cells) != len(header):
        return Broken(where, f"the row has {len(cells)} cells, and the header {len(header)}")
    return where, {name: cell for name, cell in zip(header, cells, strict=True) if cell}

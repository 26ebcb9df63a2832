"""The rows of a CSV file as objects. An empty cell is an absent value."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from interlock.compiler.traffic.record import MAX_RECORD, Broken

if TYPE_CHECKING:
    from _csv import Reader as _Reader


class _Lines:
    """The lines of a file as text, for a reader that cannot be told of a line which is none."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = iter(stream)
        self.broken = False

    def __iter__(self) -> Iterator[str]:
        first = True
        for line in self._stream:
            try:
                text = line.decode()
            except UnicodeDecodeError:
                self.broken = True
                text = line.decode("utf-8", "replace")
            yield text.removeprefix("\ufeff") if first else text
            first = False


def csv_rows(stream: Iterable[bytes]) -> tuple[tuple[str, ...], Iterator[tuple[int, object] | Broken]]:
    """The columns of a CSV file (RFC 4180) and its rows, by column."""
    csv.field_size_limit(MAX_RECORD)
    lines = _Lines(stream)
    reader = csv.reader(iter(lines))
    try:
        header = tuple(next(reader, ()))
    except csv.Error as error:
        return (), iter([Broken(1, f"the header is no CSV: {error}")])
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        return header, iter([Broken(1, f"the column `{twice[0]}` is there twice")])
    return header, _rows(reader, lines, header)


def _rows(reader: _Reader, lines: _Lines, header: tuple[str, ...]) -> Iterator[tuple[int, object] | Broken]:
    wide = len(header)
    while True:
        where = reader.line_num + 1
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
        elif len(row) == wide:
            yield where, {name: cell for name, cell in zip(header, row, strict=True) if cell}
        elif row:
            yield Broken(where, f"the row has {len(row)} cells, and the header {wide}")

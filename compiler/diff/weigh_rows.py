"""Files in parts for DuckDB, and the rows of them that do not fit columns as records again."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from interlock.compiler.json_text import NotJson, parse_json
from interlock.compiler.traffic.inputs import json_lines
from interlock.compiler.traffic.record import MAX_RECORD, Broken

BLOCK = 8 << 20
"""So many bytes are read at once."""
_BOM = b"\xef\xbb\xbf"


def first_line(stream: BinaryIO) -> object:
    """What the first line says in JSON, of a file that is JSON Lines and not compressed; else None."""
    peek = getattr(stream, "peek", None)
    if peek is None:
        return None
    line, ends, _ = peek(1 << 16).removeprefix(_BOM).partition(b"\n")
    if not ends or line[:1] != b"{":
        return None
    try:
        return parse_json(line.decode())
    except (NotJson, UnicodeDecodeError):
        return None


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """A file in parts that end with a line."""
    first = True
    while block := stream.read(BLOCK):
        if not block.endswith(b"\n"):
            block += stream.readline(MAX_RECORD + 1)
            if not block.endswith(b"\n"):  # the file ends, or the line is too long
                while (rest := stream.readline(MAX_RECORD)) and not rest.endswith(b"\n"):
                    pass
                block += b"\n"
        yield block.removeprefix(_BOM) if first else block
        first = False


def shifted(each: Iterator[tuple[int, object] | Broken], by: int) -> Iterator[tuple[int, object] | Broken]:
    """Records, so many lines further down."""
    for found in each:
        yield Broken(found.where + by, found.reason) if isinstance(found, Broken) else (found[0] + by, found[1])


def parsed(rows: Iterable[tuple[int, str]]) -> Iterator[tuple[int, object] | Broken]:
    """Lines with their numbers, as records."""
    for number, line in rows:
        yield from shifted(json_lines(io.BufferedReader(io.BytesIO(line.encode()))), number - 1)


def numbered(each: Iterator[tuple[int, object] | Broken]) -> Iterator[tuple[int, object] | Broken]:
    """Rows by the number that stands in them."""
    for found in each:
        if isinstance(found, Broken):
            yield found
            continue
        row = found[1]
        assert isinstance(row, dict)
        yield row.pop("file_row_number") + 1, row

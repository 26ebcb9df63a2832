"""Files in parts for DuckDB, and the rows of them that do not fit columns as records again."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from interlock.compiler.traffic.inputs import BOM, BROKEN, json_line
from interlock.compiler.traffic.record import MAX_RECORD, Broken

BLOCK = 24 << 20
"""So many bytes are looked at together."""


class Lines:
    """A file in parts that end with a line, as far as it can be read: ``error`` is what keeps the rest from that."""

    def __init__(self, stream: io.BufferedReader, size: int) -> None:
        self._stream, self._size = stream, size
        self.rest = b""
        self.error: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Parts of ``size`` bytes or one line; of a line longer than ``MAX_RECORD`` so many bytes and no end, the next
        part goes on with it. The last one ends where the file does."""
        ended = False
        while not ended:
            size = max(self._size, 2 * len(self.rest))
            ended = self._read(min(size, self._size + MAX_RECORD + 1))
            part = self.rest
            cut = len(part) if ended or (len(part) > MAX_RECORD and b"\n" not in part) else part.rfind(b"\n") + 1
            self.rest = part[cut:]
            if cut:
                yield part[:cut]

    def _read(self, size: int) -> bool:
        """Have so many bytes in ``rest``; whether the file ends there."""
        parts, known = [self.rest], len(self.rest)
        try:
            while known < size and (data := self._stream.read1(size - known)):
                parts.append(data)
                known += len(data)
        except BROKEN as error:
            self.error = error
        self.rest = b"".join(parts)
        return known < size

    def go_on(self) -> Iterator[bytes]:
        """The lines behind the last part. Raises what the file's end is broken by."""
        yield from _whole_lines(self.rest, self._stream, self.error)


def _whole_lines(rest: bytes, stream: BinaryIO, error: Exception | None) -> Iterator[bytes]:
    *lines, last = rest.split(b"\n")
    for line in lines:
        yield line + b"\n"
    if error is not None:
        raise error
    if last:
        yield last + stream.readline()
    yield from stream


class Breaking(io.RawIOBase):
    """Bytes, and then an error."""

    def __init__(self, data: bytes, error: Exception) -> None:
        self._data, self._error = io.BytesIO(data), error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        many = self._data.readinto(buffer)
        if not many:
            raise self._error
        return many


def first_line(stream: io.BufferedReader) -> object:
    """What the first line says in JSON, None where that is nothing."""
    line = stream.peek(1 << 16).removeprefix(BOM).partition(b"\n")[0]
    found = json_line(1, line)
    return None if found is None or isinstance(found, Broken) else found[1]


def apart(block: bytes) -> tuple[bytes, list[tuple[int, bytes]]]:
    """A part without the lines that are not UTF-8 (blank ones stand for them), and those, by their number in it."""
    try:
        block.decode()
    except UnicodeDecodeError:
        lines = block.split(b"\n")
        odd = [(n, line) for n, line in enumerate(lines) if not _is_text(line)]
        for n, _ in odd:
            lines[n] = b""
        return b"\n".join(lines), [(n + 1, line) for n, line in odd]
    return block, []


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def shifted(each: Iterator[tuple[int, object] | Broken], by: int) -> Iterator[tuple[int, object] | Broken]:
    """Records, so many lines further down."""
    for found in each:
        yield Broken(found.where + by, found.reason) if isinstance(found, Broken) else (found[0] + by, found[1])


def parsed(rows: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, object] | Broken]:
    """Lines with their numbers, as records."""
    for number, line in rows:
        found = json_line(number, line)
        if found is not None:
            yield found


def numbered(each: Iterator[tuple[int, object] | Broken]) -> Iterator[tuple[int, object] | Broken]:
    """Rows by the number that stands in them."""
    for found in each:
        if isinstance(found, Broken):
            yield found
            continue
        row = found[1]
        assert isinstance(row, dict)
        yield row.pop("file_row_number") + 1, row

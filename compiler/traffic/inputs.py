"""The records in a file, whatever form it has: JSON Lines, JSON documents, CSV; compressed or not.

Records come one at a time, so that a file may be larger than memory. What cannot be read comes as a ``Broken`` with its
line and the reason, and reading goes on behind it wherever there is a next line.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Literal, TypeVar

from interlock.compiler.json_text import NotJson, parse_json
from interlock.compiler.traffic.csv_rows import csv_rows
from interlock.compiler.traffic.documents import documents
from interlock.compiler.traffic.record import MAX_RECORD, Broken, Records

_HEAD = 1 << 18
BOM = b"\xef\xbb\xbf"


Shape = Literal["documents", "lines", "csv"]


def read_records(name: str, stream: BinaryIO) -> Records:
    """What is in a file, which is open for reading bytes. Raises ``OSError`` where it cannot be read at all."""
    shape, buffered = looked_at(name, stream)
    if isinstance(shape, Broken):
        return Records(name, None, iter([shape]))
    if shape == "csv":
        header, rows = csv_rows(buffered)
        return Records(name, header, unbroken(rows))
    return Records(name, None, unbroken(documents(buffered) if shape == "documents" else json_lines(buffered)))


def looked_at(name: str, stream: BinaryIO) -> tuple[Shape | Broken, io.BufferedReader]:
    """What shape a file has, or why it has none; and the file, open for reading what is in it, also if that is
    compressed. Raises ``OSError``."""
    buffered: io.BufferedReader = _buffered(stream)
    if buffered.peek(2)[:2] == b"\x1f\x8b":
        buffered = _buffered(gzip.GzipFile(fileobj=buffered))
    try:
        head = buffered.peek(_HEAD).removeprefix(BOM)
    except BROKEN as error:
        return Broken(1, _why(error)), buffered
    if head[:1] in (b"{", b"[", b"") or head.lstrip()[:1] in (b"{", b"[", b"") or _is_json(name):
        return "documents" if head.lstrip()[:1] == b"[" or _goes_on(head) else "lines", buffered
    return "csv", buffered


def _buffered(stream: Any) -> io.BufferedReader:
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream, _HEAD)


def _is_json(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson", ".json"))


def _goes_on(head: bytes) -> bool:
    """Whether the first line begins a JSON value that goes on in the next one."""
    line, ends, _ = head.lstrip().partition(b"\n")
    text = line.decode("utf-8", "replace").rstrip()
    if not ends or not text:
        return False
    try:
        parse_json(text)
    except NotJson as error:
        return error.at is not None and error.at >= len(text)
    return False


def json_lines(stream: io.BufferedReader) -> Iterator[tuple[int, object] | Broken]:
    """JSON Lines; blank lines are none."""
    number = 0
    while line := stream.readline(MAX_RECORD + 1):
        number += 1
        if len(line) > MAX_RECORD:
            yield Broken(number, f"the line is longer than {MAX_RECORD >> 20} MiB")
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_RECORD)
            continue
        found = json_line(number, line)
        if found is not None:
            yield found


def json_line(number: int, line: bytes) -> tuple[int, object] | Broken | None:
    """What a line says; None for one that is blank."""
    try:
        text = line.rstrip(b"\r\n").decode()
        if number == 1:
            text = text.removeprefix("\ufeff")
        return None if text.isspace() or not text else (number, parse_json(text))
    except UnicodeDecodeError:
        return Broken(number, "the line is not UTF-8")
    except NotJson as error:
        return Broken(number, f"the line is no JSON: {error}".replace(" at line 1, column", " at column"))


T = TypeVar("T")

BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)
"""What is raised where a compressed file is damaged."""


def _why(error: Exception) -> str:
    return "the compressed file ends in the middle" if isinstance(error, EOFError) else "the compressed file is damaged"


def unbroken(each: Iterator[tuple[int, T] | Broken], where: int = 0) -> Iterator[tuple[int, T] | Broken]:
    """The records before the place at which a compressed file breaks, and then that it does; ``where`` is the line
    before them."""
    try:
        for found in each:
            where = found.where if isinstance(found, Broken) else found[0]
            yield found
    except BROKEN as error:
        yield Broken(where + 1, f"{_why(error)}; the rest of it cannot be read")

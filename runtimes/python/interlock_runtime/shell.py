"""The table asked from a shell: what runtimes/python/run does (docs/runtimes.md, "Asking from a shell")."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence

from .decision import ERROR_CLASSES, Decision
from .load import load
from .request_text import request_of
from .shape import TableError
from .table import Table

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some editors begin a file with it
USAGE = "usage: run TABLE REQUESTS.jsonl [--after CLASS,…]\n       run --batch"


def main(arguments: Sequence[str]) -> int:
    """Answer on standard output; the exit code, 2 where the usage is wrong or a file cannot be used."""
    try:
        if list(arguments) == ["--batch"]:
            batch()
            return 0
        if len(arguments) == 4 and arguments[2] == "--after":
            return _answer(arguments[0], arguments[1], _classes(arguments[3]))
        if len(arguments) == 2:
            return _answer(arguments[0], arguments[1], ())
        return _complain(USAGE)
    except BrokenPipeError:  # nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, ValueError) as error:
        return _complain(str(error))


def _answer(table_path: str, requests_path: str, classes: Sequence[str]) -> int:
    table = load(table_path)
    out = sys.stdout.buffer
    if requests_path == "-":
        _write(table, sys.stdin.buffer, classes, out.write)
    else:
        with open(requests_path, "rb") as requests:
            _write(table, requests, classes, out.write)
    out.flush()
    return 0


def _write(table: Table, lines: Iterable[bytes], classes: Sequence[str], write: Callable[[bytes], object]) -> None:
    for number, line in enumerate(lines):
        request = line.removesuffix(b"\n") if number else line.removesuffix(b"\n").removeprefix(_BYTE_ORDER_MARK)
        write(_canonical(_decided(table, request, classes).to_dict()) + b"\n")


def batch() -> None:
    """Answer the commands of standard input, one line each; what is at hand is answered before more is read."""
    table: Table | None = None
    rest = b""
    while chunk := os.read(0, 1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            answer, table = _command(line, table)
            sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()
    if rest:
        sys.stdout.buffer.write(_command(rest, table)[0] + b"\n")
        sys.stdout.buffer.flush()


def _command(line: bytes, table: Table | None) -> tuple[bytes, Table | None]:
    """The answer to a command, and the table that is asked from now on."""
    name, space, rest = line.partition(b" ")
    try:
        if name == b"load" and space:
            table = load(os.fsdecode(rest))
            return f"loaded {table.version}".encode(), table
        if name not in (b"decide", b"explain", b"record") or not space:
            return _error("no such command, or a field is missing"), table
        if table is None:
            return _error("no table was loaded"), table
        if name == b"explain":
            return _canonical(table.explain(request_of(rest)).to_dict()), table
        words, space, request = rest.partition(b" ")
        if not space:
            return _error("a field is missing"), table
        classes = () if words == b"-" else _classes(words.decode("utf-8", "replace"))
        if name == b"decide":
            return _canonical(_decided(table, request, classes).to_dict()), table
        return table.record(request_of(request), classes).to_json().encode(), table
    except TableError as error:
        return f"refused {error.reason} {_line(str(error))}".encode("utf-8", "replace"), table
    except (OSError, ValueError) as error:
        return _error(str(error)), table


def _decided(table: Table, request: bytes, classes: Sequence[str]) -> Decision:
    decision = table.decide(request_of(request))
    for error_class in classes:
        decision = table.after(decision, error_class)
    return decision


def _classes(text: str) -> Sequence[str]:
    classes = text.split(",")
    for name in classes:
        if name not in ERROR_CLASSES:
            raise ValueError(f"{name!r} is no error class; these are: {', '.join(ERROR_CLASSES)}")
    return classes


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _error(message: str) -> bytes:
    return f"error {_line(message)}".encode("utf-8", "replace")


def _line(message: str) -> str:
    return " ".join(message.split())


def _complain(message: str) -> int:
    print(message.encode("utf-8", "replace").decode(), file=sys.stderr)
    return 2

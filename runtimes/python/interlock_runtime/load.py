"""Reading a table: from a path, bytes or parsed JSON to a ``Table``, or a ``TableError`` that says why."""

from __future__ import annotations

import json
import os
import re
from hashlib import sha256
from typing import Any

from .check import FIELDS, FORMAT, FORMAT_VERSION, check
from .shape import TableError, fields, text
from .table import Table

MAX_BYTES = 64 * 1024 * 1024
_MAX_DEPTH = 16  # a table has 8
_MAX_VALUES = 20_000_000  # of a dict; a file of 64 MiB has hardly more
_LONE_SURROGATE = "table: a string has a lone surrogate"
_LONE = re.compile("[\ud800-\udfff]").search
_TOO_DEEP = f"table: is nested more than {_MAX_DEPTH} deep"
_LEAVES = {str, int, bool, type(None)}


def load(source: str | os.PathLike[str] | bytes | dict[str, Any]) -> Table:
    """The table in a file, in the bytes of one, or in the parsed JSON of one.

    Raises ``TableError`` when the content is no table or a broken one, saying which check failed, and
    ``OSError`` when the file cannot be read. Keeps nothing of a ``dict`` it was given.
    """
    if isinstance(source, dict):
        table = _plain(source)
    elif isinstance(source, bytes):
        table = _parsed(source)
    elif isinstance(source, str | os.PathLike):
        table = _parsed(_read(source))
    else:
        raise TypeError(f"a table is loaded from a path, bytes or a dict, not {type(source).__name__}")
    try:
        return _checked(table)
    except TableError as error:
        # Of several faults `json` is told. A sound table pays nothing for that: none of these goes by all the checks.
        fault = _fault_of_content(table) if error.reason != "json" else None
        if fault is not None:
            raise TableError(fault, "json") from None
        raise


def _checked(table: dict[str, Any]) -> Table:
    if table.get("format") != FORMAT:
        raise TableError(f"format: must be {FORMAT!r}: this is no decision table", "format")
    version = table.get("format_version")
    if type(version) is not int or version != FORMAT_VERSION:
        raise TableError(f"format_version: only {FORMAT_VERSION} is known to this reader", "version")
    fields(table, "table", FIELDS)
    _matches(table, "digest", ("digest",))
    _matches(table, "version", ("version", "digest", "source"))
    try:
        return Table(check(table))
    except RecursionError:  # the caller's stack is nearly full
        raise TableError("table: no room on the stack to read it", "limit") from None


def _fault_of_content(table: dict[str, Any]) -> str | None:
    """What makes parsed JSON unfit for a table's, at whatever place it stands; None if nothing does."""
    level: list[Any] = [table]
    for _ in range(_MAX_DEPTH):
        held: list[Any] = []
        for found in level:
            held += [*found, *found.values()] if isinstance(found, dict) else found
        if any(isinstance(value, str) and not value.isascii() and _LONE(value) for value in held):
            return _LONE_SURROGATE
        level = [value for value in held if isinstance(value, dict | list)]
    return _TOO_DEEP if level else None


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except ValueError as error:  # a path with a NUL
        raise TableError(f"path: {error}", "json") from None


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise TableError(f"table: is larger than {MAX_BYTES} bytes", "limit")
    try:
        table = json.loads(
            data.decode(),
            object_pairs_hook=_object,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except TableError:
        raise
    except UnicodeDecodeError as error:
        raise TableError(f"table: is not UTF-8 at byte {error.start}", "json") from None
    except RecursionError:
        raise TableError(_TOO_DEEP, "json") from None
    except ValueError as error:  # json.JSONDecodeError, or an integer of too many digits
        raise TableError(f"table: is not JSON: {error}", "json") from None
    if type(table) is not dict:
        raise TableError("table: must be a JSON object", "json")
    return table


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise TableError(f"table: an object has the key {key[:80]!r} twice", "json")
            seen.add(key)
    return found


def _no_number(written: str) -> Any:
    raise TableError(f"table: holds {written[:40]}; the only numbers are integers", "json")


def _plain(source: dict[Any, Any]) -> dict[str, Any]:
    """A copy of parsed JSON, in which nothing is shared or stands in for another type."""
    copy: dict[str, Any] = {}
    waiting: list[tuple[Any, Any, int]] = [(source, copy, 1)]
    count = 0
    while waiting:
        old, new, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            raise TableError(_TOO_DEEP, "json")
        keys: list[Any] | None = None
        values = old
        if isinstance(old, dict):
            keys, values = list(dict.keys(old)), list(dict.values(old))
            if set(map(type, keys)) - {str}:
                raise TableError("table: an object has a key that is no string", "json")
        count += len(values)
        if count > _MAX_VALUES:
            raise TableError(f"table: has more than {_MAX_VALUES} values", "limit")
        if set(map(type, values)) - _LEAVES:  # most lists are long and of numbers only
            values = [_copied(value, waiting, depth) for value in values]
        if keys is None:
            new.extend(values)
        else:
            new.update(zip(keys, values, strict=True))
    return copy


def _copied(value: Any, waiting: list[tuple[Any, Any, int]], depth: int) -> Any:
    """A copy of ``value``, whose content is left for later."""
    kind = type(value)
    if kind in _LEAVES:
        return value
    if kind is float:
        raise TableError(f"table: holds {value}; the only numbers are integers", "json")
    if kind is not dict and kind is not list:
        raise TableError("table: holds a value of a type that JSON has not", "json")
    copy: Any = kind()
    waiting.append((value, copy, depth + 1))
    return copy


def _matches(table: dict[str, Any], name: str, less: tuple[str, ...]) -> None:
    """Checks the hash ``name``, which is that of the canonical JSON of the table less some fields."""
    stated = text(table[name], name)
    rest = {key: value for key, value in table.items() if key not in less}
    try:
        canonical = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise TableError(_LONE_SURROGATE, "json") from None
    except (ValueError, RecursionError):  # an integer of too many digits, or too deep a nesting
        raise TableError("table: is nested too deeply, or has too large a number", "json") from None
    if stated != sha256(canonical).hexdigest():
        raise TableError(f"{name}: does not match the table's content: it was changed after it was compiled", "digest")

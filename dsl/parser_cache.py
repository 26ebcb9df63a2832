"""The tables of the grammar, kept between runs.

Building them means importing lark and takes a quarter of a second; loading them takes milliseconds. They are
stored as JSON, never pickled: reading it can make nothing but lists, dicts, strings and numbers, so the worst a
forged file could do is to make policies parse wrongly, and a file that somebody else could have written is
not read at all. A missing, damaged or stale file only means building again, and a folder that cannot be
written only means building every time.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import zlib
from functools import cache
from typing import cast

import interlock.grammar
from interlock.dsl.tables import Tables

_FORMAT = 2
"""Rises with every change of ``Tables`` or of how they are built."""

_tables: Tables | None = None


def tables() -> Tables:
    """The tables of the grammar: from memory, from the cache, or built. Raises nothing on a sound grammar."""
    global _tables
    if _tables is None:
        path = os.path.join(os.path.dirname(interlock.grammar.__file__), "policy.lark")
        with open(path, encoding="utf-8") as file:
            grammar = file.read()
        _tables = _cached(grammar)
    return _tables


@cache
def symbols() -> list[str]:
    """For each state of the grammar's tables the symbol that leads into it; empty for the first."""
    known = tables()
    found = [""] * len(known["rows"])
    for row in (*known["rows"], *known["gotos"]):
        for symbol, code in row.items():
            if code >= 0:
                found[code] = symbol
    return found


def _cached(grammar: str) -> Tables:
    # Lark's version is not asked for: finding it out would cost the import this saves, and the table of an
    # unambiguous LALR(1) grammar is the same whoever computes it.
    key = [_FORMAT, list(sys.version_info[:2]), grammar]
    name = f"grammar-{zlib.crc32(repr(key).encode()):08x}.json"
    try:
        path = os.path.join(_folder(), name)
    except OSError:
        path = ""
    try:
        found = _read(path, key) if path else None
    except (OSError, ValueError, KeyError):
        found = None
    if found is not None:
        return found
    from interlock.dsl.tables import build

    built = build(grammar)
    if path:
        _write(path, key, built)
    return built


def _folder() -> str:
    """Where the user keeps what can be made again. Raises ``OSError`` where there is no such place."""
    chosen = os.environ.get("INTERLOCK_CACHE_DIR")
    if chosen:
        return os.path.abspath(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):  # as the XDG Base Directory Specification asks
            base = os.path.join(os.path.expanduser("~"), ".cache")
    if not os.path.isabs(base):
        raise OSError("no home folder")
    return os.path.join(base, "interlock")


def _mine(status: os.stat_result) -> bool:
    """Whether nobody else could have written it. Windows keeps %LOCALAPPDATA% to its user."""
    if sys.platform == "win32":
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _read(path: str, key: list[object]) -> Tables | None:
    folder = os.stat(os.path.dirname(path))
    if not _mine(folder):
        return None
    with open(path, "rb") as file:
        # Asked of the open file, so that it cannot be exchanged between the question and the reading.
        if not _mine(os.fstat(file.fileno())):
            return None
        data = file.read()
    body = data[8:]
    if data[:8] != b"%08x" % zlib.crc32(body):
        return None
    stored = json.loads(body)
    if not isinstance(stored, dict) or stored.get("key") != key:
        return None
    return cast(Tables, stored["tables"])


def _write(path: str, key: list[object], built: Tables) -> None:
    import contextlib
    import tempfile

    folder = os.path.dirname(path)
    temporary = ""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if not _mine(os.stat(folder)):
            return
        body = json.dumps({"key": key, "tables": built}, separators=(",", ":")).encode()
        handle, temporary = tempfile.mkstemp(dir=folder, prefix="grammar-", suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(b"%08x" % zlib.crc32(body) + body)
        os.replace(temporary, path)
    except (OSError, ValueError):
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)

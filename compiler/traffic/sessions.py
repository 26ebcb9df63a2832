"""What changes or falls within sessions: exactly, for any number of them, in bounded memory.

Turns are written to a file and sorted by DuckDB, which uses the disk for what is more than its share of memory. A value
that differs from the turn before it is a change, a lesser one a fall; a session in which no two turns after one another
differ is constant.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Any

from interlock.compiler.traffic.parquet import connect, telling
from interlock.dsl.record import record
from interlock.runtime.validate import Value

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LONGEST = 400


@record
class Moved:
    """The turns of sessions in which one attribute changed, or fell: how many ``turns``, in how many ``sessions``, and
    the first: the session's key, and for the turn before and the turn itself the value, the file and the line."""

    attribute: str
    turns: int
    sessions: int
    key: str
    before: tuple[str | None, int, int]
    after: tuple[str | None, int, int]


@record
class SessionsFound:
    sessions: int
    moved: tuple[Moved, ...]


class Sessions:
    """Takes the turns of sessions, and says what changed in them."""

    def __init__(self, folder: str, steady: Sequence[str], rising: Sequence[str]) -> None:
        """``folder`` is for temporary files; of the attributes there is one at least. Raises ``MissingDuckDB``."""
        self._database = connect("looking at sessions", folder, os.path.join(folder, "sessions.duckdb"))
        self._steady = list(steady)
        self._rising = list(rising)
        self._path = os.path.join(folder, "turns.tsv")
        self._file = open(self._path, "w", encoding="ascii", buffering=1 << 20)  # noqa: SIM115 - closed in `found`
        self._turns = 0
        self._timed = True

    def turn(self, file: int, line: int, at: object, key: Sequence[Value], values: Sequence[Value]) -> None:
        """One valid request of a session: the values that make the session, then those of the steady attributes and of
        the rising ones."""
        self._turns += 1
        if at is None:
            self._timed = False
        name = ",".join([_cell(part) or "null" for part in key])
        cells = "\t".join([_cell(value) for value in values])
        self._file.write(f"{self._turns}\t{file}\t{line}\t{at or ''}\t{name}\t{cells}\n")

    def found(self) -> SessionsFound:
        """What changed. Turns are in the order of their times if all have one, else in that of the files."""
        self._file.close()
        with telling("sessions could not be looked at"):
            return self._found(self._database, self._columns())

    def _found(self, database: DuckDBPyConnection, names: dict[str, str]) -> SessionsFound:
        columns = {"n": "BIGINT", "file": "INTEGER", "line": "BIGINT", "moment": "VARCHAR", "key": "VARCHAR"}
        columns |= {name: "VARCHAR" if attribute in self._steady else "BIGINT" for name, attribute in names.items()}
        typed = ", ".join(f"'{name}': '{type_}'" for name, type_ in columns.items())
        database.execute(
            f"CREATE TABLE turn AS SELECT * FROM read_csv(?, delim='\t', header=false, quote='', escape='', nullstr='',"
            f" auto_detect=false, max_line_size=16000000, columns={{{typed}}})",
            [self._path],
        )
        os.unlink(self._path)
        order = "moment, n" if self._timed else "n"
        before = ", ".join(f"lag({name}) OVER w AS p_{name}" for name in ("n", "file", "line", *names))
        flags = [
            f"({name} IS DISTINCT FROM p_{name})" if attribute in self._steady else f"({name} < p_{name})"
            for name, attribute in names.items()
        ]
        marked = ", ".join(f"{flag} AS bad_{name}" for flag, name in zip(flags, names, strict=True))
        database.execute(
            f"CREATE TABLE moved AS SELECT *, {marked} FROM (SELECT *, {before} FROM turn"
            f" WINDOW w AS (PARTITION BY key ORDER BY {order}))"
            f" WHERE p_n IS NOT NULL AND ({' OR '.join(flags)})"
        )
        (sessions,) = _one(database, "SELECT count(DISTINCT key) FROM turn")
        turns = _one(database, f"SELECT {', '.join(f'count_if(bad_{name})' for name in names)} FROM moved")
        moved = [self._moved(*column, many) for column, many in zip(names.items(), turns, strict=True) if many]
        return SessionsFound(sessions, tuple(moved))

    def close(self) -> None:
        """Let go of the files."""
        self._file.close()
        self._database.close()

    def _columns(self) -> dict[str, str]:
        """The attribute of each column."""
        return {f"v{number}": name for number, name in enumerate((*self._steady, *self._rising))}

    def _moved(self, name: str, attribute: str, turns: int) -> Moved:
        (sessions,) = _one(self._database, f"SELECT count(DISTINCT key) FROM moved WHERE bad_{name}")
        key, was, value, *places = _one(
            self._database,
            f"SELECT key, p_{name}, {name}, p_file, p_line, file, line FROM moved WHERE bad_{name} ORDER BY n LIMIT 1",
        )
        before = (_told(was), places[0], places[1])
        after = (_told(value), places[2], places[3])
        return Moved(attribute, turns, sessions, _named(key), before, after)


def _one(database: DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = database.execute(query).fetchone()
    assert row is not None
    return row


def _cell(value: Value) -> str:
    """A value as a text without tabs and line ends, different ones as different texts; nothing for an absent one."""
    if type(value) is str:
        return quoted(value) if len(value) < _LONGEST else _short(quoted(value))
    if value is None:
        return ""
    if isinstance(value, frozenset):
        return _short(json.dumps(sorted(value)))
    return str(value).lower()


def _short(text: str) -> str:
    """A text, or of a long one its start and a digest of it all."""
    return text if len(text) < 6 * _LONGEST else f"{text[:_LONGEST]}... {sha256(text.encode()).hexdigest()}"


def _named(key: str) -> str:
    """A session as it may be shown: the values that make it, those that are absent left out."""
    try:
        return ", ".join(str(part) for part in json.loads(f"[{key}]") if part is not None)
    except ValueError:  # of a long one there is only the start
        return key


def _told(text: object) -> str | None:
    """What ``_cell`` wrote, as it may be shown."""
    if text is None:
        return None
    if isinstance(text, str) and text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:  # of a long one there is only the start
            return text[1:80] + "…"
    return str(text)

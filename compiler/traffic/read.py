"""The line from logs to requests, and what is to be said of it: what was read, and where each attribute was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import BinaryIO, NoReturn

from interlock.compiler.progress import Progress, silent
from interlock.compiler.traffic.entry import Entry
from interlock.compiler.traffic.inputs import read_records
from interlock.compiler.traffic.logs import KINDS, LOGS, Kind, Log, recognized, wrapped
from interlock.compiler.traffic.parquet import is_parquet, read_parquet
from interlock.compiler.traffic.record import Broken, Records, UnreadableLog
from interlock.compiler.traffic.request_rows import Odd, Request, row_parts
from interlock.compiler.traffic.takers import Take, takers
from interlock.compiler.traffic.values import without_credentials
from interlock.dsl.credentials import masked
from interlock.dsl.policy import Policy
from interlock.dsl.record import record

SAMPLES = 3
"""So many rows that could not be read are shown for each reason."""
_KEYS = 1_000
_EVERY = 2_000
_LOOKED = 1_000
"""So many rows that cannot be read are passed over to find one that says what the file is."""


@record
class Unread:
    """Rows that could not be read for one reason: how many, and the first of them, each ``file:line``."""

    reason: str
    rows: int
    places: tuple[str, ...]


@record
class Sourced:
    """One attribute: where it was looked for, in how many requests it was found, and where it was not found in any,
    why, in the words of each kind of log. ``where`` is None for requests that came as such."""

    attribute: str
    kind: str | None
    where: str | None
    found: int
    why: tuple[str, ...]


@record
class Read:
    """What was read. ``left_out`` are parts of logs that are no request to a model, ``undeclared`` keys of requests
    that the policy declares no attribute for, with how often they were there."""

    files: tuple[tuple[str, Kind], ...]
    rows: int
    requests: int
    left_out: int
    unread: tuple[Unread, ...]
    sourced: tuple[Sourced, ...]
    undeclared: Mapping[str, int]


class Reader:
    """Reads files, one after the other, and keeps count.

    ``kind`` is what they are; None: what each looks like. ``pointers`` are JSON pointers into the log's records for
    attributes that their ``from`` does not find. Raises ``ValueError`` where those are wrong.
    """

    def __init__(self, policy: Policy, kind: Kind | None = None, pointers: Mapping[str, str] | None = None) -> None:
        self._attributes = policy.attributes
        self._kind = kind
        self._takers = takers(policy.attributes, pointers or {})
        self.files: list[tuple[str, Kind]] = []
        self._rows = self._requests = self._left_out = 0
        self._found = dict.fromkeys(policy.attributes, 0)
        # Which attributes the requests had, not yet in `_found`: there are few such sets, and many requests.
        self._shapes: dict[tuple[str, ...], int] = {}
        self._unread: dict[str, list[str]] = {}
        self._unread_rows: Counter[str] = Counter()
        self._undeclared: Counter[str] = Counter()

    def requests(self, name: str, stream: BinaryIO, size: int = 0, progress: Progress = silent) -> Iterator[Request]:
        """The requests in a file that is open for reading bytes, ``size`` of them if that is known. Raises
        ``UnreadableLog`` and ``OSError``, and ``MissingDuckDB`` for a Parquet file without what reads it."""
        number = len(self.files)
        records = read_parquet(name) if is_parquet(name, stream) else read_records(name, stream)
        kind, records = self._recognized(records)
        self.files.append((name, kind))
        each = self.rows_of(records, number) if kind == "requests" else self._entries_of(records, LOGS[kind], number)
        for count, request in enumerate(each):
            if count % _EVERY == 0:
                progress(f"{self._requests:,} requests", position(stream), size)
            self._requests += 1
            shape = tuple(request.values)
            self._shapes[shape] = self._shapes.get(shape, 0) + 1
            if len(self._shapes) > _KEYS:
                self._count_shapes()
            yield request

    def place(self, file: int, line: int) -> str:
        """``file:line`` of a request."""
        return f"{self.files[file][0]}:{line}"

    def read(self) -> Read:
        """What was read so far."""
        self._count_shapes()
        kinds = sorted({kind for _, kind in self.files} - {"requests"}, key=KINDS.index)
        return Read(
            tuple(self.files),
            self._rows,
            self._requests,
            self._left_out,
            tuple(Unread(reason, self._unread_rows[reason], tuple(places)) for reason, places in self._unread.items()),
            tuple(
                Sourced(
                    taker.attribute,
                    taker.kind if kinds else None,
                    taker.where if kinds else None,
                    self._found[taker.attribute],
                    tuple(LOGS[kind].why[taker.kind] for kind in kinds if taker.kind in LOGS[kind].why)
                    if taker.kind is not None and not self._found[taker.attribute]
                    else (),
                )
                for taker in self._takers
            ),
            {masked(key): rows for key, rows in self._undeclared.most_common()},
        )

    def _count_shapes(self) -> None:
        for shape, requests in self._shapes.items():
            for attribute in shape:
                self._found[attribute] += requests
        self._shapes.clear()

    def _recognized(self, records: Records) -> tuple[Kind, Records]:
        if self._kind is not None:
            return self._kind, records
        if records.header is not None:
            kind = recognized(dict.fromkeys(records.header, ""), self._attributes)
            return (kind, records) if kind is not None else _refuse(records)
        looked: list[tuple[int, object] | Broken] = []
        for found in records.each:
            looked.append(found)
            if isinstance(found, Broken):
                if len(looked) < _LOOKED:
                    continue
                break
            inside = wrapped(found[1])
            kind = recognized(found[1] if inside is None else inside[0], self._attributes)
            if kind is not None and (inside is None or kind != "requests"):
                return kind, Records(records.name, records.header, chain(looked, records.each))
            break
        if not looked:  # an empty file holds no requests, whatever it is
            return "requests", records
        if all(isinstance(found, Broken) for found in looked):
            first = looked[0]
            assert isinstance(first, Broken)
            raise UnreadableLog(f"nothing in `{records.name}` can be read: {first.reason} (line {first.where})")
        return _refuse(records)

    def _objects(self, records: Records, number: int) -> Iterator[tuple[int, dict[str, object]]]:
        """The JSON objects among the records; the others are counted."""
        for found in records.each:
            self._rows += 1
            if isinstance(found, Broken):
                self._odd(number, found.where, found.reason)
            elif type(found[1]) is dict:
                yield found  # type: ignore[misc]
            else:
                self._odd(number, found[0], "it is no JSON object")

    def rows_of(self, records: Records, number: int) -> Iterator[Request]:
        """The requests among the rows of a file of requests; ``number`` is its place in ``files``."""
        parts = row_parts(self._attributes, records.header is not None)
        for line, row in self._objects(records, number):
            try:
                values, facts, rest = parts(row)
            except Odd as error:
                self._odd(number, line, str(error))
                continue
            for key in rest:
                if key in self._undeclared or len(self._undeclared) < _KEYS:
                    self._undeclared[key] += 1
            yield Request(number, line, values, facts)

    def _entries_of(self, records: Records, log: Log, number: int) -> Iterator[Request]:
        taken = [(taker.attribute, taker.take) for taker in self._takers if taker.take is not None]
        for line, record_ in self._objects(records, number):
            for part in wrapped(record_) or (record_,):
                assert isinstance(part, dict)
                for entry in log.entries(part):
                    if entry is None:
                        self._left_out += 1
                    elif isinstance(entry, str):
                        self._odd(number, line, entry)
                    else:
                        yield Request(number, line, _values(entry, taken), entry.facts())

    def _odd(self, file: int, line: int, reason: str) -> None:
        if reason not in self._unread and len(self._unread) >= _KEYS:
            reason = "other reasons"
        self._unread_rows[reason] += 1
        places = self._unread.setdefault(reason, [])
        if len(places) < SAMPLES:
            places.append(self.place(file, line))


def _refuse(records: Records) -> NoReturn:
    listed = ", ".join(f"`--from {kind}`" for kind in KINDS)
    raise UnreadableLog(f"`{records.name}` does not say what kind of log it is: pass {listed}")


def _values(entry: Entry, taken: list[tuple[str, Take]]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, take in taken:
        value = take(entry)
        if value is not None:
            values[name] = without_credentials(value)
    return values


def position(stream: BinaryIO) -> int:
    """How far a file is read; 0 where it does not say."""
    try:
        return stream.tell()
    except (OSError, ValueError):
        return 0

"""A difference weighed by real requests: how many go elsewhere, what they cost, which sessions go cold.

Files of requests are read as ``interlock traffic`` reads them. Rows whose values fit columns are decided by both
versions in DuckDB; every other row, and every file of another form, by the runtime. Memory does not grow with the
files.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Any

from interlock.compiler.diff import weigh_rows
from interlock.compiler.diff.side import Side
from interlock.compiler.diff.weigh_block import Decider, Form
from interlock.compiler.diff.weigh_count import Counts
from interlock.compiler.diff.weigh_csv import SEPARATOR, batches, cut_file, cut_lines, cut_rows, typed_rows
from interlock.compiler.diff.weigh_json import any_lines, lines_of, plain_lines
from interlock.compiler.diff.weigh_rows import Breaking, Lines, apart, first_line, numbered, parsed, shifted
from interlock.compiler.diff.weigh_sql import (
    Deciding,
    counted_query,
    decided_query,
    parquet_query,
    sql_type,
)
from interlock.compiler.diff.weight import Weight
from interlock.compiler.progress import Progress, silent
from interlock.compiler.targets.sql.dialects import Unsupported
from interlock.compiler.traffic.audit import session_of
from interlock.compiler.traffic.csv_rows import Cells, csv_cells, csv_header, csv_record
from interlock.compiler.traffic.inputs import BOM, BROKEN, json_lines, looked_at, unbroken
from interlock.compiler.traffic.logs import recognized
from interlock.compiler.traffic.parquet import connect, is_parquet, parquet_rows, telling
from interlock.compiler.traffic.read import Reader, position
from interlock.compiler.traffic.record import MAX_RECORD, Broken, Records, UnreadableLog
from interlock.compiler.traffic.whole import Source
from interlock.dsl import policy as p

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SECONDS = 0.2


def weigh(old: Side, new: Side, sources: Iterable[Source], progress: Progress = silent) -> Weight:
    """Weigh the difference between two versions by the requests in files.

    Raises ``UnreadableLog`` for a file that cannot be read, ``MissingDuckDB`` and ``OSError``.
    """
    with tempfile.TemporaryDirectory(prefix="interlock-") as folder:
        weigher = _Weigher(old, new, folder, progress)
        try:
            for source in sources:
                weigher.file(source)
            with telling("the requests could not be counted"):
                return weigher.weight()
        finally:
            weigher.close()


class _Weigher:
    def __init__(self, old: Side, new: Side, folder: str, progress: Progress) -> None:
        self._old, self._new, self._progress = old, new, progress
        self._attributes: dict[str, p.Attribute] = {**old.policy.attributes, **new.policy.attributes}
        self._session = _session(old.policy, new.policy)
        self._reader = Reader(_Declared(self._attributes), "requests")  # type: ignore[arg-type]
        self._database: DuckDBPyConnection = connect(
            "weighing by traffic", folder, os.path.join(folder, "weigh.duckdb")
        )
        self._database.execute("SET preserve_insertion_order = false")
        self._database.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        self._folder = folder
        self._deciding = self._columns()
        self._counts = Counts(old, new, self._deciding, self._session, self._database, folder)
        self._database.execute(
            'CREATE TABLE decided (file INTEGER, "$n" BIGINT, "$count" BIGINT, "$at" BIGINT, "$known" BOOLEAN,'
            ' "$input_tokens" BIGINT, "$cache_read_tokens" BIGINT, "$cache_write_tokens" BIGINT,'
            ' "$output_tokens" BIGINT, "$key" VARCHAR, old_number BIGINT, old_member BIGINT, new_number BIGINT,'
            " new_member BIGINT)"
        )

    def _columns(self) -> tuple[Deciding, Deciding] | None:
        """What decides in columns; None where one cannot: all is left to the runtime then."""
        if self._old.table is None or self._new.table is None:
            return None
        before, after = self._old.policy.attributes, self._new.policy.attributes
        types = [sql_type(before[name]) == sql_type(after[name]) for name in before if name in after]
        if not all(types) or len({name.lower() for name in self._attributes}) < len(self._attributes):
            return None
        try:
            found = Deciding(self._old, self._old.table, "old_"), Deciding(self._new, self._new.table, "new_")
        except Unsupported:
            return None
        added = {name for each in found for name in (each.number, each.member, *each.classes)}
        return None if any(name.lower() in added for name in self._attributes) else found

    # ── files ────────────────────────────────────────────────────────────────────────────────────────────

    def file(self, source: Source) -> None:
        """Count the requests in a file."""
        number, name = len(self._reader.files), source.name
        if self._deciding is not None and is_parquet(name, source.stream):
            self._parquet(source, number, self._deciding)
            return
        if self._deciding is not None:
            shape, stream = looked_at(name, source.stream)
            if shape == "lines":
                _refuse_logs(name, first_line(stream), self._attributes)
                self._reader.files.append((name, "requests"))
                self._lines(stream, source, number, self._deciding)
                return
            if isinstance(shape, Broken):
                self._reader.files.append((name, "requests"))
                self._rest(iter([shape]), number, None)
                return
            if shape == "csv":
                self._csv(stream, source, number, self._deciding)
                return
            source = Source(name, stream, source.size)
        for request in self._reader.requests(name, source.stream, source.size, self._progress):
            self._counts.request(request)

    def _parquet(self, source: Source, number: int, deciding: tuple[Deciding, Deciding]) -> None:
        name = source.name
        with telling(f"`{name}` is no Parquet file"):
            described = self._database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [name]).fetchall()
        columns = {row[0]: row[1] for row in described}
        wanted = {attribute.lower(): attribute for attribute in self._attributes}
        if any(wanted.get(column.lower(), column) != column for column in columns) or "file_row_number" in columns:
            for request in self._reader.requests(name, source.stream, source.size, self._progress):
                self._counts.request(request)
            return
        self._reader.files.append((name, "requests"))
        typed = parquet_query(self._attributes, columns, "read_parquet(?, file_row_number = true)")
        with telling(f"`{name}` could not be read"):
            query = decided_query(typed, *deciding, self._session)
            self._watched(f"INSERT INTO decided SELECT {number}, * FROM ({query})", [name])
            (fit,) = self._one("SELECT count(*) FROM decided WHERE file = ?", [number])
            (every,) = self._one("SELECT count(*) FROM read_parquet(?)", [name])
            counted = counted_query(f"decided WHERE file = {number}")
            self._counts.groups(number, self._database.execute(counted).fetchall(), 0)
            if fit == every:
                return
            odd = (
                f"SELECT f.* FROM ({typed}) AS t JOIN read_parquet(?, file_row_number = true) AS f"
                ' ON f.file_row_number + 1 = t."$n" WHERE NOT t."$ok" ORDER BY f.file_row_number'
            )
            rows = self._database.cursor().execute(odd, [name, name])
            each = parquet_rows(rows, [*columns, "file_row_number"])
            self._rest(numbered(each), number, tuple(columns))

    def _one(self, query: str, parameters: list[object]) -> tuple[Any, ...]:
        row = self._database.execute(query, parameters).fetchone()
        assert row is not None
        return row

    def _lines(
        self, stream: io.BufferedReader, source: Source, number: int, deciding: tuple[Deciding, Deciding]
    ) -> None:
        attributes = self._attributes
        form = Form(
            lambda path: plain_lines(attributes, lines_of(path)), any_lines(attributes, "SELECT n, line FROM waiting")
        )
        with (
            telling(f"`{source.name}` could not be read"),
            closing(self._decider(form, deciding)) as decider,
        ):
            for block, path, (first, odd, rest) in decider.in_order(self._parts(stream)):
                self._counts.block(block, number, first)
                os.remove(path)
                odd += [(n, line.encode()) for n, line in block.odd if line is not None]
                each = parsed((n + first - 1, line) for n, line in sorted(odd))
                self._rest(shifted(rest, first - 1) if rest is not None else each, number, None)
                self._progress(f"{first:,} rows", position(source.stream), source.size)

    def _parts(
        self, stream: io.BufferedReader
    ) -> Iterator[tuple[str, tuple[int, list[tuple[int, bytes]], Iterator[tuple[int, object] | Broken] | None]]]:
        """The parts of a file of lines as files for DuckDB; with each the line that it begins with, lines that are not
        in it, and where those are all of it what they say."""
        lines, first = Lines(stream, weigh_rows.BLOCK), 1
        for n, part in enumerate(lines):
            rest, odd = None, list[tuple[int, bytes]]()
            many = part.count(b"\n")
            if lines.error is not None:
                rest = unbroken(json_lines(io.BufferedReader(Breaking(part, lines.error))))
                part = b""
            elif len(part) > MAX_RECORD and not many:
                while (more := stream.readline(MAX_RECORD)) and not more.endswith(b"\n"):
                    pass
                rest, part, many = json_lines(io.BufferedReader(io.BytesIO(part))), b"", 1
            else:
                part, odd = apart(part.removeprefix(BOM) if first == 1 else part)
            path = os.path.join(self._folder, f"part-{self._reader_number()}-{n}")
            with open(path, "wb") as file:
                file.write(part)
            yield path, (first, odd, rest)
            first += many

    def _csv(self, stream: io.BufferedReader, source: Source, number: int, deciding: tuple[Deciding, Deciding]) -> None:
        name, attributes = source.name, self._attributes
        try:
            header, known, broken = csv_header(stream)
        except BROKEN as error:
            header, known, broken = (), 0, next(unbroken(_raising(error)))  # type: ignore[assignment]
        _refuse_logs(name, dict.fromkeys(header, ""), attributes)
        self._reader.files.append((name, "requests"))
        if broken is not None:
            self._rest(iter([broken]), number, header)
            return
        lines, first = Lines(stream, weigh_rows.BLOCK // 2), known + 1  # rows of CSV are half as long
        again = list[str]()
        sure = Form(lambda path: typed_rows(attributes, header, cut_lines(path)), None)
        with telling(f"`{name}` could not be read"), closing(self._decider(sure, deciding)) as decider:
            for block, path, begins in decider.in_order(self._sure_parts(lines, first)):
                if any(line is None for _, line in block.odd):
                    again, first = [path, *decider.give_up()], begins
                    break
                self._counts.block(block, number, begins)
                first = begins + _lines_in(path)
                odd = [((line or "").encode(), n + begins - 1) for n, line in block.odd]
                self._rest((csv_record(row, header) for line, n in odd for row in csv_cells([line], n)), number, header)
                os.remove(path)
                self._progress(f"{first:,} rows", position(source.stream), source.size)
        rows = unbroken(csv_cells(chain(_lines_of(again), lines.go_on()), first), first - 1)
        cut = Form(lambda path: typed_rows(attributes, header, cut_rows(path)), None)
        with telling(f"`{name}` could not be read"), closing(self._decider(cut, deciding)) as decider:
            for block, path, rest in decider.in_order(self._cut_parts(rows, header)):
                self._counts.block(block, number, 1)
                os.remove(path)
                for n, line in block.odd:
                    rest.append((n, (line or "").split(SEPARATOR)[1:]))
                rest.sort(key=lambda row: row.where if isinstance(row, Broken) else row[0])
                self._rest((csv_record(row, header) for row in rest), number, header)
                self._progress("deciding", position(source.stream), source.size)

    def _sure_parts(self, lines: Lines, first: int) -> Iterator[tuple[str, int]]:
        """Parts of CSV as files, each with the line that it begins with, up to one that cannot be cut at lines."""
        for n, part in enumerate(lines):
            if lines.error is not None or apart(part)[1] or (len(part) > MAX_RECORD and b"\n" not in part):
                lines.rest = part + lines.rest
                return
            path = os.path.join(self._folder, f"part-{self._reader_number()}-{n}")
            with open(path, "wb") as file:
                file.write(part)
            yield path, first
            first += part.count(b"\n")

    def _cut_parts(
        self, rows: Iterator[Cells | Broken], header: tuple[str, ...]
    ) -> Iterator[tuple[str, list[Cells | Broken]]]:
        for n, batch in enumerate(batches(rows)):
            path = os.path.join(self._folder, f"rows-{self._reader_number()}-{n}")
            yield path, cut_file(path, batch, header, self._attributes)

    def _decider(self, form: Form, deciding: tuple[Deciding, Deciding]) -> Decider:
        return Decider(self._database, form, self._attributes, deciding, self._session)

    def _reader_number(self) -> int:
        return len(self._reader.files)

    def _watched(self, query: str, parameters: list[object]) -> None:
        """Run a query, and tell how far it has come."""
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(self._database.execute, query, parameters)
            try:
                while not wait([done], timeout=_SECONDS).done:
                    self._progress("deciding", max(0, int(self._database.query_progress())), 100)
            except BaseException:
                self._database.interrupt()
                raise
            done.result()

    # ── row by row ───────────────────────────────────────────────────────────────────────────────────────

    def _rest(self, each: Iterator[tuple[int, object] | Broken], number: int, header: tuple[str, ...] | None) -> None:
        """Rows that do not fit columns."""
        for request in self._reader.rows_of(Records(self._reader.files[number][0], header, each), number):
            self._counts.request(request)

    # ── what came of it ──────────────────────────────────────────────────────────────────────────────────

    def weight(self) -> Weight:
        """All that was counted."""
        return self._counts.weight(self._reader, self._progress)

    def close(self) -> None:
        """Let go of the files."""
        self._counts.close()
        self._database.close()


def _raising(error: Exception) -> Iterator[tuple[int, object] | Broken]:
    raise error
    yield


def _lines_in(path: str) -> int:
    with open(path, "rb") as file:
        return file.read().count(b"\n")


def _lines_of(paths: list[str]) -> Iterator[bytes]:
    for path in paths:
        with open(path, "rb") as file:
            yield from file
        os.remove(path)


def _refuse_logs(name: str, first: object, attributes: Mapping[str, object]) -> None:
    kind = recognized(first, attributes)
    if kind not in (None, "requests"):
        advice = "`interlock traffic POLICY LOG -o requests.jsonl` makes requests of it"
        raise UnreadableLog(f"`{name}` is a log ({kind}): {advice}")


class _Declared:
    """As much of a policy as a reader of requests needs: the attributes of both versions."""

    def __init__(self, attributes: Mapping[str, p.Attribute]) -> None:
        self.attributes = attributes


def _session(old: p.Policy, new: p.Policy) -> tuple[str, ...]:
    """What makes a session in the new version, as far as the old one has it too; else what makes one in that."""
    found = session_of(new)
    return found if found and all(name in old.attributes for name in found) else session_of(old)

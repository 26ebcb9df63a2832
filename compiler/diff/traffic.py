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
from typing import TYPE_CHECKING, Any

from interlock.compiler.diff.side import Side
from interlock.compiler.diff.weigh_rows import BLOCK, blocks, first_line, numbered, parsed, shifted
from interlock.compiler.diff.weigh_sql import (
    Deciding,
    as_text,
    decided_query,
    lines_query,
    parquet_query,
    session_key,
    sql_type,
)
from interlock.compiler.diff.weight import Answer, Cold, Served, Tally, Weight, cost
from interlock.compiler.progress import Progress, silent
from interlock.compiler.targets.sql.dialects import Unsupported
from interlock.compiler.traffic.audit import session_of
from interlock.compiler.traffic.inputs import json_lines
from interlock.compiler.traffic.logs import recognized
from interlock.compiler.traffic.parquet import connect, is_parquet, parquet_rows, telling
from interlock.compiler.traffic.read import Reader
from interlock.compiler.traffic.record import MAX_RECORD, Broken, Records, UnreadableLog
from interlock.compiler.traffic.request_rows import Request
from interlock.compiler.traffic.values import microseconds
from interlock.compiler.traffic.whole import Source
from interlock.dsl import policy as p
from interlock.runtime import Decision

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BATCH = 6
"""So many blocks of lines are looked at together: DuckDB gives each processor some 120,000 rows at a time."""
_SECONDS = 0.2
_ODD = 1 << 40
"""Answers of the runtime have numbers from here on."""


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
        self._tally = Tally()
        self._singly = 0
        self._known: dict[Decision, Answer] = {}
        self._numbers: dict[Answer, int] = {}
        self._database: DuckDBPyConnection = connect(
            "weighing by traffic", folder, os.path.join(folder, "weigh.duckdb")
        )
        self._database.execute("SET preserve_insertion_order = false")
        self._database.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        self._turns_path = os.path.join(folder, "turns.tsv")
        self._turns = open(self._turns_path, "w", encoding="ascii", buffering=1 << 20)  # noqa: SIM115 - `close`
        self._deciding = self._columns()
        self._database.execute(
            'CREATE TABLE decided (file INTEGER, "$n" BIGINT, "$count" BIGINT, "$at" BIGINT, "$known" BOOLEAN,'
            ' "$input_tokens" BIGINT, "$cache_read_tokens" BIGINT, "$cache_write_tokens" BIGINT,'
            ' "$output_tokens" BIGINT, "$key" VARCHAR, old_number BIGINT, old_member BIGINT, new_number BIGINT,'
            " new_member BIGINT)"
        )
        self._database.execute("CREATE TABLE lines (n BIGINT, line VARCHAR)")

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
        number = len(self._reader.files)
        first = first_line(source.stream)
        kind = recognized(first, self._attributes)
        if kind not in (None, "requests"):
            advice = "`interlock traffic POLICY LOG -o requests.jsonl` makes requests of it"
            raise UnreadableLog(f"`{source.name}` is a log ({kind}): {advice}")
        if self._deciding is not None and is_parquet(source.name, source.stream):
            self._parquet(source, number, self._deciding)
        elif self._deciding is not None and first is not None:
            self._reader.files.append((source.name, "requests"))
            self._lines(source, number, self._deciding)
        else:
            for request in self._reader.requests(source.name, source.stream, source.size, self._progress):
                self._odd(request)

    def _parquet(self, source: Source, number: int, deciding: tuple[Deciding, Deciding]) -> None:
        name = source.name
        with telling(f"`{name}` is no Parquet file"):
            described = self._database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [name]).fetchall()
        columns = {row[0]: row[1] for row in described}
        wanted = {attribute.lower(): attribute for attribute in self._attributes}
        if any(wanted.get(column.lower(), column) != column for column in columns) or "file_row_number" in columns:
            for request in self._reader.requests(name, source.stream, source.size, self._progress):
                self._odd(request)
            return
        self._reader.files.append((name, "requests"))
        typed = parquet_query(self._attributes, columns, "read_parquet(?, file_row_number = true)")
        with telling(f"`{name}` could not be read"):
            query = decided_query(typed, *deciding, self._session)
            self._watched(f"INSERT INTO decided SELECT {number}, * FROM ({query})", [name])
            (fit,) = self._one("SELECT count(*) FROM decided WHERE file = ?", [number])
            (every,) = self._one("SELECT count(*) FROM read_parquet(?)", [name])
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

    def _lines(self, source: Source, number: int, deciding: tuple[Deciding, Deciding]) -> None:
        typed = lines_query(self._attributes)
        line, waiting, done = 1, 0, 0
        for block in blocks(source.stream):
            done += len(block)
            many = block.count(b"\n")
            try:
                text = block.decode() if b"\0" not in block else None
            except UnicodeDecodeError:
                text = None
            if text is None or len(block) > BLOCK + MAX_RECORD:
                self._rest(shifted(json_lines(io.BufferedReader(io.BytesIO(block))), line - 1), number, None)
            else:
                self._database.execute(
                    "INSERT INTO lines SELECT n, line FROM (SELECT unnest(l) AS line,"
                    " unnest(range(?, ? + len(l))) AS n FROM (SELECT string_split(?, chr(10)) AS l))"
                    " WHERE line NOT IN ('', chr(13))",
                    [line, line, text],
                )
                waiting += 1
            line += many
            if waiting == _BATCH:
                self._decide_lines(typed, number, source.name, deciding)
                waiting = 0
                self._progress(f"{line:,} rows", done, source.size)
        self._decide_lines(typed, number, source.name, deciding)

    def _decide_lines(self, typed: str, number: int, name: str, deciding: tuple[Deciding, Deciding]) -> None:
        with telling(f"`{name}` could not be read"):
            self._database.execute(f"CREATE OR REPLACE TEMP TABLE typed AS {typed}")
            query = decided_query("SELECT * FROM typed", *deciding, self._session)
            self._database.execute(f"INSERT INTO decided SELECT {number}, * FROM ({query})")
            rows = self._database.execute(
                'SELECT n, line FROM lines WHERE n IN (SELECT "$n" FROM typed WHERE NOT "$ok") ORDER BY n'
            ).fetchall()
            self._rest(parsed(rows), number, None)
            self._database.execute("TRUNCATE lines")

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
            self._odd(request)

    def _odd(self, request: Request) -> None:
        """One request, decided by the runtime."""
        self._singly += 1
        old = self._answer(self._old.reader.decide(request.values))
        new = self._answer(self._new.reader.decide(request.values))
        facts: Mapping[str, Any] = request.facts
        count = facts.get("$count", 1)
        read, written = facts.get("$cache_read_tokens", 0), facts.get("$cache_write_tokens", 0)
        given, said = facts.get("$input_tokens"), facts.get("$output_tokens")
        numbers: tuple[int, ...] = (1, count, 0, 0, 0, 0, 0)
        if given is not None and said is not None and given >= read + written:
            numbers = (1, count, count, *(count * many for many in (given - read - written, read, written, said)))
        at = microseconds(facts.get("$at"))
        self._tally.add(old, new, numbers, (at, at), request.file, [request.line])
        key = session_key([as_text(request.values.get(name), self._attributes[name]) for name in self._session])
        if key is not None:
            one, two = (self._numbers.setdefault(each, _ODD + len(self._numbers)) for each in (old, new))
            self._turns.write(f"{key.encode().hex()}\t{one}\t{two}\n")

    def _answer(self, made: Decision) -> Answer:
        fail = None if made.fail is None else p.Fail(made.fail.status, made.fail.message)  # type: ignore[arg-type]
        invalid = None if made.invalid is None else (made.invalid.attribute, made.invalid.reason)
        if made.pool is None:
            return Answer(None, None, fail, invalid)
        served = Served(made.upstream, made.provider, made.account, made.region, made.model)  # type: ignore[arg-type]
        return Answer(made.pool, served, fail, invalid)

    # ── what came of it ──────────────────────────────────────────────────────────────────────────────────

    def weight(self) -> Weight:
        """All that was counted."""
        answers: tuple[dict[tuple[int, int], Answer], dict[tuple[int, int], Answer]] = ({}, {})
        if self._deciding is not None:
            self._count(self._deciding, answers)
        read = self._reader.read()
        groups = self._tally.groups()
        names = [name for name, _ in self._reader.files]
        return Weight(
            self._tally.rows + sum(each.rows for each in read.unread),
            self._singly,
            read.unread,
            groups,
            (self._tally.refused(0, names), self._tally.refused(1, names)),
            cost(groups, (self._old.policy.models, self._new.policy.models), self._tally.days()),
            self._session,
            self._cold(answers) if self._session else None,
        )

    def _count(
        self,
        deciding: tuple[Deciding, Deciding],
        answers: tuple[dict[tuple[int, int], Answer], dict[tuple[int, int], Answer]],
    ) -> None:
        self._progress("counting", 1, 1)
        known = 'FILTER (WHERE "$known")'
        read, written = 'coalesce("$cache_read_tokens", 0)', 'coalesce("$cache_write_tokens", 0)'
        sums = [f'"$count" * ("$input_tokens" - {read} - {written})', f'"$count" * {read}', f'"$count" * {written}']
        sums = ['"$count"', *sums, '"$count" * "$output_tokens"']
        summed = ", ".join(f"coalesce(sum({each}) {known}, 0)" for each in sums)
        by = "file, old_number, old_member, new_number, new_member"
        rows = self._database.execute(
            f'SELECT {by}, count(*), sum("$count"), {summed}, min("$at"), max("$at"),'
            f' min("$n", 3) FILTER (WHERE old_number < 0 OR new_number < 0) FROM decided GROUP BY {by}'
        ).fetchall()
        for file, a, b, c, d, *numbers, first, last, lines in rows:
            one = answers[0].setdefault((a, b), deciding[0].answer(a, b))
            two = answers[1].setdefault((c, d), deciding[1].answer(c, d))
            self._tally.add(one, two, tuple(map(int, numbers)), (first, last), file, lines or [])

    def _cold(self, answers: tuple[dict[tuple[int, int], Answer], dict[tuple[int, int], Answer]]) -> Cold:
        """The sessions that go cold, of those of all requests."""
        self._turns.close()
        self._progress("looking at sessions", 1, 1)
        run = self._database.execute
        run(
            'CREATE TABLE turns AS SELECT DISTINCT "$key" AS k, old_number, old_member, new_number, new_member'
            ' FROM decided WHERE "$key" IS NOT NULL'
        )
        run(
            "INSERT INTO turns SELECT DISTINCT coalesce(decode(from_hex(h)), ''), a, 0, b, 0 FROM read_csv(?,"
            " delim = '\t', header = false, quote = '', escape = '', auto_detect = false, max_line_size = 200000000,"
            " columns = {'h': 'VARCHAR', 'a': 'BIGINT', 'b': 'BIGINT'})",
            [self._turns_path],
        )
        homes: dict[object, int] = {}
        models: dict[object, int] = {}
        for side, table in enumerate(("old", "new")):
            run(f"CREATE TABLE {table}_home (number BIGINT, member BIGINT, home INTEGER, model INTEGER)")
            of = {**answers[side], **{(number, 0): answer for answer, number in self._numbers.items()}}
            for (number, member), answer in of.items():
                if answer.home is not None:
                    home = homes.setdefault(answer.home, len(homes))
                    model = models.setdefault(answer.model, len(models))
                    run(f"INSERT INTO {table}_home VALUES (?, ?, ?, ?)", [number, member, home, model])
            run(
                f"CREATE TABLE {table}s AS SELECT DISTINCT k, home, model FROM turns JOIN {table}_home AS h"
                f" ON h.number = turns.{table}_number AND h.member = turns.{table}_member"
            )
        run("CREATE TABLE cold AS SELECT * FROM news ANTI JOIN olds USING (k, home)")
        counted = (
            "SELECT (SELECT count(DISTINCT k) FROM cold),"
            " (SELECT count(DISTINCT k) FROM cold SEMI JOIN olds USING (k, model)),"
            " (SELECT count(DISTINCT k) FROM turns)"
        )
        return Cold(*self._one(counted, []))

    def close(self) -> None:
        """Let go of the files."""
        self._turns.close()
        self._database.close()


class _Declared:
    """As much of a policy as a reader of requests needs: the attributes of both versions."""

    def __init__(self, attributes: Mapping[str, p.Attribute]) -> None:
        self.attributes = attributes


def _session(old: p.Policy, new: p.Policy) -> tuple[str, ...]:
    """What makes a session in the new version, as far as the old one has it too; else what makes one in that."""
    found = session_of(new)
    return found if found and all(name in old.attributes for name in found) else session_of(old)

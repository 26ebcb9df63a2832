"""What two versions answered to requests, counted: by what they answered, and which sessions go cold."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from interlock.compiler.diff.side import Side
from interlock.compiler.diff.weigh_block import Block
from interlock.compiler.diff.weigh_sql import Deciding, as_text, session_key
from interlock.compiler.diff.weight import Answer, Cold, Served, Tally, Weight, cost
from interlock.compiler.progress import Progress
from interlock.compiler.traffic.read import Reader
from interlock.compiler.traffic.request_rows import Request
from interlock.compiler.traffic.values import microseconds
from interlock.dsl import policy as p
from interlock.runtime import Decision

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ODD = 1 << 40
"""Answers of the runtime have numbers from here on."""


class Counts:
    """Counts what two versions answer. ``deciding`` is what decides in columns, None where nothing is; ``session`` are
    the attributes that make one. Memory does not grow with the requests: the turns of sessions are in files."""

    def __init__(
        self,
        old: Side,
        new: Side,
        deciding: tuple[Deciding, Deciding] | None,
        session: tuple[str, ...],
        database: DuckDBPyConnection,
        folder: str,
    ) -> None:
        self._old, self._new, self._deciding, self._session = old, new, deciding, session
        self._attributes: dict[str, p.Attribute] = {**old.policy.attributes, **new.policy.attributes}
        self._database = database
        self._tally = Tally()
        self._singly = 0
        self._numbers: dict[Answer, int] = {}
        self._answers: tuple[dict[tuple[int, int], Answer], dict[tuple[int, int], Answer]] = ({}, {})
        self._turn_files: list[str] = []
        self._turns_path = os.path.join(folder, "turns.tsv")
        self._turns = open(self._turns_path, "w", encoding="ascii", buffering=1 << 20)  # noqa: SIM115 - `close`

    def request(self, request: Request) -> None:
        """One request, decided by the runtime."""
        self._singly += 1
        old = _answer(self._old.reader.decide(request.values))
        new = _answer(self._new.reader.decide(request.values))
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

    def block(self, block: Block, number: int, first: int) -> None:
        """Count what came of a block of file ``number`` that begins with line ``first``."""
        self.groups(number, block.groups, first - 1)
        self._turn_files.append(block.turns)

    def weight(self, reader: Reader, progress: Progress) -> Weight:
        """All that was counted of what ``reader`` read."""
        read = reader.read()
        groups = self._tally.groups()
        names = [name for name, _ in reader.files]
        return Weight(
            self._tally.rows + sum(each.rows for each in read.unread),
            self._singly,
            read.unread,
            groups,
            (self._tally.refused(0, names), self._tally.refused(1, names)),
            cost(groups, (self._old.policy.models, self._new.policy.models), self._tally.days()),
            self._session,
            self._cold(progress) if self._session else None,
        )

    def groups(self, file: int, groups: list[tuple[Any, ...]], shift: int) -> None:
        """Count rows of ``counted_query``, whose lines are ``shift`` too small."""
        assert self._deciding is not None
        for a, b, c, d, *numbers, first, last, lines in groups:
            one = self._answers[0].setdefault((a, b), self._deciding[0].answer(a, b))
            two = self._answers[1].setdefault((c, d), self._deciding[1].answer(c, d))
            self._tally.add(one, two, tuple(map(int, numbers)), (first, last), file, [n + shift for n in lines or []])

    def _cold(self, progress: Progress) -> Cold:
        """The sessions that go cold, of those of all requests."""
        self._turns.close()
        progress("looking at sessions", 1, 1)
        run = self._database.execute
        run(
            'CREATE TABLE turns AS SELECT DISTINCT "$key" AS k, old_number, old_member, new_number, new_member'
            ' FROM decided WHERE "$key" IS NOT NULL'
        )
        if self._turn_files:
            run("INSERT INTO turns SELECT * FROM read_parquet(?)", [self._turn_files])
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
            of = {**self._answers[side], **{(number, 0): answer for answer, number in self._numbers.items()}}
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
        row = run(counted).fetchone()
        assert row is not None
        return Cold(*row)

    def close(self) -> None:
        """Let go of the files."""
        self._turns.close()


def _answer(made: Decision) -> Answer:
    fail = None if made.fail is None else p.Fail(made.fail.status, made.fail.message)  # type: ignore[arg-type]
    invalid = None if made.invalid is None else (made.invalid.attribute, made.invalid.reason)
    if made.pool is None:
        return Answer(None, None, fail, invalid)
    served = Served(made.upstream, made.provider, made.account, made.region, made.model)  # type: ignore[arg-type]
    return Answer(made.pool, served, fail, invalid)

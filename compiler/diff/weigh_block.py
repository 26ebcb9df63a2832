"""Blocks of a file, each read and decided by one query after the other, several blocks at a time.

What comes of a block depends on nothing else, so that blocks may be decided in any order, and again.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from interlock.compiler.diff.weigh_sql import COUNTED, Deciding, counted_query, decided_query, quoted, sql_type
from interlock.dsl.policy import Attribute
from interlock.dsl.record import record

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WORKERS = min(os.cpu_count() or 1, 4)
"""So many blocks are decided at once: each takes some memory."""

T = TypeVar("T")


@record
class Block:
    """What came of a block: ``groups`` are the rows of ``counted_query``, ``odd`` the lines that do not fit columns, by
    their numbers in the block (None: it is not sure where that row ends), ``turns`` the file with what was decided in
    each session."""

    rows: int
    groups: list[tuple[Any, ...]]
    odd: list[tuple[int, str | None]]
    turns: str


@record
class Form:
    """How a form of file is read: ``first`` is the query of a block's rows by the block's path, with ``$ok`` and, of
    those that are not, ``$line``; ``again`` that of rows in ``waiting`` (``n``, ``line``) which were not ``$ok``."""

    first: Callable[[str], str]
    again: str | None


class Decider:
    """Decides blocks of one form. It has ``WORKERS`` threads; ``close`` ends them."""

    def __init__(
        self,
        database: DuckDBPyConnection,
        form: Form,
        attributes: Mapping[str, Attribute],
        deciding: tuple[Deciding, Deciding],
        session: tuple[str, ...],
    ) -> None:
        self._form = form
        self._decided = decided_query("SELECT * FROM typed", *deciding, session, twice=True)
        self.waiting: deque[tuple[Future[Block], str, Any]] = deque()
        self._pool = ThreadPoolExecutor(WORKERS)
        self._cursors = [database.cursor() for _ in range(WORKERS)]
        self._free: SimpleQueue[DuckDBPyConnection] = SimpleQueue()
        columns = "".join(f", {quoted(name)} {sql_type(attribute)}" for name, attribute in attributes.items())
        numbers = "".join(f", {quoted(name)} BIGINT" for name in ("$at", *COUNTED))
        for cursor in self._cursors:
            cursor.execute(f'CREATE TEMP TABLE typed ("$n" BIGINT{columns}{numbers}, "$ok" BOOLEAN, "$line" VARCHAR)')
            cursor.execute("CREATE TEMP TABLE waiting (n BIGINT, line VARCHAR)")
            cursor.execute(f"CREATE TEMP TABLE decided AS SELECT * FROM ({self._decided}) LIMIT 0")
            self._free.put(cursor)

    def in_order(self, parts: Iterable[tuple[str, T]]) -> Iterator[tuple[Block, str, T]]:
        """Blocks, decided while the next ones are read, in their order. Each is a file; it comes with what is known."""
        for path, known in parts:
            self.waiting.append((self._pool.submit(self._block, path), path, known))
            if len(self.waiting) > WORKERS:
                yield self._next()
        while self.waiting:
            yield self._next()

    def _next(self) -> tuple[Block, str, Any]:
        future, path, known = self.waiting.popleft()
        return future.result(), path, known

    def give_up(self) -> list[str]:
        """The files of the blocks that did not come yet: what comes of them is not wanted."""
        paths = [path for _, path, _ in self.waiting]
        for future, _, _ in self.waiting:
            if not future.cancel():
                future.result()
        self.waiting.clear()
        return paths

    def close(self) -> None:
        """Stop at once."""
        for cursor in self._cursors:
            cursor.interrupt()
        self._pool.shutdown(cancel_futures=True)
        for cursor in self._cursors:
            cursor.close()

    def _block(self, path: str) -> Block:
        cursor = self._free.get()
        try:
            run = cursor.execute
            run(f"INSERT INTO typed {self._form.first(path)}")
            if self._form.again is not None:
                run('INSERT INTO waiting SELECT "$n", "$line" FROM typed WHERE NOT "$ok"')
                if run("SELECT count(*) FROM waiting").fetchall()[0][0]:
                    run('DELETE FROM typed WHERE NOT "$ok"')
                    run(f"INSERT INTO typed {self._form.again}")
            run(f"INSERT INTO decided {self._decided}")
            odd = run('SELECT "$n", "$line" FROM typed WHERE NOT "$ok" ORDER BY "$n"').fetchall()
            groups = run(counted_query("decided")).fetchall()
            turns = f"{path}.turns"
            run(
                'COPY (SELECT DISTINCT "$key" AS k, old_number, old_member, new_number, new_member FROM decided'
                f" WHERE \"$key\" IS NOT NULL) TO '{turns}' (FORMAT parquet)"
            )
            for table in ("typed", "waiting", "decided"):
                run(f"TRUNCATE {table}")
            return Block(sum(group[4] for group in groups), groups, odd, turns)
        finally:
            self._free.put(cursor)

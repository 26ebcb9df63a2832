"""A table that follows its file."""

from __future__ import annotations

import os
from threading import Lock

from .load import load
from .table import Table


class Live:
    """Holds the table of a file. Threads may share it; a request takes ``table`` once, and ends with that one."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Raises as ``load`` does."""
        self._path = path
        self._lock = Lock()
        self._seen: tuple[int, ...] | None = None
        self._table = self._read()

    @property
    def table(self) -> Table:
        """The current table."""
        return self._table

    def reload(self) -> Table:
        """Read the file anew and put its table in place, whole; the table. Raises ``TableError`` or ``OSError`` where
        that cannot be done, and the old one stays."""
        with self._lock:
            self._table = self._read()
            return self._table

    def reload_if_changed(self) -> bool:
        """``reload`` if the file is another one, or another size or age, than when it was last read, well or not;
        whether it was. Raises as ``reload`` does: for a broken file once, for a missing one each time."""
        with self._lock:
            if self._stat() == self._seen:
                return False
            self._table = self._read()
            return True

    def _read(self) -> Table:
        # Asked before the file is read: a change in between is then seen the next time.
        self._seen = self._stat()
        return load(self._path)

    def _stat(self) -> tuple[int, ...]:
        found = os.stat(self._path)
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

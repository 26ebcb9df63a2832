"""A bar on the terminal while something takes long; gone afterwards."""

from __future__ import annotations

import os
import sys
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

_AFTER = 1.0
"""Seconds of work before there is a bar: what is quicker needs none, and need not import one."""
_EVERY = 0.1


class Bar:
    """A context in which calls (what, done, total) move a bar on standard error, where that is a terminal."""

    def __init__(self, title: str) -> None:
        """``title``: what the bar is about, such as a file."""
        self._title = title
        self._next = monotonic() + _AFTER
        self._wanted = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._shown: Progress | None = None

    def __enter__(self) -> Bar:
        return self

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far the work has come."""
        now = monotonic()
        if not self._wanted or now < self._next:
            return
        self._next = now + _EVERY
        if self._shown is None:
            self._shown = _start(self._title)
        self._shown.update(self._shown.task_ids[0], what=what, completed=done, total=max(total, 1))
        self._shown.refresh()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown is not None:
            self._shown.stop()


def _start(title: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    shown = Progress(
        TextColumn("{task.fields[title]}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[what]}", style="dim", markup=False),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
    )
    shown.add_task("", title=title, what="")
    shown.start()
    return shown

"""Telling how far long work has come."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called now and then with what is being done, how much of it is done, and how much there is of it."""


def silent(what: str, done: int, total: int) -> None:
    """Tells nobody."""

"""Logs that are read while they are written."""

from __future__ import annotations

from pathlib import Path


def whole_lines(path: Path) -> list[str]:
    """The lines of a file, without one whose end is not written yet; none where there is no file."""
    *whole, _ = (path.read_text("utf-8", "replace") if path.exists() else "").split("\n")
    return whole

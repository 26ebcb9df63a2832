"""Source texts and places in them.

Lines and columns count from 1, columns in code points; lines end at ``\\n`` only.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from interlock.dsl.record import record


class Source:
    """One text with the name people know it by.

    ``name`` is shown in findings (a path as the user wrote it, or ``std/models.route``); ``text`` is the
    decoded text; ``key`` names the file wherever the compiler runs (its path below the policy's root, with
    forward slashes). ``secrets`` are stretches of it (start and end) that whoever read it knows to be secret, besides
    what looks so. Two sources are the same only if they are the same object.
    """

    def __init__(self, name: str, text: str, key: str | None = None) -> None:
        self.secrets: tuple[tuple[int, int], ...] = ()
        self.name = name
        self.text = text
        self.key = name if key is None else key

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    @property
    def line_count(self) -> int:
        """How many lines the text has; an empty text has one."""
        return len(self._line_starts)

    def place(self, offset: int) -> tuple[int, int]:
        """The (line, column) of a code-point offset."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line ``number`` without its line end."""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return (self.text[start:] if end < 0 else self.text[start:end]).removesuffix("\r")

    def __repr__(self) -> str:
        return f"Source({self.name!r})"


@record
class Span:
    """The code points ``start`` to ``end`` (exclusive) of a source."""

    source: Source
    start: int
    end: int

    @property
    def file(self) -> str:
        """The name of the source."""
        return self.source.name

    @property
    def first(self) -> tuple[int, int]:
        """The (line, column) of the first code point."""
        return self.source.place(self.start)

    @property
    def last(self) -> tuple[int, int]:
        """The (line, column) just past the last code point."""
        return self.source.place(self.end)

    @property
    def text(self) -> str:
        """The words themselves."""
        return self.source.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of ``other``."""
        return Span(self.source, self.start, other.end)

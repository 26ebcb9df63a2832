"""How many terminal cells a text takes, and how to cut and wrap by cells rather than by code points."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

_TAB = 4
_WORD = re.compile(r"(?:`[^`\n]{1,60}`|\S)+")  # what stands in backticks stays on one line
_REACH = 2_000  # code points kept either side of what is shown, however long the line is


def width(text: str) -> int:
    """The cells that a text without control characters takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def plain(text: str) -> str:
    """The text without anything a terminal would act on: controls and bidirectional marks are shown."""
    if text.isprintable():
        return text
    return "".join(_safe(char) for char in text)


class Row:
    """One source line, laid out: what each code point shows as, and the cell at which it starts."""

    def __init__(self, line: str, focus: int = 0) -> None:
        """Only the neighbourhood of code point ``focus`` is laid out where the line is very long."""
        self._first = max(0, focus - _REACH)
        self._cut_right = len(line) > focus + _REACH
        self.pieces: list[str] = []
        self.starts = [0]
        for char in line[self._first : focus + _REACH]:
            at = self.starts[-1]
            piece = " " * (_TAB - at % _TAB) if char == "\t" else _safe(char)
            self.pieces.append(piece)
            self.starts.append(at + (len(piece) if char == "\t" else width(piece)))

    def cell(self, index: int) -> int:
        """The cell of a code point; just past the end for one past the end."""
        return self.starts[min(max(index - self._first, 0), len(self.pieces))]

    def window(self, focus: int, end: int, room: int, cut: str) -> tuple[str, int]:
        """The text in at most ``room`` cells that shows ``focus`` (and as much up to ``end`` as fits), and
        the cell of the row at which the text begins, less the cells of the mark for what was cut off."""
        total = self.starts[-1]
        if total <= room and not self._first and not self._cut_right:
            return "".join(self.pieces), 0
        at, last = self.cell(focus), self.cell(end)
        spare = max(0, room - 2 * len(cut) - (last - at))
        begin = max(0, min(at - min(spare, max(room // 5, spare // 2)), total - room + len(cut)))
        if begin == 0 and not self._first:
            low, mark = 0, ""
        else:
            low = next((i for i, start in enumerate(self.starts) if start >= begin), len(self.pieces))
            mark = cut
        taken = list(_fitting(self.pieces[low:], room - len(mark) - len(cut)))
        more = low + len(taken) < len(self.pieces) or self._cut_right
        return mark + "".join(taken) + (cut if more else ""), self.starts[low] - len(mark)


def wrap(text: str, first: int, rest: int) -> list[str]:
    """The words of a text in lines of ``first`` cells (the first line) and ``rest`` cells (all others)."""
    lines: list[str] = []
    line, room = "", first
    for word in _WORD.findall(text):
        if line and width(line) + 1 + width(word) > room:
            lines.append(line)
            line, room = word, rest
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def _fitting(pieces: Iterable[str], room: int) -> Iterator[str]:
    for piece in pieces:
        room -= width(piece)
        if room < 0:
            return
        yield piece


def _width(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _safe(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)  # the picture of the control
    # Bidirectional controls reorder what follows ("trojan source"); C1 controls start escape sequences.
    if 0x7F <= code < 0xA0 or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069 or 0xD800 <= code < 0xE000:
        return "\ufffd"
    return char

"""Source lines with what is meant underlined: one block a file, its labels in the order of their lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from interlock.cli.cells import Row, plain, width, wrap
from interlock.cli.console import Console
from interlock.dsl.credentials import starred
from interlock.dsl.source import Source, Span

_FOLD = 4  # a span of more lines is shown by its first two and its last


class Label(NamedTuple):
    """A place, a few words on it, and the colour to underline it in. The primary one gets carets."""

    span: Span
    message: str = ""
    role: str = "second"
    primary: bool = False


def draw(labels: Sequence[Label], console: Console) -> list[str]:
    """The lines that show ``labels``, the first label's file first. Every line starts with the gutter."""
    sources = list(dict.fromkeys(label.span.source for label in labels))
    last = max(label.span.last[0] for label in labels)
    painter = _Painter(console, gutter=len(str(last)))
    lines: list[str] = []
    for source in sources:
        lines += painter.block([label for label in labels if label.span.source is source])
    return lines


def gutter(labels: Iterable[Label]) -> int:
    """The cells that ``draw`` puts before its vertical line."""
    return len(str(max(label.span.last[0] for label in labels))) + 2


class _Painter(NamedTuple):
    console: Console
    gutter: int

    def block(self, labels: list[Label]) -> list[str]:
        """The labels of one source, under a line that names the place of the first."""
        source = labels[0].span.source
        line, column = labels[0].span.first
        corner = self.console.paint("gutter", self.console.glyphs.corner)
        lines = [f"{' ' * (self.gutter + 2)}{corner} {plain(source.name)}:{line}:{column}", self._side()]
        whole = next((la.span for la in labels if _many_lines(la.span)), None)
        wanted = self._wanted(labels, whole)
        before: int | None = None
        for number in wanted:
            if before is not None and number > before + 1:
                lines.append(self._side(self.console.glyphs.gap, self._bracket(before + 1, whole, labels)))
            lines += self._line(source, number, labels, whole)
            before = number
        lines.append(self._side())
        return lines

    def _wanted(self, labels: list[Label], whole: Span | None) -> list[int]:
        numbers = {label.span.first[0] for label in labels}
        if whole is not None:
            first, last = whole.first[0], _last_line(whole)
            shown = range(first, last + 1) if last - first < _FOLD else (first, first + 1, last)
            numbers.update(shown)
        # A gap of one line is shown rather than marked: it takes no more room.
        numbers.update(n + 1 for n in list(numbers) if n + 1 not in numbers and n + 2 in numbers)
        return sorted(numbers)

    def _line(self, source: Source, number: int, labels: list[Label], whole: Span | None) -> list[str]:
        here = sorted(
            (la for la in labels if la.span is not whole and la.span.first[0] == number),
            key=lambda la: (la.span.start, not la.primary),
        )
        text = starred(source).line(number)  # no finding shows a credential that stands on its line
        margin = self._bracket(number, whole, labels)
        room = self.console.source_width - self.gutter - 4 - (2 if whole else 0)
        focus, end = _focus(here, text, room)
        row = Row(text, focus)
        shown, offset = row.window(focus, end, room, self.console.glyphs.cut)
        painted = f"{number:>{self.gutter + 1}} {self.console.glyphs.side}"
        lines = [f"{self.console.paint('gutter', painted)} {margin}{shown}".rstrip()]
        inside = self._bracket(number, whole, labels, below=True)
        marks: list[tuple[Label, int, int]] = []
        for label in here:
            start = min(max(0, row.cell(label.span.first[1] - 1) - offset), room - 1)
            stop = max(start + 1, min(row.cell(_end_column(label.span, text) - 1) - offset, room))
            if marks and start <= marks[-1][2]:  # it would touch the one before
                lines += self._underline(marks, inside)
                marks = []
            marks.append((label, start, stop))
        lines += self._underline(marks, inside) if marks else []
        if whole is not None and number == _last_line(whole):
            label = next(la for la in labels if la.span is whole)
            if label.message:
                lines.append(self._side(self.console.glyphs.side, f"  {self._say(label)}"))
        return lines

    def _underline(self, marks: list[tuple[Label, int, int]], margin: str) -> list[str]:
        """Marks side by side, the words of the last one beside it, all others below."""
        side = self.console.glyphs.side
        head, end = margin, 0
        for label, start, stop in marks:
            mark = ("^" if label.primary else "-") * (stop - start)
            head, end = head + " " * (start - end) + self.console.paint(label.role, mark), stop
        last = marks[-1][0]
        beside = last.message and self.gutter + 4 + end + 1 + width(plain(last.message)) <= self.console.width
        lines = [self._side(side, f"{head} {self._say(last)}" if beside else head)]
        for label, start, _ in reversed(marks[:-1] if beside else marks):
            if label.message:
                # Below the mark, moved left as far as needed to keep lines readable.
                room = self.console.width - self.gutter - 4
                indent = min(start, max(0, room - 40))
                below = wrap(plain(label.message), room - indent, room - indent)
                pad = margin + " " * indent
                lines += [self._side(side, pad + self.console.paint(label.role, line)) for line in below]
        return lines

    def _say(self, label: Label) -> str:
        return self.console.paint(label.role, plain(label.message))

    def _bracket(self, number: int, whole: Span | None, labels: list[Label], below: bool = False) -> str:
        """The margin that spans the lines of the block's one span of several lines."""
        if whole is None:
            return ""
        first, last = whole.first[0], _last_line(whole)
        glyphs = self.console.glyphs
        if number < first or number > last or (below and number == last):
            return "  "
        inside = below or first < number < last
        mark = glyphs.side if inside else glyphs.open if number == first else glyphs.close
        role = next(la.role for la in labels if la.span is whole)
        return self.console.paint(role, mark) + " "

    def _side(self, side: str | None = None, text: str = "") -> str:
        bar = self.console.paint("gutter", side or self.console.glyphs.side)
        return f"{' ' * (self.gutter + 2)}{bar} {text}".rstrip()


def _focus(labels: list[Label], text: str, room: int) -> tuple[int, int]:
    """What a cut line must show: all its labels if there is room for that, else the primary or the first."""
    if not labels:
        return 0, 0
    focus = min(la.span.first[1] for la in labels) - 1
    end = max(_end_column(la.span, text) for la in labels) - 1
    if end - focus > room - 2:
        most = next((la for la in labels if la.primary), labels[0])
        focus, end = most.span.first[1] - 1, _end_column(most.span, text) - 1
    return focus, end


def _last_line(span: Span) -> int:
    """The line of the last code point: a span that ends with a line end ends on that line."""
    return span.source.place(max(span.start, span.end - 1))[0]


def _many_lines(span: Span) -> bool:
    return span.first[0] != _last_line(span)


def _end_column(span: Span, text: str) -> int:
    """The column past the span on its first line; of a span of several lines, the end of the line."""
    line, column = span.last
    return column if line == span.first[0] else len(text) + 1

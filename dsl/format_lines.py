"""The lines of a formatted policy, and how neighbours line up, in the spirit of gofmt."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 110
"""Lines are broken rather than wider, comments not counted."""

UNLIKE = 24
"""Cells whose lengths differ by more than this do not line up: the gap would be harder to read across."""


@dataclass(slots=True)
class Row:
    """One line. ``cells`` line up with those of neighbours of the same ``kind`` and indentation; a row
    without a kind has one cell and lines up with nothing. ``blank``: a blank line stands before it."""

    indent: int
    cells: list[str]
    kind: str = ""
    comment: str = ""
    blank: bool = False
    remark: bool = False  # a comment that has the line to itself

    def plain(self) -> str:
        """The cells with one space between them."""
        return " ".join(cell for cell in self.cells if cell)


def render_rows(rows: list[Row]) -> str:
    """The text of the rows, lined up, with one newline at the end."""
    texts = _lined_up(rows)
    lines: list[str] = []
    at = 0
    while at < len(rows):
        end = at + 1
        if rows[at].comment:
            while end < len(rows) and rows[end].comment and not rows[end].blank:
                end += 1
        column = max(len(text) for text in texts[at:end])
        for row, text in zip(rows[at:end], texts[at:end], strict=True):
            if row.blank and lines:
                lines.append("")
            lines.append(f"{text.ljust(column)}  {row.comment}" if row.comment else text)
        at = end
    return "\n".join(lines) + "\n" if lines else ""


def _lined_up(rows: list[Row]) -> list[str]:
    texts: list[str] = []
    at = 0
    while at < len(rows):
        widths = least = _widths(rows[at], [])
        end = at + 1
        while end < len(rows) and rows[at].kind and _joins(rows[at], rows[end]):
            wider = _widths(rows[end], widths)
            # Columns grow a hundred times at most, so looking at all rows again then is linear.
            changed = rows[at:end] if wider != widths else []
            too_wide = any(len(_text(row, wider)) > WIDTH for row in (*changed, rows[end]))
            narrower = [min(a or b, b or a) for a, b in zip(least, _widths(rows[end], []), strict=False)]
            if too_wide or any(a - b > UNLIKE for a, b in zip(wider, narrower, strict=False) if b):
                break
            widths, least = wider, [*narrower, *least[len(narrower) :]]
            end += 1
        texts += [_text(row, widths if end - at > 1 else []) for row in rows[at:end]]
        at = end
    return texts


def _joins(first: Row, row: Row) -> bool:
    return row.kind == first.kind and row.indent == first.indent and not row.blank


def _widths(row: Row, widths: list[int]) -> list[int]:
    """The widths of columns, ``row`` taken in. The last cell of a row needs no column."""
    found = [len(cell) for cell in row.cells[:-1]]
    longer, shorter = (found, widths) if len(found) > len(widths) else (widths, found)
    return [max(a, b) for a, b in zip(longer, [*shorter, *[0] * len(longer)], strict=False)]


def _text(row: Row, widths: list[int]) -> str:
    if not widths:
        return " " * row.indent + row.plain()
    padded = [cell.ljust(width) for cell, width in zip(row.cells[:-1], widths, strict=False)]
    shown = [cell for cell in padded if cell]
    return " " * row.indent + " ".join([*shown, row.cells[-1]]).rstrip()

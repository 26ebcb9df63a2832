"""The one canonical layout.

The tree says what is a declaration and what a member; the words themselves are taken from the text, every
one but the `;` and `,` between members, so the layout cannot change what is said. One member is on a line,
or the whole block is, if its author had it on one line and it fits.
"""

from __future__ import annotations

from interlock.dsl import syntax as s
from interlock.dsl.format_flow import Flow
from interlock.dsl.format_items import Item, item
from interlock.dsl.format_lines import WIDTH, Row, render_rows
from interlock.dsl.layout import render
from interlock.dsl.lex import lex
from interlock.dsl.parser_cache import tables


def format_module(module: s.Module) -> str:
    """The canonical text of a module: formatting it again changes nothing, and it parses to the same tree.

    Raises ``ValueError`` for a module with syntax errors, of which the tree does not hold every word.
    """
    layout = _Layout(Flow(lex(module.source, tables())))
    last, tall, heading = -1, False, False
    for declaration in module.declarations:
        found = item(layout.flow, declaration)
        begun = len(layout.rows)
        blank = layout.between(last, found.first, 0)
        own = len(layout.rows)
        layout.put(found, 0, blank)
        was_tall, tall = tall, len(layout.rows) - own > 1
        # What takes several lines stands apart from its like, with the remarks above it.
        if ((tall and was_tall) or heading) and not any(row.blank for row in layout.rows[begun : own + 1]):
            layout.rows[begun].blank = True
        heading = isinstance(declaration, s.Policy)
        last = found.last
    layout.between(last, len(layout.flow.kinds) - 1, 0)
    return render_rows(layout.rows)


class _Layout:
    """The rows so far."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.rows: list[Row] = []

    def between(self, last: int, first: int, indent: int) -> bool:
        """Puts the comments between two items; gives whether a blank line stands before the second.

        A comment on the line of other code stays there, one on its own line keeps its line.
        """
        tokens, text = self.flow.tokens, self.flow.tokens.source.text
        end = tokens.ends[last] if last >= 0 else 0
        blank = False
        remark_at = -1  # before which token the last remark stood, with nothing after it yet
        for at in range(last + 1, first + 1):
            for comment in self.flow.comments.get(at, ()):
                blank = blank or text.count("\n", end, comment.span.start) > 1
                end = comment.span.end
                if comment.own_line or not self.rows:
                    # What was parted by a `;` must not become one doc comment.
                    blank = blank or remark_at not in (-1, at)
                    self.rows.append(Row(indent, [comment.text], remark=True, blank=blank))
                    blank, remark_at = False, at
                elif self.rows[-1].remark:
                    self.rows[-1].cells[0] += f" {comment.text}"
                else:
                    self.rows[-1].comment = f"{self.rows[-1].comment} {comment.text}".lstrip()
            blank = blank or text.count("\n", end, tokens.starts[at]) > 1
            end = tokens.ends[at]
            if at < first and self.flow.kinds[at] not in ("SEMICOLON", "COMMA"):
                raise ValueError("only a module without syntax errors can be formatted")
        return blank or remark_at not in (-1, first)

    def put(self, found: Item, indent: int, blank: bool) -> None:
        """Puts an item and what is in its block."""
        begun = len(self.rows)
        if found.open:
            self._put_block(found, indent)
        elif not self._put_line(found, indent):
            self._put_broken(found.first, found.last, found, indent)
        self.rows[begun].blank = blank

    def _put_line(self, found: Item, indent: int) -> bool:
        if self.flow.remarks(found.first, found.last):
            return False
        row = Row(indent, self._cells(found), found.kind)
        if indent + len(row.plain()) > WIDTH:
            return False
        self.rows.append(row)
        return True

    def _cells(self, found: Item) -> list[str]:
        cells: list[str] = []
        begin = found.first
        for place in found.cells:
            if place is None:
                cells.append("")
            elif cells and cells[-1] == "" and begin == found.first:
                cells.insert(len(cells) - 1, self.flow.flat(begin, place - 1))
                begin = place
            else:
                cells.append(self.flow.flat(begin, place - 1))
                begin = place
        return [*cells, self.flow.flat(begin, found.last)]

    def _put_broken(self, first: int, last: int, found: Item, indent: int) -> None:
        doc = self.flow.broken(first, last, found.clauses, brace=bool(found.open))
        self.rows += [Row(column, [text]) for column, text in render(doc, indent, WIDTH)]

    def _put_block(self, found: Item, indent: int) -> None:
        flow = self.flow
        cells = self._one_line(found)
        if cells and indent + len(" ".join(cells)) <= WIDTH:
            self.rows.append(Row(indent, cells, found.kind))
            return
        header = flow.flat(found.first, found.open)
        if flow.remarks(found.first, found.open) or indent + len(header) > WIDTH:
            self._put_broken(found.first, found.open, found, indent)
        else:
            self.rows.append(Row(indent, [header]))
        last, begun = found.open, len(self.rows)
        for member in found.members:
            blank = self.between(last, member.first, indent + 4)
            self.put(member, indent + 4, blank)
            last = member.last
        self.between(last, found.close, indent + 4)
        if begun < len(self.rows):
            self.rows[begun].blank = False
        self.rows.append(Row(indent, ["}"]))

    def _one_line(self, found: Item) -> list[str]:
        """The cells of a block on one line, or none if it was not written so."""
        flow = self.flow
        if flow.remarks(found.first, found.close):
            return []
        if found.members and self._line(found.open) != self._line(found.close):
            return []
        members = [" ".join(self._one_line(m)) if m.open else flow.flat(m.first, m.last) for m in found.members]
        if not members:
            return [flow.flat(found.first, found.open) + "}"]
        mark = "," if found.comma else ";"
        members[0] = f"{{ {members[0]}"
        members = [member + mark for member in members[:-1]] + [f"{members[-1]} }}"]
        return [flow.flat(found.first, found.open - 1), *members]

    def _line(self, at: int) -> int:
        return self.flow.tokens.source.place(self.flow.tokens.starts[at])[0]

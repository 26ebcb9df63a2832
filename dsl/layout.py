"""Breaking lines: a small pretty printer (Wadler, *A prettier printer*, 2003).

A document is text, or a place where a line may end, or several documents in a row; a group is put on one line
if it fits, and else ends a line at each of its own places.
"""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """Where a line may end; ``flat`` is written where it does not. ``hard``: it always ends."""

    flat: str
    hard: bool = False


class Nest(NamedTuple):
    """``doc``, further in by four columns."""

    doc: Doc


class Group(NamedTuple):
    """``doc``, on one line if it fits; ``broken`` if it cannot be, because a line ends in it."""

    doc: Doc
    broken: bool


Doc = str | Line | Nest | Group | list["Doc"]
SPACE = Line(" ")
NOTHING = Line("")
END = Line("", hard=True)


def group(*docs: Doc) -> Group:
    """The documents as a group."""
    return Group(list(docs), any(_ends_line(doc) for doc in docs))


def _ends_line(doc: Doc) -> bool:
    if isinstance(doc, Line):
        return doc.hard
    if isinstance(doc, Group):
        return doc.broken
    if isinstance(doc, Nest):
        return _ends_line(doc.doc)
    return isinstance(doc, list) and any(_ends_line(part) for part in doc)


def render(doc: Doc, indent: int, width: int) -> list[tuple[int, str]]:
    """The lines of a document, each with its indentation, no wider than ``width`` where possible."""
    lines: list[tuple[int, str]] = []
    current: list[str] = []
    at, begun = indent, indent  # the column, and the indentation of the line being written
    todo: list[tuple[int, bool, Doc]] = [(indent, False, doc)]
    while todo:
        inner, flat, part = todo.pop()
        if isinstance(part, str):
            current.append(part)
            at += len(part)
        elif isinstance(part, list):
            todo.extend((inner, flat, piece) for piece in reversed(part))
        elif isinstance(part, Nest):
            todo.append((inner + 4, flat, part.doc))
        elif isinstance(part, Group):
            todo.append((inner, not part.broken and (flat or _fits(part, width - at, todo)), part.doc))
        elif flat and not part.hard:
            current.append(part.flat)
            at += len(part.flat)
        else:
            lines.append((begun, "".join(current)))
            current, at, begun = [], inner, inner
    lines.append((begun, "".join(current)))
    return [(column, text) for column, text in lines if text]


def _fits(doc: Doc, room: int, rest: list[tuple[int, bool, Doc]]) -> bool:
    """Whether a document fits on one line, with what follows it up to where a line may end."""
    todo: list[tuple[bool, Doc]] = [(True, doc)]
    behind = len(rest)
    while room >= 0:
        if not todo:
            if not behind:
                return True
            behind -= 1
            todo.append((rest[behind][1], rest[behind][2]))
        flat, part = todo.pop()
        if isinstance(part, str):
            room -= len(part)
        elif isinstance(part, list):
            todo.extend((flat, piece) for piece in reversed(part))
        elif isinstance(part, Nest):
            todo.append((flat, part.doc))
        elif isinstance(part, Group):
            todo.append((flat and not part.broken, part.doc))
        elif flat and not part.hard:
            room -= len(part.flat)
        else:
            return True
    return False

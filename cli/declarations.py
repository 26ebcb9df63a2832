"""Which declaration a place is in, and what to call that declaration."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from interlock.dsl import syntax
from interlock.dsl.parse import parse
from interlock.dsl.source import Source, Span

_Node = syntax.Declaration | syntax.Attribute


class Declarations:
    """The declarations of a source, and those inside others: attributes, and rules in a ``within``."""

    def __init__(self, source: Source) -> None:
        # In the order of the text, a declaration before those inside it: start, end, header, the one around it.
        self._declared: list[tuple[int, int, str, int]] = []
        # No recursion: how deep `within`s are nested is the author's choice, also where it is an error.
        waiting: list[tuple[_Node, int]] = [(node, -1) for node in reversed(parse(source)[0].declarations)]
        while waiting:
            node, around = waiting.pop()
            at = len(self._declared)
            self._declared.append((node.span.start, node.span.end, _header(node), around))
            waiting += [(inner, at) for inner in reversed(_inside(node))]
        self._starts = [start for start, *_ in self._declared]

    def header(self, span: Span) -> str:
        """What the innermost declaration that holds all of a span is, and its name: ``rule big``,
        ``fallback opus[us_east] on timeout``, ``attribute tier``. Nothing outside of one."""
        at = bisect_right(self._starts, span.start) - 1
        while at >= 0:
            _, end, header, around = self._declared[at]
            if span.end <= end:
                return header
            at = around
        return ""


def _inside(node: _Node) -> Sequence[_Node]:
    if isinstance(node, syntax.Within):
        return node.rules
    return node.attributes if isinstance(node, syntax.Request) else ()


def _header(node: _Node) -> str:
    """What a declaration is and what it is called: enough to find it again after it has changed."""
    match node:
        case syntax.Ladder(name=name):
            return f"rule {name.text}"  # to write a rule as a ladder, or a ladder as a rule, makes no other of it
        case syntax.Import(path=path):
            return f"import {path.text}"
        case syntax.Fallback(start=start, classes=classes):
            index = f"[{start.index.text}]" if start.index else ""
            on = f" on {' '.join(sorted(name.text for name in classes))}" if classes else ""
            return f"fallback {start.name.text}{index}{on}"
        case syntax.Require(capability=capability):
            return f"require {capability.text if capability else 'context'}"
        case syntax.TestCase(title=title):
            return f"test {title.text}"
        case syntax.Request() | syntax.Invalid():
            return type(node).__name__.lower()
        case _:
            return f"{type(node).__name__.lower()} {node.name.text}"

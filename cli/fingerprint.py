"""Fingerprints: what makes two findings, of two runs over two states of a policy, the same one.

A fingerprint is the first 16 hex digits of a SHA-256, a colon, and a number from 1. Hashed are, with a line end
between them:

1. ``interlock/1``, which changes with this recipe;
2. the finding's code;
3. the file's name, relative to a folder and with forward slashes;
4. the header of the innermost declaration around the place, name and all (``rule big``, ``fallback opus[us_east]
   on timeout``, ``attribute tier``), or nothing outside of one;
5. the words of the place itself, comments and separators left out, one space between them.

The number counts findings that agree in all of these, from the top of the file down. So no line, no column and no
message counts: a finding stays the same when lines come and go around it, when the file is formatted, when
declarations change places, and when what it says about other declarations changes. It is another one when its file
or its declaration is renamed, or when the very words it points at change.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from interlock.cli.paths import path_of
from interlock.dsl import syntax
from interlock.dsl.finding import Finding
from interlock.dsl.lex import lex
from interlock.dsl.parse import parse
from interlock.dsl.parser_cache import tables
from interlock.dsl.source import Source, Span

_RECIPE = "interlock/1"

_Node = syntax.Declaration | syntax.Attribute


def fingerprints(findings: Sequence[Finding], base: str | None = None) -> list[str]:
    """The fingerprint of each finding, all different.

    ``base`` is the folder that file names are relative to (default: the current one). The findings of one run
    belong together in one call, in any order. Raises nothing.
    """
    folder = os.path.abspath(base or os.curdir)
    texts: dict[Source, _Text] = {}
    hashes: list[str] = []
    for finding in findings:
        source = finding.span.source
        text = texts.get(source)
        if text is None:
            text = texts[source] = _Text(source, path_of(source, folder))
        parts = [_RECIPE, finding.kind.code, text.name, text.header(finding.span), text.words(finding.span)]
        hashes.append(sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16])
    found = [""] * len(hashes)
    seen: Counter[str] = Counter()
    # By place, so that the order in which findings come does not count.
    for at in sorted(range(len(hashes)), key=lambda at: findings[at].sort_key):
        seen[hashes[at]] += 1
        found[at] = f"{hashes[at]}:{seen[hashes[at]]}"
    return found


class _Text:
    """A source taken apart: its words, and which declaration is where."""

    def __init__(self, source: Source, name: str) -> None:
        self.name = name
        self._source = source
        self._tokens = lex(source, tables())
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
        """The header of the innermost declaration that holds all of a span, or nothing."""
        at = bisect_right(self._starts, span.start) - 1
        while at >= 0:
            _, end, header, around = self._declared[at]
            if span.end <= end:
                return header
            at = around
        return ""

    def words(self, span: Span) -> str:
        """The words of a span as they are whatever the layout; those of a remark are the remark."""
        tokens = self._tokens
        first = tokens.before(span.start)
        first += first < 0 or tokens.starts[first] < span.start
        last = tokens.before(span.end - 1)
        # The formatter puts and drops separators.
        words = [self._source.text[tokens.starts[i] : tokens.ends[i]] for i in range(first, last + 1)]
        kept = [word for word in words if word not in (";", ",")]
        return " ".join(kept or span.text.split())


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

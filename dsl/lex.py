"""Text to tokens.

What is a token does not depend on where it stands, save that a word of the language may be a name: that the
parser decides, so words come with both readings. Known slips of the pen (``40k``, ``&&``, curly quotes)
are found here and mended, so that one of them spoils nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from interlock.dsl.finding import Finding
from interlock.dsl.slips import SLIPS, mend
from interlock.dsl.source import Source, Span
from interlock.dsl.syntax import Comment
from interlock.dsl.tables import END, Tables

MAX_MISTAKES = 1_000
"""After so many, the rest of a file is not read: it is no policy."""


@dataclass(slots=True)
class Tokens:
    """The tokens of a source, in lists that run side by side; the last is the end of the file.

    ``words``: the terminal a word of the language stands for, else None. ``opens_line``: nothing but
    comments stands before it on its line. ``mended``: what to read instead of the text, by number;
    ``doubtful``: numbers of tokens at a mended slip, where a further complaint would be noise.
    """

    source: Source
    kinds: list[str] = field(default_factory=list)
    words: list[str | None] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    opens_line: list[bool] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    mended: dict[int, str] = field(default_factory=dict)
    doubtful: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def span(self, at: int) -> Span:
        """Where token number ``at`` stands."""
        return Span(self.source, self.starts[at], self.ends[at])

    def text(self, at: int) -> str:
        """What token number ``at`` says, slips mended."""
        mended = self.mended.get(at)
        return self.source.text[self.starts[at] : self.ends[at]] if mended is None else mended

    def drop(self, at: int) -> None:
        """Leave out token number ``at``; those behind it move up."""
        for each in (self.kinds, self.words, self.starts, self.ends, self.opens_line):
            del each[at]
        self.mended = {n - (n > at): text for n, text in self.mended.items() if n != at}
        self.doubtful = {n - (n > at) for n in self.doubtful if n != at}

    def before(self, offset: int) -> int:
        """The number of the last token that starts at or before ``offset``."""
        return bisect_right(self.starts, offset) - 1


def lex(source: Source, tables: Tables) -> Tokens:
    """The tokens of a source, its comments, and a finding for every slip. Never fails."""
    text = source.text
    tokens = Tokens(source)
    kinds, starts, ends, words, opens = (
        tokens.kinds,
        tokens.starts,
        tokens.ends,
        tokens.words,
        tokens.opens_line,
    )
    word_of = tables["words"].get
    ignored = {kind for kind in tables["ignored"] if kind != "COMMENT"}
    new_line = True
    # A byte order mark is how some editors begin a file; it is no part of the text.
    for match in _pattern(tables).finditer(text, 1 if text.startswith("\ufeff") else 0):
        kind = match.lastgroup or ""
        start, end = match.span()
        if kind in ignored:
            if not new_line and text.find("\n", start, end) >= 0:
                new_line = True
            continue
        if kind == "COMMENT":
            words_of_it = text[start:end].rstrip()
            span = Span(source, start, start + len(words_of_it))
            tokens.comments.append(Comment(words_of_it, span, new_line))
            continue
        slip = mend(kind, Span(source, start, end)) if kind in SLIPS else None
        if slip is not None:
            finding, mended = slip
            tokens.findings.append(finding)
            if len(tokens.findings) > MAX_MISTAKES:
                break
            tokens.doubtful.update((len(kinds), len(kinds) + 1))
            if mended is None:
                continue
            kind, tokens.mended[len(kinds)] = mended
            word = word_of(tokens.mended[len(kinds)])
        else:
            word = word_of(text[start:end]) if kind == "NAME" else None
        kinds.append(kind)
        words.append(word)
        starts.append(start)
        ends.append(end)
        opens.append(new_line)
        new_line = False
    kinds.append(END)
    words.append(None)
    starts.append(len(text))
    ends.append(len(text))
    opens.append(True)
    return tokens


_patterns: dict[int, re.Pattern[str]] = {}


def _pattern(tables: Tables) -> re.Pattern[str]:
    """One expression for all tokens. Alternatives are tried in order: slips that begin like a proper mark
    first, then the grammar's tokens, then whatever else there is."""
    found = _patterns.get(id(tables))
    if found is None:
        first = [(name, slip.pattern) for name, slip in SLIPS.items() if slip.first]
        last = [(name, slip.pattern) for name, slip in SLIPS.items() if not slip.first]
        found = re.compile("|".join(f"(?P<{kind}>{regex})" for kind, regex in [*first, *tables["tokens"], *last]))
        _patterns[id(tables)] = found
    return found

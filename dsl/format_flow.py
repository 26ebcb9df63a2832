"""Tokens in a row: the spaces between them, their comments, and where they break when too long.

Everything here works on tokens, not on the tree, so that nothing written can get lost.
"""

from __future__ import annotations

from itertools import pairwise

from interlock.dsl.layout import END, NOTHING, SPACE, Doc, Line, Nest, group
from interlock.dsl.lex import Tokens
from interlock.dsl.syntax import Comment

_CALLS = frozenset(["int", "set", "enum", "sample"])
_BEFORE_LIST = frozenset(["in", "any", "all", "default"])
_OPEN = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
_CLOSE = frozenset(_OPEN.values())
WIDE = 3
"""Spaces between the parts of a declaration that read as columns: the options of an attribute."""


class Flow:
    """The tokens of a module with its comments. ``wide`` and ``tight``: tokens that stand
    further off from the one before, and right behind it."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.kinds = tokens.kinds
        self.comments: dict[int, list[Comment]] = {}  # by the number of the token they stand before
        for comment in tokens.comments:
            self.comments.setdefault(tokens.before(comment.span.start) + 1, []).append(comment)
        self.partner: dict[int, int] = {}  # of an opening bracket
        self.opener: dict[int, int] = {}  # of a closing one
        opened: list[int] = []
        for at, kind in enumerate(self.kinds):
            if kind in _OPEN:
                opened.append(at)
            elif kind in _CLOSE and opened:
                self.opener[at] = opened.pop()
                self.partner[self.opener[at]] = at
        self.wide: set[int] = set()
        self.tight: set[int] = set()

    def at(self, offset: int) -> int:
        """The number of the token that starts at an offset."""
        return self.tokens.before(offset)

    def remarks(self, first: int, last: int) -> bool:
        """Whether a comment stands somewhere between the tokens ``first`` and ``last``."""
        return any(at in self.comments for at in range(first + 1, last + 1))

    def gap(self, at: int) -> str:
        """The space between token ``at`` and the one before it, on one line."""
        kinds = self.kinds
        before, kind = kinds[at - 1], kinds[at]
        if at in self.wide:
            return " " * WIDE
        if at in self.tight:
            return ""
        if kind in ("COMMA", "RPAR", "RSQB", "QMARK", "DOT", "SLASH") or before in ("LPAR", "LSQB", "DOT", "SLASH"):
            return ""
        if kind in ("BELOW", "UPTO"):
            return "" if before == "INT" else " "
        if before in ("BELOW", "UPTO"):
            return "" if kind == "INT" else " "
        if kind == "LPAR":
            return "" if self.tokens.text(at - 1) in _CALLS else " "
        if kind == "LSQB":
            return "" if before == "NAME" and self.tokens.text(at - 1) not in _BEFORE_LIST else " "
        return " "

    def flat(self, first: int, last: int) -> str:
        """The tokens from ``first`` to ``last``, both included, on one line."""
        text = self.tokens.text
        words = [text(first)]
        for at in range(first + 1, last + 1):
            words.append(self.gap(at))
            words.append(text(at))
        return "".join(words)

    # ── broken over several lines ─────────────────────────────────────────────────────────────────

    def broken(self, first: int, last: int, clauses: list[int], *, brace: bool = False) -> Doc:
        """The tokens as a document that breaks before each of ``clauses`` (numbers of tokens) first, then at
        `or`, then at `and`, then after commas. ``brace``: the last token opens a block."""
        bounds = [first, *clauses, last + (not brace)]
        parts: list[Doc] = [self._operands(first, bounds[1], "or")]
        nested: list[Doc] = []
        for begin, end in pairwise(bounds[1:]):
            nested += [self._joint(begin, Line(self.gap(begin))), self._operands(begin, end, "or")]
        parts.append(Nest(nested))
        if brace:
            parts += [self._joint(last, SPACE), self.tokens.text(last)]
        return group(*parts)

    def _operands(self, first: int, end: int, word: str) -> Doc:
        """Tokens ``first`` up to ``end``, broken before each `or` outside brackets; those parts at `and`."""
        places = [first]
        at = first
        while at < end:
            if self.kinds[at] == "NAME" and at > first and self.tokens.text(at) == word:
                places.append(at)
            at = self.partner.get(at, at) + 1
        places.append(end)
        inner = [
            self._operands(begin, stop, "and") if word == "or" else self._items(begin, stop)
            for begin, stop in pairwise(places)
        ]
        rest: list[Doc] = []
        for place, doc in zip(places[1:], inner[1:], strict=False):
            rest += [self._joint(place, SPACE), doc]
        if not rest:
            return inner[0]
        # The `and`s of the first operand stand further in than the `or`s that bind looser.
        start: Doc = Nest(inner[0]) if word == "or" else inner[0]
        return group(start, Nest(rest) if self._indented(first) else rest)

    def _indented(self, first: int) -> bool:
        """Operands go further in after a word such as `when`, not where they stand alone."""
        return self.tokens.text(first) in ("when", "or", "and")

    def _items(self, first: int, end: int) -> Doc:
        """Tokens filled into lines: broken after commas, and inside brackets."""
        docs: list[Doc] = []
        nested: list[Doc] = []
        into = docs
        at = first
        while at < end:
            if at > first:
                if self.kinds[at - 1] == "COMMA":
                    into = nested  # what follows the first comma of a bare list goes further in
                    into.append(group(self._joint(at, SPACE), self._word(at, end)))
                else:
                    gap = self.gap(at)
                    into.append(self._joint(at, gap))
                    into.append(self._word(at, end))
            else:
                into.append(self._word(at, end))
            at = self.partner.get(at, at) + 1
        return [*docs, Nest(nested)] if nested else docs

    def _word(self, at: int, end: int) -> Doc:
        """One token, or a bracket with what is in it."""
        closing = self.partner.get(at)
        text = self.tokens.text(at)
        if closing is None or closing >= end:
            return text
        if closing == at + 1:
            return [text, self._joint(closing, ""), self.tokens.text(closing)]
        if self.kinds[at] == "LPAR" and self.tokens.text(at - 1) not in _CALLS:
            inside = self._operands(at + 1, closing, "or")
        else:
            inside = self._list(at + 1, closing)
        return group(
            text,
            Nest([self._joint(at + 1, NOTHING), inside]),
            self._joint(closing, NOTHING),
            self.tokens.text(closing),
        )

    def _list(self, first: int, end: int) -> Doc:
        docs: list[Doc] = []
        at = first
        while at < end:
            if at > first:
                comma = self.kinds[at - 1] == "COMMA"
                joint = self._joint(at, SPACE if comma else self.gap(at))
                docs.append(group(joint, self._word(at, end)) if comma else [joint, self._word(at, end)])
            else:
                docs.append(self._word(at, end))
            at = self.partner.get(at, at) + 1
        return docs

    def _joint(self, at: int, space: Doc) -> Doc:
        """What stands before token ``at``: the space, or the comments there, which end their lines."""
        found = self.comments.get(at)
        if not found:
            return space
        docs: list[Doc] = []
        for comment in found:
            docs += [END if comment.own_line else "  ", comment.text]
        return [*docs, END]

"""What one token would have to be for reading to go on: another mark, no mark, one more, or another word.

A repair is only proposed where the tokens after it fit (the "phrase-level recovery" of Aho, Sethi, Ullman,
*Compilers*, 4.3), so that what comes next is read as it was meant, and is checked too.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from interlock.dsl.build import OPERATORS
from interlock.dsl.forms import DECLARATIONS
from interlock.dsl.lalr import Machine, View
from interlock.dsl.nearest import nearest
from interlock.dsl.parser_cache import symbols
from interlock.dsl.source import Span
from interlock.dsl.tables import END

_INSTEAD: dict[str, tuple[str, ...]] = {
    "COLON": ("ARROW", "EQUAL", "WHEN"),
    "EQUAL": ("ARROW", "EQUALS", "COLON"),
    "EQUALS": ("EQUAL", "COLON"),
    "ARROW": ("EQUAL",),
    "COMMA": ("SEMICOLON", "ARROW"),
    "MORE": ("ARROW",),
    "LPAR": ("LSQB", "LBRACE"),
    "LSQB": ("LPAR", "LBRACE"),
    "LBRACE": ("LPAR", "LSQB"),
    "and": ("COMMA",),
    "or": ("COMMA",),
    "then": ("ARROW",),
    "to": ("ARROW",),
    "if": ("WHEN",),
    "where": ("WHEN",),
    "is": ("EQUALS",),
    "when": ("EQUAL",),
}
"""What may be meant by a mark, or by a word of other languages."""

WORDS_ELSEWHERE = frozenset(word for word in _INSTEAD if word.islower())

_TOO_MANY = frozenset(["COLON", "EQUAL", "ARROW", "COMMA", "LPAR", "LSQB", "LBRACE", "RPAR", "RSQB"])
_SURELY_TOO_MANY = frozenset(["COLON", "EQUAL"])
_LEFT_OUT = ("ARROW", "COMMA", "COLON", "EQUAL", "DOT", "WHEN", "AND")
_CLOSING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}

_QUOTABLE = re.compile(r"[A-Za-z0-9_][\w-]*(?:[.:@/]+[\w-]+)+", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?![\w,])")
_UNITS = {"K": "INT", "k": "INT", "M": "INT", "ms": "DURATION", "s": "DURATION", "m": "DURATION", "h": "DURATION"}


class Repair(NamedTuple):
    """Tokens ``first`` to ``last`` read as one of ``kind`` that says ``text``; as none where ``kind`` is empty. With
    ``last`` before ``first`` nothing is replaced, and the new token stands before ``first``. ``sure``: nothing else
    can well have been meant."""

    first: int
    last: int
    kind: str
    text: str = ""
    sure: bool = True

    @property
    def inserts(self) -> bool:
        """Whether it adds a token and replaces none."""
        return self.last < self.first


def repair(machine: Machine, at: int) -> Repair | None:
    """What would make the text fit at token ``at``, which does not."""
    tokens = machine.tokens
    kind = tokens.kinds[at]
    here = machine.here()
    if found := _misspelt(machine, at, here) or _before(machine, at):
        return found
    spelling = machine.tables["spelling"]
    for instead in _INSTEAD.get(tokens.text(at) if kind == "NAME" else kind, ()):
        if _goes_on(machine, machine.fits(instead, here), at + 1):
            return Repair(at, at, instead, spelling[instead])
    top = machine.states[-1]
    nameless = symbols()[top] in DECLARATIONS and "NAME" in machine.tables["rows"][top]
    if kind in _TOO_MANY and not nameless and not _closes(machine, kind) and _goes_on(machine, here, at + 1):
        return Repair(at, at, "", "", kind in _SURELY_TOO_MANY)
    if kind != END and not tokens.opens_line[at]:
        for mark in _LEFT_OUT:
            if (mark != "AND" or kind == "NAME") and _goes_on(machine, machine.fits(mark, here), at):
                return Repair(at, at - 1, mark, spelling[mark], False)
    return None


def apply_repair(machine: Machine, found: Repair) -> int:
    """Makes the machine go on as if the text were right; gives the number of the token to go on with."""
    tokens = machine.tokens
    first, last, kind, text, _ = found
    if found.inserts:
        machine.shift(kind)
        return first
    opening = tokens.kinds[first]
    closing = _partner(machine, first) if opening in _CLOSING else None
    if not kind and closing is not None and tokens.kinds.count(opening) > tokens.kinds.count(tokens.kinds[closing]):
        closing = None  # it belongs to another one
    if not kind:
        tokens.drop(first)
        if closing is not None:
            tokens.drop(closing - 1)
        return first
    while machine.starts and machine.starts[-1] >= tokens.starts[first]:
        del machine.states[-1], machine.values[-1], machine.starts[-1], machine.ends[-1]
    tokens.ends[first] = tokens.ends[last]
    for extra in range(last, first, -1):
        tokens.drop(extra)
    word = machine.tables["words"].get(text)
    tokens.kinds[first], tokens.words[first], tokens.mended[first] = "NAME" if word else kind, word, text
    if closing is not None and kind in _CLOSING:
        tokens.kinds[closing] = _CLOSING[kind]
    return first


def _goes_on(machine: Machine, view: View | None, at: int) -> bool:
    """Whether the next two tokens fit a view, or the last one of its line. A word like `not` is no name here,
    though some names may be it."""
    tokens = machine.tokens
    for j in range(at, min(at + 2, len(tokens.kinds))):
        if j > at and view is not None and tokens.opens_line[j]:
            return True
        if view is None:
            return False
        word = tokens.words[j]
        as_word = machine.fits(word, view) if word else None
        view = as_word if as_word or tokens.text(j) in OPERATORS else machine.fits(tokens.kinds[j], view)
    return view is not None


def _closes(machine: Machine, kind: str) -> bool:
    """Whether a closing mark has an opening one that waits for it."""
    opening = next((o for o, closing in _CLOSING.items() if closing == kind), None)
    symbol_of = symbols()
    return opening is not None and any(symbol_of[state] == opening for state in machine.states)


def _misspelt(machine: Machine, at: int, view: View) -> Repair | None:
    """The word of the language that token ``at``, read in ``view``, is a misspelling of."""
    tokens, known = machine.tokens, machine.tables
    if tokens.kinds[at] != "NAME" or tokens.words[at]:
        return None
    text = tokens.text(at)
    top = machine.top(view)
    words = {
        known["spelling"][kind]: kind
        for kind in known["rows"][top]
        if (tokens.opens_line[at] or kind not in DECLARATIONS)
        if known["spelling"].get(kind, "") in known["words"] and _goes_on(machine, machine.fits(kind, view), at + 1)
    }
    close = misspelling_of(text, list(words))
    return Repair(at, at, words[close], close) if close else None


def misspelling_of(text: str, words: list[str]) -> str | None:
    """The word that ``text`` is a misspelling of: one that is near, and begins alike or has the same letters."""
    close = nearest(text, words)
    if close is None or abs(len(close) - len(text)) > 2:
        return None
    return close if close[0] == text[0].casefold() or sorted(close) == sorted(text.casefold()) else None


def _before(machine: Machine, at: int) -> Repair | None:
    """What would make the token before ``at``, read as a name or a number, and ``at`` itself fit."""
    tokens = machine.tokens
    if at == 0 or not machine.starts or machine.starts[-1] != tokens.starts[at - 1]:
        return None
    before: View = (len(machine.states) - 1, ())
    if found := _misspelt(machine, at - 1, before):
        return found
    text, start = tokens.source.text, tokens.starts[at - 1]
    if at - 1 in tokens.mended:
        return None
    if tokens.kinds[at - 1] == "NAME" and tokens.ends[at - 1] == tokens.starts[at]:
        match, kind = _QUOTABLE.match(text, start), "STRING"
        said = f'"{match[0]}"' if match else ""
    elif tokens.kinds[at - 1] == "INT" and tokens.kinds[at] == "COMMA":
        match, kind = _GROUPED.match(text, start), "INT"
        said = match[0].replace(",", "_") if match else ""
    elif tokens.kinds[at - 1] == "INT" and not tokens.opens_line[at]:
        unit = tokens.text(at)
        kind = _UNITS.get(unit, "")
        said = tokens.text(at - 1) + (unit.upper() if kind == "INT" else unit)
        if not kind or not said[-len(unit) - 1].isdigit():
            return None
        return _as_one(machine, at - 1, at, kind, said, before)
    else:
        return None
    if match is None:
        return None
    last = tokens.before(match.end() - 1)
    return _as_one(machine, at - 1, last, kind, said, before) if tokens.ends[last] == match.end() else None


def _as_one(machine: Machine, first: int, last: int, kind: str, text: str, view: View) -> Repair | None:
    fits = _goes_on(machine, machine.fits(kind, view), last + 1)
    return Repair(first, last, kind, text) if fits else None


def _partner(machine: Machine, at: int) -> int | None:
    """The mark that closes what the mark ``at`` opens."""
    kinds = machine.tokens.kinds
    depth = 0
    for j in range(at, len(kinds)):
        depth += (kinds[j] in _CLOSING) - (kinds[j] in _CLOSING.values())
        if depth == 0:
            return j if kinds[j] == _CLOSING[kinds[at]] else None
    return None


def place_of(machine: Machine, found: Repair) -> Span:
    """The text that a repair replaces; where it replaces none, what it is put before."""
    tokens = machine.tokens
    return Span(tokens.source, tokens.starts[found.first], tokens.ends[max(found.first, found.last)])

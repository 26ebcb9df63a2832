"""Regular expressions that a few texts with stars say as well.

What people write in conditions is a start (`^gpt-`), an end, a word within, or a choice of such. JavaScript looks for a
match anywhere; what is none of that is left to be asked of the gateway.
"""

from __future__ import annotations

from itertools import product

from interlock.compiler.sources.draft import quoted
from interlock.dsl.record import record

MAX_PATTERNS = 24
_SPECIAL = set("\\^$.|?*+()[]{}")
_STAR = None
"""A run of any characters, among texts."""

_Parts = tuple[str | None, ...]


@record
class Pattern:
    """A text; where it has ``stars``, ``like`` is the pattern as the language writes it."""

    text: str
    like: str
    stars: bool


class _Unsaid(Exception):
    pass


def patterns(expression: str) -> tuple[Pattern, ...] | None:
    """The patterns of which one holds for just the texts that an expression matches somewhere (line breaks within `.*`
    are not told apart); None where it takes more than that."""
    try:
        found: list[_Parts] = []
        for branch in _branches(expression):
            start: _Parts = () if branch.startswith("^") else (_STAR,)
            branch = branch.removeprefix("^")
            ended = branch.endswith("$") and not _escaped(branch, len(branch) - 1)
            reader = _Reader(branch[:-1] if ended else branch)
            found += [(*start, *parts, *(() if ended else (_STAR,))) for parts in reader.choice()]
            if not reader.done:
                return None
        made = tuple(dict.fromkeys(_pattern(parts) for parts in found))
    except (_Unsaid, RecursionError):
        return None
    return made if len(made) <= MAX_PATTERNS else None


def _pattern(parts: _Parts) -> Pattern:
    joined: list[str | None] = []
    for part in parts:
        if joined and joined[-1] is _STAR and part is _STAR:
            continue
        if joined and isinstance(joined[-1], str) and isinstance(part, str):
            joined[-1] += part
        else:
            joined.append(part)
    said = "".join("*" if part is _STAR else quoted(part)[1:-1].replace("*", r"\*") for part in joined)
    text = "".join(part for part in joined if isinstance(part, str))
    return Pattern(text, f'"{said}"', _STAR in joined)


def _escaped(text: str, at: int) -> bool:
    before = len(text[:at]) - len(text[:at].rstrip("\\"))
    return before % 2 == 1


def _branches(expression: str) -> list[str]:
    """The alternatives outside of all groups: each has anchors of its own."""
    found, depth, start, at = [], 0, 0, 0
    while at < len(expression):
        here = expression[at]
        if here == "\\":
            at += 1
        elif here == "[":
            end = expression.find("]", at + 1)
            if end < 0:
                raise _Unsaid
            at = end
        elif here in "()":
            depth += 1 if here == "(" else -1
        elif here == "|" and depth == 0:
            found.append(expression[start:at])
            start = at + 1
        at += 1
    return [*found, expression[start:]]


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def done(self) -> bool:
        """Whether all has been read."""
        return self._at == len(self._text)

    def choice(self) -> list[_Parts]:
        """Alternatives, up to a closing parenthesis or the end."""
        found = self._sequence()
        while self._peek() == "|":
            self._at += 1
            found += self._sequence()
        return found

    def _sequence(self) -> list[_Parts]:
        found: list[_Parts] = [()]
        while self._peek() not in ("", "|", ")"):
            found = [(*before, *after) for before, after in product(found, self._atom())]
            if len(found) > MAX_PATTERNS:
                raise _Unsaid
        return found

    def _atom(self) -> list[_Parts]:
        here = self._take()
        found: list[_Parts]
        if here == ".":
            if self._take() != "*":
                raise _Unsaid
            if self._peek() == "?":
                self._at += 1
            found = [(_STAR,)]
        elif here == "(":
            if self._text.startswith("?:", self._at):
                self._at += 2
            found = self.choice()
            if self._take() != ")":
                raise _Unsaid
        elif here == "[":
            found = [(letter,) for letter in self._letters()]
        elif here == "\\":
            letter = self._take()
            if not letter or letter.isalnum() or not letter.isascii():
                raise _Unsaid
            found = [(letter,)]
        elif here in _SPECIAL:
            raise _Unsaid
        else:
            found = [(here,)]
        if self._peek() == "?":
            self._at += 1
            found = [*found, ()]
        if self._peek() in ("?", "*", "+", "{"):
            raise _Unsaid
        return found

    def _letters(self) -> list[str]:
        """The letters of a class that lists them."""
        found = []
        while (here := self._take()) != "]":
            if here in ("", "\\", "^", "[", "-") or self._peek() == "-":
                raise _Unsaid
            found.append(here)
        if not found:
            raise _Unsaid
        return found

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        self._at += 1
        return self._text[self._at - 1 : self._at]

"""Regular expressions that a list of texts with stars says as well.

Envoy wants the whole value to match (RE2). What people write is nearly always a family of models, `claude-.*`, or a
choice, `(gpt-5|gpt-5-mini)`. What is none of that is left to be asked of the gateway.
"""

from __future__ import annotations

from interlock.dsl.record import record

MAX_PATTERNS = 64
_SPECIAL = set("\\^$.|?*+()[]{}")


@record
class Pattern:
    """Texts with any run of characters between them; one text alone is meant exactly. ``some``: the run (there is
    only one) has at least one character."""

    parts: tuple[str, ...]
    some: bool


@record
class _Part:
    """Text so far, and whether a run of any characters comes first: `*` any, `+` at least one."""

    star: str
    text: str


_Sequence = tuple[_Part, ...]


class _Unsaid(Exception):
    pass


def patterns(expression: str) -> tuple[Pattern, ...] | None:
    """The texts that an expression stands for; None where it takes more than stars to say them."""
    try:
        reader = _Reader(expression)
        found = reader.choice(0)
        if reader.at != len(expression):
            return None
        return tuple(dict.fromkeys(_pattern(sequence) for sequence in found))
    except _Unsaid:
        return None


def _pattern(sequence: _Sequence) -> Pattern:
    parts, some, stars = [""], False, 0
    for part in sequence:
        if part.star:
            stars += 1
            some |= part.star == "+"
            parts.append("")
        parts[-1] += part.text
    # With two runs, that one of them is not empty is no longer said by a text that is left out.
    if (some and stars > 1) or (stars and set("".join(parts)) & set("*\\")):
        raise _Unsaid
    return Pattern(tuple(parts), some)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def choice(self, depth: int) -> list[_Sequence]:
        """Alternatives, up to a closing parenthesis or the end."""
        if depth > 8:
            raise _Unsaid
        found = self._sequence(depth)
        while self._peek() == "|":
            self.at += 1
            found += self._sequence(depth)
            _limit(found)
        return found

    def _sequence(self, depth: int) -> list[_Sequence]:
        found: list[_Sequence] = [()]
        while (here := self._peek()) not in ("", "|", ")"):
            if here == "^":
                # Anchors say nothing new at the ends, and nothing can match elsewhere.
                if depth or any(found_ for found_ in found):
                    raise _Unsaid
                self.at += 1
                continue
            if here == "$":
                if depth or self._text[self.at + 1 :][:1] not in ("", "|"):
                    raise _Unsaid
                self.at += 1
                continue
            following = self._atom(depth)
            found = _limit([(*before, *after) for before in found for after in following])
        return found

    def _atom(self, depth: int) -> list[_Sequence]:
        here = self._take()
        if here == ".":
            run = self._peek()
            if run not in ("*", "+"):
                raise _Unsaid
            self.at += 1
            if self._peek() in ("?", "*", "+", "{"):
                raise _Unsaid
            return [(_Part(run, ""),)]
        if here == "(":
            if self._text.startswith("?:", self.at):
                self.at += 2
            found = self.choice(depth + 1)
            if self._take() != ")":
                raise _Unsaid
        elif here == "[":
            found = [(_Part("", letter),) for letter in self._letters()]
        elif here == "\\":
            letter = self._take()
            if letter.isalnum() or not letter.isascii() or not letter:
                raise _Unsaid
            found = [(_Part("", letter),)]
        elif here in _SPECIAL:
            raise _Unsaid
        else:
            found = [(_Part("", here),)]
        if self._peek() == "?":
            self.at += 1
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
        return self._text[self.at : self.at + 1]

    def _take(self) -> str:
        self.at += 1
        return self._text[self.at - 1 : self.at]


def _limit(found: list[_Sequence]) -> list[_Sequence]:
    if len(found) > MAX_PATTERNS:
        raise _Unsaid
    return found

"""The values of a header as cells: parts of them that no rule tells apart."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.compiler.reference import is_like
from interlock.dsl.policy import Attribute, EnumType
from interlock.dsl.record import record

MODEL_HEADER = "x-ai-eg-model"
_SPECIAL = "\\.+*?()|[]{}^$"


class Unsaid(Exception):
    """The matches of Envoy AI Gateway cannot say it; the message says what."""


@record
class Test:
    """A condition on the value of a header: ``pieces`` of one text are meant exactly, of more have any run of
    characters between them."""

    header: str
    pieces: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether the whole value is given."""
        return len(self.pieces) == 1

    @property
    def expression(self) -> str:
        """The regular expression (RE2, for the whole value)."""
        return ".*".join("".join(f"\\{c}" if c in _SPECIAL else c for c in piece) for piece in self.pieces)


@record
class Cell:
    """A part of the values of an attribute: those that ``test`` takes and no narrower one. ``test`` None: all others,
    absence among them. ``depth``: how many patterns are wider."""

    test: Test | None
    value: str | None
    depth: int


def header_of(attribute: Attribute) -> str | None:
    """The header that an attribute is in; None where it is in none."""
    if attribute.source == ("body", "/model"):
        return MODEL_HEADER
    if attribute.source is None or attribute.source[0] != "header":
        return None
    return attribute.source[1].lower()


def cells_of(attribute: Attribute, tests: Sequence[tuple[str, ...]]) -> list[Cell]:
    """The cells of an attribute of which rules ask these texts and patterns. Raises ``Unsaid``."""
    header = header_of(attribute)
    assert header is not None
    exact = {pieces[0]: None for pieces in tests if len(pieces) == 1}
    if isinstance(attribute.type, EnumType):
        exact |= dict.fromkeys(attribute.type.values)
    patterns = list(dict.fromkeys(pieces for pieces in tests if len(pieces) > 1))
    present = ("", "")
    patterns = [p for n, p in enumerate(patterns) if not any(_same(p, q) for q in (present, *patterns[:n]))]
    patterns.append(present)
    texts = (*exact, *(piece for pattern in patterns for piece in pattern))
    for text in texts:
        if any(not " " <= c <= "~" for c in text):
            raise Unsaid(f"`{text}` is beyond ASCII, and a header has no agreed way to say it")
    trimmed = all(pattern[0] == pattern[0].lstrip() and pattern[-1] == pattern[-1].rstrip() for pattern in patterns)
    if any(text == "" or text != text.strip() for text in exact) or not trimmed:
        raise Unsaid(f"the header of `{attribute.name}` is compared with a text that no match can have")
    for one in patterns:
        for other in patterns:
            if not (_within(one, other) or _within(other, one) or _apart(one, other)):
                raise Unsaid(f"`{'*'.join(one)}` and `{'*'.join(other)}` overlap")
    unused = next((c for c in map(chr, range(ord("~"), ord(" "), -1)) if not any(c in text for text in texts)), None)
    if unused is None:
        raise Unsaid(f"`{attribute.name}` is compared with every character there is")
    cells = [Cell(Test(header, (value,)), value, 0) for value in exact]
    for pattern in patterns:
        # A character that no text has: what stands for a run of it is in no narrower pattern, and is no exact text.
        depth = sum(_within(pattern, other) for other in patterns if other != pattern)
        cells.append(Cell(Test(header, pattern), unused.join(pattern), depth))
    if header != MODEL_HEADER:
        return [*cells, Cell(None, None, 0)]
    # Each request has a model, or Envoy AI Gateway refuses it: any model needs no test.
    return [Cell(None if c.test == Test(header, present) else c.test, c.value, c.depth) for c in cells]


def _within(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether all that a pattern takes another one takes too: a character that neither has stands for any run."""
    return is_like("\x00".join(one), other)


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return _within(one, other) and _within(other, one)


def _apart(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether no text is taken by both: how they begin, or end, differs."""
    first, last = (one[0], other[0]), (one[-1], other[-1])
    begins = first[0].startswith(first[1]) or first[1].startswith(first[0])
    return not (begins and (last[0].endswith(last[1]) or last[1].endswith(last[0])))

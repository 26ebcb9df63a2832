"""Which colour, pattern and code a place has in all pictures of one page."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING

from interlock.cli.render.decision import failure
from interlock.compiler.graph_columns import family_of
from interlock.dsl import policy as p
from interlock.dsl.credentials import masked
from interlock.dsl.record import record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

HUES = 8
"""Colours that are told apart by everybody; after them come the same with stripes."""
_STRIPES = 3


@record
class Look:
    """``css`` are classes of the style sheet. ``code`` is short enough for any cell: a letter, with a number for a
    copy of a family; the status of a failure. ``short`` is the name without what a failure says."""

    code: str
    name: str
    short: str
    css: str


class Looks:
    """Gives each place a look. A pool that has another name now keeps its colour, and so do all copies of a family:
    they differ in the number of their code."""

    def __init__(self, renamed: Mapping[str, str], places: Iterable[p.To | p.Fail]) -> None:
        """``renamed`` has for pools of the new version the name they had. ``places`` are those that get a code; they
        have the first choice of colours, in their order."""
        self._renamed = {family_of(new)[0]: family_of(old)[0] for new, old in renamed.items()}
        self._hues: dict[str, int] = {}
        shown = list(dict.fromkeys(places))
        pools = [place.pool for place in shown if isinstance(place, p.To)]
        families: dict[str, list[str]] = {}
        for pool in pools:
            families.setdefault(family_of(pool)[0], []).append(pool)
        codes: dict[str, str] = {}
        for family in families:
            self._hue(family)
            codes[family] = _code(family, codes.values())
        self.of: dict[p.To | p.Fail, Look] = {p.To(pool): self._pool(pool, codes, families) for pool in pools}
        """The look of each place."""
        self.of |= self._fails([place for place in shown if isinstance(place, p.Fail)])

    def family(self, place: p.To | p.Fail) -> str:
        """The classes of the style sheet for a whole family, or a failure; of any place."""
        if isinstance(place, p.Fail):
            return "fail"
        hue = self._hue(family_of(place.pool)[0])
        return f"p{hue % HUES} s{hue // HUES % _STRIPES}"

    def _hue(self, family: str) -> int:
        return self._hues.setdefault(self._renamed.get(family, family), len(self._hues))

    def _pool(self, name: str, codes: Mapping[str, str], families: Mapping[str, list[str]]) -> Look:
        family = family_of(name)[0]
        copies = families[family]
        number = "" if len(copies) == 1 else str(copies.index(name) + 1)
        return Look(codes[family] + number, masked(name), masked(name), self.family(p.To(name)))

    def _fails(self, fails: Sequence[p.Fail]) -> dict[p.To | p.Fail, Look]:
        made: dict[p.To | p.Fail, Look] = {}
        for number, fail in enumerate(fails):
            # Two failures of one status differ in what they say.
            before = sum(other.status == fail.status for other in fails[:number])
            code = f"{fail.status}{_letters(before).lower() if before else ''}"
            made[fail] = Look(code, masked(failure(fail.status, fail.message)), f"fail {code}", "fail")
        return made


def _code(family: str, taken: Collection[str]) -> str:
    """A letter of the name, if one is left that no other family has."""
    own = [letter.upper() for letter in family if letter.isascii() and letter.isalpha()]
    others = (_letters(number) for number in count())
    return next(code for code in chain(own, others) if code not in taken)


def _letters(number: int) -> str:
    """``A`` to ``Z``, then ``AA`` and so on."""
    text = ""
    while number >= 0:
        text = chr(ord("A") + number % 26) + text
        number = number // 26 - 1
    return text

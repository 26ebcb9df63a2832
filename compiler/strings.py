"""Which combinations of literals, `like` patterns and samples some string satisfies, with an example of each.

In the table every pattern and every sample is a pair of classes of its own. That is right for deciding, but some
combinations of the pairs have no string: nothing is like `a*` and like `b*`; what is sampled under 5% is sampled
under 10%. Here all combinations that have one are listed; where there are too many of them, string_search.py looks
for one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from interlock.compiler.language import Language, TooComplex
from interlock.compiler.patterns import Patterns
from interlock.compiler.samples import Samples
from interlock.compiler.search import Incomplete
from interlock.dsl.record import record

MAX_STEPS = 400_000
MAX_ATOMS = 16_384
MAX_TRIES = 300_000
"""Strings that are tried for one that is in the right samples."""


@record
class Atom:
    """Strings that no literal, pattern or sample tells apart. ``literal`` is the index of the one string it
    consists of, or None; ``patterns`` and ``samples`` are bit-sets of those that hold."""

    literal: int | None
    patterns: int
    samples: int


class Strings:
    """The strings of one attribute. Raises ``TooComplex`` when made."""

    def __init__(
        self,
        literals: Sequence[str],
        patterns: Sequence[tuple[str, ...]],
        samples: Sequence[tuple[str | None, int]],
    ) -> None:
        """``patterns`` are lists of pieces, ``samples`` pairs of salt and basis points."""
        self._samples = Samples(samples)
        self._texts = literals
        self._literals = {text: i for i, text in enumerate(literals)}
        self._patterns = Patterns(patterns)
        self._language = Language(self._patterns, MAX_STEPS)
        self._accepting: dict[int, list[int]] = {}
        for number, state in enumerate(self._language.states):
            self._accepting.setdefault(self._patterns.signature(state), []).append(number)
        self._examples: dict[Atom, str] = {}
        sets = self._samples.sets(MAX_ATOMS)
        if sets is None:
            raise TooComplex
        self.atoms: list[Atom] = [Atom(*self.classify(text)) for text in literals]
        for signature in sorted(self._accepting):
            self.atoms += [Atom(None, signature, held) for held in self._held(signature, sets)]
            if len(self.atoms) - len(literals) > MAX_ATOMS:
                raise TooComplex

    def example(self, atom: Atom) -> str:
        """A string of an atom, short but not empty if that can be. Raises ``Incomplete``."""
        if atom.literal is not None:
            return self._texts[atom.literal]
        if atom not in self._examples:
            self._examples[atom] = next((word for word in self.words(atom) if word), "")
        return self._examples[atom]

    def words(self, atom: Atom) -> Iterator[str]:
        """Strings of an atom, short ones first, without repeats; endless where the atom has no end. Raises
        ``Incomplete`` where the next one takes too long to find."""
        if atom.literal is not None:
            yield self._texts[atom.literal]
            return
        tries = 0
        for word in self._words(atom.patterns):
            tries += 1
            if self._samples.of(word) == atom.samples:
                tries = 0
                yield word
            elif tries > MAX_TRIES:
                raise Incomplete

    def endless(self, atom: Atom) -> bool:
        """Whether an atom has strings without end. Samples do not matter: an endless language has strings
        for every hash."""
        return atom.literal is None and self._language.endless(self._accepting[atom.patterns])

    def classify(self, text: str) -> tuple[int | None, int, int]:
        """The literal, patterns and samples of the atom a string belongs to."""
        return self._literals.get(text), self._patterns.read(text), self._samples.of(text)

    def _words(self, signature: int) -> Iterator[str]:
        return self._language.words(self._accepting[signature], self._literals)

    def _held(self, signature: int, sets: Sequence[int]) -> Sequence[int]:
        """Of the sets of samples that hold together those that strings of some patterns are in."""
        if self._language.endless(self._accepting[signature]):
            return sets
        words = list(islice(self._words(signature), MAX_TRIES))
        if len(words) == MAX_TRIES:
            raise TooComplex
        return sorted({self._samples.of(word) for word in words})

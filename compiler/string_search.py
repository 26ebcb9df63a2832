"""Whether some string is like these patterns, not like those, in these samples and not in those: one question at a
time, for attributes whose combinations are too many to be listed (strings.py).

A search goes over the states of the patterns in question only, and tries first what brings it nearest to those that
are to match. What no string satisfies is cut down to a few patterns and samples that contradict each other, so that
whoever asks need not run into the same contradiction again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import product

from interlock.compiler.bits import bits
from interlock.compiler.language import Language, TooComplex
from interlock.compiler.patterns import Patterns, State
from interlock.compiler.samples import Samples
from interlock.compiler.search import Incomplete

_MAX_STEPS = 20_000
"""Characters that one search may try."""

_MAX_TRIES = 100_000
"""Strings that are tried for one that is in the right samples."""

Clash = tuple[int, int]
"""Pairs that hold and pairs that fail, as bit-sets: together no string satisfies them."""


class StringSearch:
    """The strings of one attribute that are none of its literals. A pair is a pattern or a sample: first all
    patterns, then all samples."""

    def __init__(
        self,
        literals: Sequence[str],
        patterns: Sequence[tuple[str, ...]],
        samples: Sequence[tuple[str | None, int]],
        usual: Sequence[str],
    ) -> None:
        """``patterns`` are lists of pieces, ``samples`` pairs of salt and basis points; ``usual`` are examples to
        be preferred where they will do."""
        self._literals = frozenset(literals)
        self._pieces = patterns
        self._patterns = Patterns(patterns)
        self._samples = Samples(samples)
        self._shift = len(patterns)
        self._like = (1 << len(patterns)) - 1
        # A pattern implies another if that matches it with a character that it does not mention for each star.
        self._implied = [self._patterns.read(self._patterns.others[0].join(pieces)) for pieces in patterns]
        self._usual = [(text, self.classify(text)) for text in usual if text not in self._literals]
        self.every = (1 << len(patterns) + len(samples)) - 1
        """The bit-set of all pairs."""
        self.clashes: list[Clash] = []
        """All contradictions found so far."""
        self.steps = 0
        """How many characters and strings were tried so far."""
        self._found: dict[Clash, str | None] = {}
        self._closing: dict[tuple[int, int, int], int] = {}

    def classify(self, text: str) -> int:
        """The pairs that hold for a string."""
        return self._patterns.read(text) | self._samples.of(text) << self._shift

    def find(self, holds: int, fails: int) -> str | None:
        """A string for which some pairs hold and others fail, short but not empty if that can be; None if there is
        none. Raises ``Incomplete``."""
        if (holds, fails) not in self._found:
            self._found[holds, fails] = self._find(holds, fails)
        return self._found[holds, fails]

    def clash(self, holds: int, fails: int) -> Clash:
        """Of pairs that no string satisfies together (``find`` gave None) a few that already contradict each
        other: none of them can be left out as far as the limit allows to see."""
        found = self._plain_clash(holds, fails) or self._cut_down(holds, fails)
        self.clashes.append(found)
        return found

    def words(self, holds: int, fails: int) -> Iterator[str]:
        """The strings for which some pairs hold and others fail, none twice; endless where there is no end. Raises
        ``Incomplete`` where the next one takes too long to find."""
        if self._plain_clash(holds, fails):
            return
        tries = 0
        for word in self._words(holds & self._like, fails & self._like):
            tries += 1
            self.steps += 1
            held = self._samples.of(word) << self._shift
            if word not in self._literals and held & fails == 0 == (holds & ~self._like) & ~held:
                tries = 0
                yield word
            elif tries > _MAX_TRIES:
                raise Incomplete

    def _find(self, holds: int, fails: int) -> str | None:
        for text, held in self._usual:
            if held & holds == holds and not held & fails:
                return text
        if self._plain_clash(holds, fails):
            return None
        if self._samples.share(holds >> self._shift, fails >> self._shift) * _MAX_TRIES < 1:
            raise Incomplete
        empty = None
        for word in self.words(holds, fails):
            if word:
                return word
            empty = word
        return empty

    # ── patterns ─────────────────────────────────────────────────────────────────────────────────────

    def _words(self, holds: int, fails: int) -> Iterator[str]:
        """The strings like some patterns and not like others, literals among them."""
        first = self._first(holds, fails)
        if first is None:
            return
        at = self._gap(first, holds, fails)
        if at is None:
            # Few such strings, if not just this one: look at all of them.
            yield from self._all(holds, fails)
            return
        yield first
        # What stands in the gap makes no difference as long as no pattern mentions it.
        lengths = 0
        while True:
            lengths += 1
            for run in product(self._patterns.others, repeat=lengths):
                yield first[:at] + "".join(run) + first[at:]

    def _first(self, holds: int, fails: int) -> str | None:
        """A string like some patterns and not like others. They are looked at one by one, as they turn out to be
        needed: those that contradict each other are few as a rule, and the states of all together are not."""
        like = unlike = 0
        left = _MAX_STEPS
        while True:
            word, left = self._nearest(like, unlike, left)
            if word is None:
                return None
            held = self._patterns.read(word)
            if held & fails:
                unlike |= _lowest(held & fails)
            elif holds & ~held:
                like |= _lowest(holds & ~held)
            else:
                return word

    def _nearest(self, holds: int, fails: int, left: int) -> tuple[str | None, int]:
        """The same, all looked at together, by going first where least is missing; and how many of the steps that
        are left it leaves."""
        patterns, wanted = self._patterns, holds | fails
        missing, dead = self._missing(holds), self._dead(holds, fails)
        order, before = 0, left
        seen = {patterns.start}
        heap: list[tuple[int, int, str, State]] = []
        if not dead(patterns.start):
            heap.append((missing(patterns.start), 0, "", patterns.start))
        found = None
        while heap:
            _, _, word, state = heappop(heap)
            held = patterns.signature(state)
            if held & holds == holds and not held & fails:
                found = word
                break
            for character, after in patterns.moves(state, wanted):
                left -= 1
                if after not in seen and not dead(after):
                    seen.add(after)
                    order += 1
                    heappush(heap, (missing(after), order, word + character, after))
            if left < 0:
                self.steps += before
                raise Incomplete
        self.steps += before - left
        return found, left

    def _dead(self, holds: int, fails: int) -> Callable[[State], bool]:
        """Whether nothing that begins like this can be right, as far as is seen at once."""
        patterns = self._patterns

        def dead(state: State) -> bool:
            settled = patterns.settled(state)
            if holds & ~patterns.open(state) or settled & fails:
                return True
            # What a pattern still lacks may be what completes one that must fail.
            stars, lacking = patterns.stars(state, fails), holds & ~settled
            if stars and lacking:
                for node in sorted(state, key=patterns.depth.__getitem__, reverse=True):
                    here = patterns.below[node] & lacking
                    for k in bits(here):
                        if any(self._closes(star, node, k) & fails for star in stars):
                            return True
                    lacking &= ~here
            return False

        return dead

    def _closes(self, star: int, node: int, k: int) -> int:
        """The patterns that are matched for good at a star by what pattern ``k`` lacks at a node."""
        key = star, self._patterns.depth[node], k
        if key not in self._closing:
            others, done, lacks = self._patterns.others[0], self._patterns.depth[node], []
            for piece in self._pieces[k]:
                lacks.append(piece[done:])
                done = max(0, done - len(piece))
            self._closing[key] = self._patterns.closes(star, others.join(lacks))
        return self._closing[key]

    def _missing(self, holds: int) -> Callable[[State], int]:
        """How many characters at least lack the patterns that are to match, all added up."""
        patterns = self._patterns
        total = sum(len(piece) for k, pieces in enumerate(self._pieces) if holds >> k & 1 for piece in pieces)

        def missing(state: State) -> int:
            lacking, left = total, holds
            for node in sorted(state, key=patterns.depth.__getitem__, reverse=True):
                here = patterns.below[node] & left
                lacking -= here.bit_count() * patterns.depth[node]
                left &= ~here
            return lacking

        return missing

    def _gap(self, word: str, holds: int, fails: int) -> int | None:
        """A place in a string where characters that no pattern mentions change nothing, the last one, or None."""
        for at in range(len(word), -1, -1):
            held = self._patterns.read(word[:at] + self._patterns.others[0] + word[at:])
            if held & holds == holds and not held & fails:
                return at
        return None

    def _all(self, holds: int, fails: int) -> Iterator[str]:
        patterns = self._patterns
        self.steps += _MAX_STEPS
        try:
            language = Language(patterns, _MAX_STEPS, wanted=holds | fails, dead=self._dead(holds, fails))
        except TooComplex:
            raise Incomplete from None
        held = map(patterns.signature, language.states)
        return language.words([n for n, mine in enumerate(held) if mine & holds == holds and not mine & fails])

    # ── contradictions ───────────────────────────────────────────────────────────────────────────────

    def _plain_clash(self, holds: int, fails: int) -> Clash | None:
        """A contradiction of two that is seen without a search, or None."""
        sampled = self._samples.clash(holds >> self._shift, fails >> self._shift)
        if sampled is not None:
            return sampled[0] << self._shift, sampled[1] << self._shift
        for k in bits(fails & self._like):
            if not any(self._pieces[k]):
                return 0, 1 << k  # everything is like `*`
        likes = bits(holds & self._like)
        for k in likes:
            if self._implied[k] & fails:
                return 1 << k, (self._implied[k] & fails) & -(self._implied[k] & fails)
        for end in (0, -1):  # of two beginnings one must begin with the other; and so with ends
            longest = max(likes, key=lambda k: len(self._pieces[k][end]), default=0)
            for k in likes:
                one, other = self._pieces[longest][end], self._pieces[k][end]
                if not (one.endswith(other) if end else one.startswith(other)):
                    return 1 << longest | 1 << k, 0
        return None

    def _cut_down(self, holds: int, fails: int) -> Clash:
        """Leave out what can be left out, large parts first."""
        parts = bits(holds) + [~k for k in bits(fails)]
        size = len(parts)
        while True:
            size = max(1, size // 2)
            at = 0
            while at < len(parts):
                fewer = parts[:at] + parts[at + size :]
                if self._contradict(fewer):
                    parts = fewer
                else:
                    at += size
            if size == 1:
                return _sets(parts)

    def _contradict(self, parts: Sequence[int]) -> bool:
        try:
            return self.find(*_sets(parts)) is None
        except Incomplete:
            return False


def _lowest(set_: int) -> int:
    return set_ & -set_


def _sets(parts: Sequence[int]) -> Clash:
    """The pairs that hold, and those that fail: numbers below zero."""
    return sum(1 << k for k in parts if k >= 0), sum(1 << ~k for k in parts if k < 0)

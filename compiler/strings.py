"""Which combinations of literals, `like` patterns and samples some string satisfies, with an example of each.

In the table every pattern and every sample is a pair of classes of its own. That is right for deciding, but some
combinations of the pairs have no string: nothing is like `a*` and like `b*`; what is sampled under 5% is sampled
under 10%. This automaton over a policy's own strings tells exactly which do.

All patterns are run side by side as one bit-set of positions (Baeza-Yates and Gonnet, "A new approach to text
searching", CACM 1992; a star is a position that stays). Reading a string from the start, each distinct bit-set is
a state; the patterns whose last position is set are those the string matches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import product

from interlock.compiler.hashing import murmur3
from interlock.dsl.record import record

MAX_STATES = 50_000
MAX_ATOMS = 4_096
_TRIES = 300_000

# Ordinary letters first: an example should look like a value somebody might send.
_LETTERS = "xyzabcdefghijklmnopqrstuvw0123456789_-XYZABCDEFGHIJKLMNOPQRSTUVW./:@ "


class TooComplex(Exception):
    """The strings of one attribute need more states or combinations than the limit."""


@record
class Atom:
    """Strings that no literal, pattern or sample tells apart. ``literal`` is the index of the one string it
    consists of, or None; ``patterns`` and ``samples`` are bit-sets of those that hold."""

    literal: int | None
    patterns: int
    samples: int
    example: str


class Strings:
    """The strings of one attribute. Raises ``TooComplex`` when made."""

    def __init__(
        self,
        literals: Sequence[str],
        patterns: Sequence[tuple[str, ...]],
        samples: Sequence[tuple[str | None, int]],
    ) -> None:
        """``patterns`` are lists of pieces, ``samples`` pairs of salt and basis points."""
        self._samples = samples
        self._seeds = {salt: 0 if salt is None else murmur3(salt, 0) for salt, _ in samples}
        self._literals = {text: i for i, text in enumerate(literals)}
        self._tries = 0
        self._build(patterns)
        self._explore()
        self.atoms: list[Atom] = [Atom(*self.classify(text), text) for text in literals]
        for signature in sorted(self._accepting):
            self.atoms.extend(self._atoms_of(signature))
            if len(self.atoms) - len(literals) > MAX_ATOMS:
                raise TooComplex(f"{MAX_ATOMS:,} combinations of patterns and samples")

    def words(self, atom: Atom) -> Iterator[str]:
        """Strings of an atom, short ones first, without repeats; endless where the atom has no end."""
        if atom.literal is not None:
            yield atom.example
            return
        for word in self._words(atom.patterns):
            if self._sampled(word) == atom.samples:
                yield word

    def endless(self, atom: Atom) -> bool:
        """Whether an atom has strings without end. Samples do not matter: an endless language has strings
        for every hash."""
        if atom.literal is not None:
            return False
        live = self._leading_to(set(self._accepting[atom.patterns]))
        # A cycle among the states that lead to an accepting one (all are reached from the start).
        waiting = {s: sum(1 for _, t in self._edges[s] if t in live) for s in live}
        back: dict[int, list[int]] = {}
        for state in live:
            for _, after in self._edges[state]:
                if after in live:
                    back.setdefault(after, []).append(state)
        done = [s for s, count in waiting.items() if count == 0]
        for state in done:  # grows while it is read
            for before in back.get(state, ()):
                waiting[before] -= 1
                if waiting[before] == 0:
                    done.append(before)
        return len(done) < len(live)

    def classify(self, text: str) -> tuple[int | None, int, int]:
        """The literal, patterns and samples of the atom a string belongs to."""
        return self._literals.get(text), self._signature(self._read(text)), self._sampled(text)

    # ── the automaton ────────────────────────────────────────────────────────────────────────────────

    def _build(self, patterns: Sequence[tuple[str, ...]]) -> None:
        self._loops = 0
        self._starts = 0
        self._moves: dict[str, int] = {}
        self._ends: dict[int, int] = {}  # the accepting bit of each pattern -> the pattern's own bit
        self._endings: list[tuple[int, int]] = []  # (accepting bit, other bits) of patterns that end in a star
        at = 0
        for k, pieces in enumerate(patterns):
            first = at
            self._starts |= 1 << at
            for number, piece in enumerate(pieces):
                if number:
                    self._loops |= 1 << at
                for character in piece:
                    self._moves[character] = self._moves.get(character, 0) | 1 << at
                    at += 1
            self._ends[1 << at] = 1 << k
            if pieces[-1] == "":
                self._endings.append((1 << at, (1 << at) - (1 << first)))
            at += 1
        self._any_end = sum(self._ends)
        self._any_ending = sum(end for end, _ in self._endings)
        others = [c for c in _LETTERS if c not in self._moves]
        code = 0x4E00
        while not others:
            others = [chr(code)] if chr(code) not in self._moves else []
            code += 1
        self._others = others

    def _step(self, state: int, character: str) -> int:
        after = (state & self._moves.get(character, 0)) << 1 | (state & self._loops)
        return self._settle(after) if after & self._any_ending else after

    def _read(self, text: str) -> int:
        state = self._settle(self._starts)
        for character in text:
            state = self._step(state, character)
        return state

    def _settle(self, state: int) -> int:
        for end, rest in self._endings:
            if state & end:
                state &= ~rest  # matched for good; how is no longer of interest
        return state

    def _signature(self, state: int) -> int:
        """The patterns that a string ending in this state matches."""
        held = 0
        ends = state & self._any_end
        while ends:
            held |= self._ends[ends & -ends]
            ends &= ends - 1
        return held

    def _explore(self) -> None:
        """Every state, breadth first, so that the first string to reach one is a shortest."""
        start = self._settle(self._starts)
        self._start = start
        self._edges: dict[int, list[tuple[str, int]]] = {}
        self._accepting: dict[int, list[int]] = {}
        queue = deque([start])
        seen = {start}
        characters = sorted(self._moves.items())
        while queue:
            state = queue.popleft()
            self._accepting.setdefault(self._signature(state), []).append(state)
            edges = [(self._others[0], self._step(state, self._others[0]))]
            edges += [(c, self._step(state, c)) for c, positions in characters if state & positions]
            self._edges[state] = edges
            for _, after in edges:
                if after not in seen:
                    seen.add(after)
                    queue.append(after)
                    if len(seen) > MAX_STATES:
                        raise TooComplex(f"{MAX_STATES:,} combinations of its patterns")

    def _words(self, signature: int) -> Iterator[str]:
        """The strings that match exactly the patterns of a signature and are no literal, by length."""
        # INVARIANT: ahead[k] has the states from which k more characters can lead to the end, so that no step
        # below is in vain. Every state is reached from the start: in a finite language it empties some day.
        ahead = [set(self._accepting[signature])]
        while ahead[-1]:
            if self._start in ahead[-1]:
                yield from self._words_of_length(ahead)
            ahead.append({before for state in ahead[-1] for before in self._back.get(state, ())})

    def _words_of_length(self, ahead: Sequence[set[int]]) -> Iterator[str]:
        stack = [("", self._start)]
        while stack:
            word, state = stack.pop()
            left = len(ahead) - 1 - len(word)
            if not left:
                if word not in self._literals:
                    yield word
                continue
            moved = [c for c, _ in self._edges[state]]
            further: list[tuple[str, int]] = []
            for character, after in self._edges[state]:
                if after in ahead[left - 1]:
                    same = self._others if character == self._others[0] else [character]
                    further += [(word + c, after) for c in same]
            # A known character that no pattern moves on here behaves like any other one.
            after = self._edges[state][0][1]
            if after in ahead[left - 1] and len(self._others) < 8:
                further += [(word + c, after) for c in sorted(self._moves) if c not in moved]
            stack += reversed(further)

    @cached_property
    def _back(self) -> dict[int, set[int]]:
        """The states before each state."""
        back: dict[int, set[int]] = {}
        for state, edges in self._edges.items():
            for _, after in edges:
                back.setdefault(after, set()).add(state)
        return back

    def _leading_to(self, targets: set[int]) -> set[int]:
        live = set(targets)
        stack = list(targets)
        while stack:
            for before in self._back.get(stack.pop(), ()):
                if before not in live:
                    live.add(before)
                    stack.append(before)
        return live

    # ── samples ──────────────────────────────────────────────────────────────────────────────────────

    def _sampled(self, text: str) -> int:
        share = {salt: murmur3(text, seed) % 10_000 for salt, seed in self._seeds.items()}
        return sum(1 << k for k, (salt, below) in enumerate(self._samples) if share[salt] < below)

    def _atoms_of(self, signature: int) -> list[Atom]:
        wanted = self._sample_sets()
        if len(wanted) > MAX_ATOMS:
            raise TooComplex(f"{MAX_ATOMS:,} combinations of samples")
        found: dict[int, str] = {}
        for tries, word in enumerate(self._words(signature)):
            self._tries += 1
            if self._tries > _TRIES:
                # The language may be endless, so nothing is proved about what is still missing.
                raise TooComplex(f"{_TRIES:,} strings tried for its samples")
            held = self._sampled(word)
            if not found.get(held):  # a string of some length is the better example
                found[held] = word
            if len(found) == len(wanted) and (all(found.values()) or tries > 64):
                break
        return [Atom(None, signature, held, example) for held, example in sorted(found.items())]

    def _sample_sets(self) -> set[int]:
        """The sets of samples that hold together: those of one salt are nested, those of different salts free."""
        by_salt: dict[str | None, list[int]] = {}
        for k, (salt, _) in enumerate(self._samples):
            by_salt.setdefault(salt, []).append(k)
        choices = []
        for members in by_salt.values():
            thresholds = sorted({0, 10_000, *(self._samples[k][1] for k in members)})
            levels = thresholds[:-1]  # one value of each level: its lower end
            choices.append({sum(1 << k for k in members if level < self._samples[k][1]) for level in levels})
            if len(choices) > 12:
                raise TooComplex(f"{len(by_salt)} salts of samples")
        return {sum(combination) for combination in product(*choices)}

"""Which combinations of literals, patterns and samples have strings, against a plain walk over their positions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import pytest

from interlock.compiler.reference import is_like, murmur3
from interlock.compiler.string_search import StringSearch
from interlock.compiler.strings import Strings
from tests.oracle.compiled import SCALE, examples
from tests.oracle.strings import representatives

FIRST_SEED = 0 if SCALE == 1 else random.SystemRandom().randrange(10**9)

Sample = tuple[str | None, int]
MOST_WORDS = 3_000
LEVELS = (0, 2_500, 5_000, 7_500, 10_000)


@dataclass(frozen=True)
class Attribute:
    """What a policy says about one string attribute."""

    literals: tuple[str, ...]
    patterns: tuple[tuple[str, ...], ...]
    samples: tuple[Sample, ...]

    def holding(self, text: str) -> int:
        """The pairs that hold for a string: patterns, then samples."""
        held = [is_like(text, pieces) for pieces in self.patterns]
        held += [self.share(text, salt) < below for salt, below in self.samples]
        return sum(1 << k for k, holds in enumerate(held) if holds)

    @staticmethod
    def share(text: str, salt: str | None) -> int:
        return murmur3(text.encode(), 0 if salt is None else murmur3(salt.encode(), 0)) % 10_000

    def combinations(self) -> set[int]:
        """Every set of pairs that is all that holds for some string that is no literal."""
        groups, other = representatives([*self.patterns, *((text,) for text in self.literals)])
        found = set()
        for group in groups:
            if other in group[0]:
                like = self.holding(group[0]) & ((1 << len(self.patterns)) - 1)
                found |= {like | held << len(self.patterns) for held in self.sampled()}
            else:
                found |= {self.holding(text) for text in group if text not in self.literals}
        return found

    def sampled(self) -> set[int]:
        """Every set of samples that holds for some string: one hidden number a salt."""
        sets = {0}
        for salt in {salt for salt, _ in self.samples}:
            mine = [
                sum(1 << k for k, (other, below) in enumerate(self.samples) if other == salt and number < below)
                for number in LEVELS[:-1]
            ]
            sets = {before | held for before in sets for held in mine}
        return sets


def draw(rng: random.Random) -> Attribute:
    """Few letters, so that patterns meet in every way: one within another, overlapping, following each other."""
    letters = rng.choice(["a", "ab", "ab", "abc"])

    def word(most: int) -> str:
        return "".join(rng.choices(letters, k=rng.randint(0, most)))

    drawn = {tuple(word(2) for _ in range(rng.choice([2, 2, 2, 3, 3, 4]))) for _ in range(rng.randint(0, 4))}
    patterns = sorted(drawn)
    while len(letters) ** len("".join(map("".join, patterns))) > MOST_WORDS:  # the walk would look at all of them
        patterns.pop()
    literals = {word(3) for _ in range(rng.randint(0, 3))}
    samples = {(rng.choice([None, "s"]), rng.choice(LEVELS)) for _ in range(rng.choice([0, 0, 0, 1, 2, 3]))}
    return Attribute(tuple(sorted(literals)), tuple(patterns), tuple(sorted(samples, key=str)))


@pytest.mark.parametrize("batch", range(examples(20)))
def test_strings_are_those_of_a_plain_walk(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * 10, FIRST_SEED + batch * 10 + 10):
        rng = random.Random(seed)
        attribute = draw(rng)
        expected = attribute.combinations()
        compare_listed(attribute, expected)
        compare_searched(attribute, expected, rng)


def compare_listed(attribute: Attribute, expected: set[int]) -> None:
    strings = Strings(attribute.literals, attribute.patterns, attribute.samples)
    shift = len(attribute.patterns)
    found = [atom.patterns | atom.samples << shift for atom in strings.atoms if atom.literal is None]
    assert sorted(found) == sorted(expected), attribute
    literals = [atom for atom in strings.atoms if atom.literal is not None]
    assert [strings.example(atom) for atom in literals] == list(attribute.literals)
    for atom in strings.atoms:
        held = atom.patterns | atom.samples << shift
        words = list(islice(strings.words(atom), 5))
        assert strings.example(atom) in words or "" in words
        assert len({*words}) == len(words)
        assert (len(words) == 5) >= strings.endless(atom)
        for word in (strings.example(atom), *words):
            assert attribute.holding(word) == held, (attribute, atom, word)
            assert (word in attribute.literals) == (atom.literal is not None)


def compare_searched(attribute: Attribute, expected: set[int], rng: random.Random) -> None:
    search = StringSearch(attribute.literals, attribute.patterns, attribute.samples, ["ab", ""])
    pairs = range(len(attribute.patterns) + len(attribute.samples))
    assert search.every == sum(1 << k for k in pairs)
    for _ in range(12):
        asked = [rng.choice(["holds", "fails", "", ""]) for _ in pairs]
        holds, fails = (sum(1 << k for k in pairs if asked[k] == what) for what in ("holds", "fails"))
        satisfied = any(satisfies(held, holds, fails) for held in expected)
        found = search.find(holds, fails)
        assert (found is not None) == satisfied, (attribute, holds, fails, found)
        words = list(islice(search.words(holds, fails), 5))
        assert len({*words}) == len(words)
        for word in words if found is None else (found, *words):
            assert word not in attribute.literals
            assert satisfies(attribute.holding(word), holds, fails), (attribute, holds, fails, word)
            assert search.classify(word) == attribute.holding(word)
        assert bool(words) == satisfied
        if not satisfied:
            compare_clash(attribute, expected, (holds, fails), search.clash(holds, fails))


def compare_clash(attribute: Attribute, expected: set[int], asked: tuple[int, int], clash: tuple[int, int]) -> None:
    """What is said to contradict each other does, is part of the question, and would not with any less."""
    holds, fails = clash
    assert (holds & ~asked[0], fails & ~asked[1]) == (0, 0)
    assert not any(satisfies(held, holds, fails) for held in expected), (attribute, clash)
    for k in range((holds | fails).bit_length()):
        fewer = holds & ~(1 << k), fails & ~(1 << k)
        if fewer != clash:
            assert any(satisfies(held, *fewer) for held in expected), (attribute, clash, k)


def satisfies(held: int, holds: int, fails: int) -> bool:
    return held & holds == holds and not held & fails


@pytest.mark.parametrize("wanted", [0, 5_000])
def test_thousands_of_prefixes_are_listed(wanted: int) -> None:
    names: Sequence[str] = [f"tenant-{number}" for number in range(3_000)]
    samples = [(None, wanted)] if wanted else []
    strings = Strings([f"{name}/main" for name in names], [*((f"{name}/", "") for name in names), ("", "/ci")], samples)
    kinds = (2 if wanted else 1) * (2 * 3_000 + 2)
    assert len(strings.atoms) == 3_000 + kinds

"""The samples of an attribute: which of them a string is in, and which can hold together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from interlock.compiler.hashing import murmur3

_EVERY = 10_000


class Samples:
    """The samples of one attribute. Sets of them are bit-sets."""

    def __init__(self, samples: Sequence[tuple[str | None, int]]) -> None:
        """``samples`` are pairs of salt and basis points."""
        self._samples = samples
        self._seeds = {salt: 0 if salt is None else murmur3(salt, 0) for salt, _ in samples}

    def of(self, text: str) -> int:
        """The samples a string is in."""
        share = {salt: murmur3(text, seed) % _EVERY for salt, seed in self._seeds.items()}
        return sum(1 << k for k, (salt, below) in enumerate(self._samples) if share[salt] < below)

    def sets(self, limit: int) -> list[int] | None:
        """The sets of samples that hold together: those of one salt are nested, those of different salts free.
        None where there are more than ``limit``."""
        choices: list[list[int]] = []
        for salt in self._seeds:
            levels = sorted({0, *(below for other, below in self._samples if other == salt and below < _EVERY)})
            # One value of each level: its lower end.
            choices.append(
                [
                    sum(1 << k for k, (other, below) in enumerate(self._samples) if other == salt and level < below)
                    for level in levels
                ]
            )
        if prod(map(len, choices)) > limit:
            return None
        return sorted(sum(combination) for combination in product(*choices))

    def share(self, holds: int, fails: int) -> float:
        """The share of strings that are in all samples of one set and in none of another."""
        return prod(max(0, self._end(salt, holds, _EVERY) - self._start(salt, fails)) / _EVERY for salt in self._seeds)

    def clash(self, holds: int, fails: int) -> tuple[int, int] | None:
        """Of samples that a string is to be in, and of others, a few that no string can satisfy together; None
        where some can."""
        for salt in self._seeds:
            end, start = self._end(salt, holds, _EVERY), self._start(salt, fails)
            if end <= start:  # under 0% is nothing, and over 100%
                one = self._one(salt, holds, end) if start < _EVERY or not end else 0
                return one, self._one(salt, fails, start) if end else 0
        return None

    def _end(self, salt: str | None, holds: int, otherwise: int) -> int:
        ends = [below for k, (other, below) in enumerate(self._samples) if holds >> k & 1 and other == salt]
        return min(ends, default=otherwise)

    def _start(self, salt: str | None, fails: int) -> int:
        return max(
            (below for k, (other, below) in enumerate(self._samples) if fails >> k & 1 and other == salt), default=0
        )

    def _one(self, salt: str | None, among: int, below: int) -> int:
        return next((1 << k for k, sample in enumerate(self._samples) if among >> k & 1 and sample == (salt, below)), 0)

"""Sets of small numbers as the bits of one integer."""

from __future__ import annotations

from collections.abc import Iterable


def bits(set_: int) -> list[int]:
    """The numbers in a set, ascending."""
    found: list[int] = []
    if set_.bit_count() > 4:
        # Taking off bit by bit copies a large set every time.
        digits = f"{set_:b}"[::-1]
        at = digits.find("1")
        while at >= 0:
            found.append(at)
            at = digits.find("1", at + 1)
        return found
    while set_:
        first = set_ & -set_
        found.append(first.bit_length() - 1)
        set_ ^= first
    return found


def union(sets: Iterable[int]) -> int:
    """What is in any of some sets."""
    together = 0
    for set_ in sets:
        together |= set_
    return together

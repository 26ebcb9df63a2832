"""The Maglev table of a weighted pool (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
Balancer", NSDI 2016, section 3.4), with weights as turns a round."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.compiler.hashing import murmur3
from interlock.dsl.policy import Member, Pool

SIZE = 4099
"""Entries of a table; a prime, so that every skip visits every entry."""


def sorted_members(pool: Pool) -> list[Member]:
    """A pool's members in the order of the table: by the bytes of ``upstream/model``."""
    return sorted(pool.members, key=lambda member: member.name.encode())


def maglev(members: Sequence[Member]) -> tuple[int, ...]:
    """For each of the 4099 entries the index of the member that serves it; ``members`` sorted."""
    place = [murmur3(m.name, 0) % SIZE for m in members]
    skip = [1 + murmur3(m.name, 1) % (SIZE - 1) for m in members]
    most = max(m.weight for m in members)
    entries = [-1] * SIZE
    free = SIZE
    round_ = 0
    while True:
        for i, member in enumerate(members):
            turns = (round_ + 1) * member.weight // most - round_ * member.weight // most
            for _ in range(turns):
                while entries[place[i]] >= 0:
                    place[i] = (place[i] + skip[i]) % SIZE
                entries[place[i]] = i
                free -= 1
                if free == 0:
                    return tuple(entries)
        round_ += 1

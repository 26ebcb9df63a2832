"""Choosing within a pool, for the reference evaluator: MurmurHash3 and Maglev tables, from their papers.

The runtime has its own copies of both; what is here is only ever compared with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from interlock.dsl.policy import Member, Pool

SLOTS = 4099  # entries of a Maglev table, a prime


def pick(pool: Pool, key: object) -> Member:
    """The member of ``pool`` for the value ``key`` of its sticky attribute (None: absent, or not sticky)."""
    if len(pool.members) == 1:
        return pool.members[0]
    members = sorted(pool.members, key=lambda member: member.name.encode())
    if key is None:
        text = ""
    elif isinstance(key, bool):
        text = "true" if key else "false"
    else:
        text = str(key)
    return members[maglev(members)[murmur3(text.encode(), 0) % SLOTS]]


def maglev(members: Sequence[Member]) -> list[int]:
    """The Maglev table of members sorted by name: for each slot the index of the member that owns it.

    Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4,
    with a member of weight w taking w turns in the time in which the heaviest takes wmax.
    """
    return list(_maglev(tuple((member.name, member.weight) for member in members)))


@lru_cache(maxsize=4096)
def _maglev(members: tuple[tuple[str, int], ...]) -> tuple[int, ...]:
    heaviest = max(weight for _, weight in members)
    preferences = []
    for name, _ in members:
        offset = murmur3(name.encode(), 0) % SLOTS
        skip = 1 + murmur3(name.encode(), 1) % (SLOTS - 1)
        preferences.append([(offset + j * skip) % SLOTS for j in range(SLOTS)])
    tried = [0 for _ in members]
    owner: list[int | None] = [None] * SLOTS
    free = SLOTS
    turn = 0
    while free:
        for i, (_, weight) in enumerate(members):
            turns = (turn + 1) * weight // heaviest - turn * weight // heaviest
            for _ in range(min(turns, free)):
                while owner[preferences[i][tried[i]]] is not None:
                    tried[i] += 1
                owner[preferences[i][tried[i]]] = i
                free -= 1
        turn += 1
    return tuple(i for i in owner if i is not None)


def murmur3(data: bytes, seed: int) -> int:
    """MurmurHash3_x86_32 of ``data``, as in Austin Appleby's MurmurHash3.cpp (public domain)."""
    h = seed
    whole = len(data) - len(data) % 4
    for at in range(0, whole, 4):
        h ^= _scramble(int.from_bytes(data[at : at + 4], "little"))
        h = _rotate(h, 13)
        h = (h * 5 + 0xE6546B64) & 0xFFFFFFFF
    if data[whole:]:
        h ^= _scramble(int.from_bytes(data[whole:], "little"))
    h ^= len(data) & 0xFFFFFFFF
    h ^= h >> 16
    h = h * 0x85EBCA6B & 0xFFFFFFFF
    h ^= h >> 13
    h = h * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ h >> 16


def _scramble(block: int) -> int:
    block = block * 0xCC9E2D51 & 0xFFFFFFFF
    return _rotate(block, 15) * 0x1B873593 & 0xFFFFFFFF


def _rotate(word: int, bits: int) -> int:
    return (word << bits | word >> 32 - bits) & 0xFFFFFFFF

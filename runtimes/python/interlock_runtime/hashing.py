"""MurmurHash3, which chooses a pool's member and who is in a sample."""

from __future__ import annotations

from functools import lru_cache
from struct import Struct

_WORDS = Struct("<I").iter_unpack
_REMEMBERED = 256  # longest text, in code points, whose hash is kept


def murmur3_x86_32(data: bytes, seed: int = 0) -> int:
    """The 32-bit MurmurHash3 of ``data``, as in Austin Appleby's MurmurHash3.cpp (public domain).

    Takes 3 µs for a session's id and 0.1 s a megabyte: it is plain Python.
    """
    h = seed
    size = len(data)
    whole = size & ~3
    for (k,) in _WORDS(data[:whole]):
        k = k * 0xCC9E2D51 & 0xFFFFFFFF
        # A rotation may leave bits above the 32nd: the product's mask, like all of them, drops these.
        h ^= (k << 15 | k >> 17) * 0x1B873593 & 0xFFFFFFFF
        h = (h << 13 | h >> 19) * 5 + 0xE6546B64 & 0xFFFFFFFF
    if whole < size:
        k = int.from_bytes(data[whole:], "little") * 0xCC9E2D51 & 0xFFFFFFFF
        h ^= (k << 15 | k >> 17) * 0x1B873593 & 0xFFFFFFFF
    h ^= size & 0xFFFFFFFF
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ h >> 16


def text_hash(text: str, seed: int = 0) -> int:
    """``murmur3_x86_32`` of the UTF-8 of ``text``, remembered for a while: a session asks again each turn.

    Raises ``UnicodeEncodeError`` if ``text`` has a lone surrogate.
    """
    if len(text) > _REMEMBERED:
        return murmur3_x86_32(text.encode(), seed)
    return _remembered(text, seed)


@lru_cache(maxsize=16384)
def _remembered(text: str, seed: int) -> int:
    return murmur3_x86_32(text.encode(), seed)

"""MurmurHash3 against known vectors and the compiler's own."""

from __future__ import annotations

import time

import pytest

from interlock.compiler.reference_pick import murmur3
from interlock.runtime import murmur3_x86_32

VECTORS = [
    ("", 0, 0),
    ("", 1, 0x514E28B7),
    ("", 0xFFFFFFFF, 0x81F16F39),
    ("test", 0, 0xBA6BD213),
    ("Hello, world!", 0, 0xC0363E43),
    ("The quick brown fox jumps over the lazy dog", 0, 0x2E4FF723),
    ("hello", 0, 0x248BFA47),
]


@pytest.mark.parametrize(("text", "seed", "expected"), VECTORS)
def test_known_vectors(text: str, seed: int, expected: int) -> None:
    assert murmur3_x86_32(text.encode(), seed) == expected


def test_every_length_of_tail_and_high_bytes_as_the_reference() -> None:
    data = bytes(range(256))[::-1]
    for size in range(40):
        for seed in (0, 1, 0x9747B28C, 0xFFFFFFFF):
            assert murmur3_x86_32(data[:size], seed) == murmur3(data[:size], seed)


def test_ten_megabytes_take_seconds_at_most() -> None:
    start = time.process_time()
    murmur3_x86_32(b"x" * 10_000_000)
    assert time.process_time() - start < 15  # 1 s on a machine that is not busy

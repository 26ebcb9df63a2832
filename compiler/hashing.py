"""MurmurHash3 for the compiler: the runtime's own, so that what is compiled is what is decided."""

from __future__ import annotations


def murmur3(text: str, seed: int) -> int:
    """MurmurHash3_x86_32 of the UTF-8 of a text."""
    from interlock.runtime import murmur3_x86_32  # start-up counts: only samples and pools of several need it

    return murmur3_x86_32(text.encode(), seed)

"""Words that several findings share: families, lists, money and durations as people write them."""

from __future__ import annotations

from collections.abc import Sequence


def of_family(name: str, more: int) -> str:
    """A declared thing by its first copy: ``opus[us_east]`` (and 2 more of this family)."""
    return f"`{name}` (and {more} more of this family)" if more else f"`{name}`"


def listed(words: Sequence[str], last: str = "and", most: int = 6) -> str:
    """``a``, ``b`` and ``c``; of more than ``most`` the first and how many more."""
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def dollars(millionths: int, per: int = 1) -> str:
    """Millionths of a dollar, divided by ``per``: ``$3.75``, ``$0.125``, ``$10``."""
    whole, rest = divmod(millionths, 1_000_000 * per)
    if not rest:
        return f"${whole:,}"
    digits = f"{rest / (1_000_000 * per):.6f}".partition(".")[2].rstrip("0")
    return f"${whole:,}.{digits:0<2}"


def seconds(ms: int) -> str:
    """A duration: ``250 ms``, ``31 s``, ``2.5 s``."""
    if ms < 1_000:
        return f"{ms} ms"
    whole, rest = divmod(ms, 1_000)
    return f"{whole:,}{f'.{rest:03}'.rstrip('0') if rest else ''} s"

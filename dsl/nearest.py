"""The nearest known name, for "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable

_CUTOFF = 0.6


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like ``name``, or None where none is near."""
    from difflib import get_close_matches  # only needed once something is wrong

    names = list(known)
    folded = {n.casefold().replace("-", "_"): n for n in names}
    exact = folded.get(name.casefold().replace("-", "_"))
    if exact is not None and exact != name:
        return exact
    # A long name or a long list makes difflib quadratic; nobody misspells a name of 200 letters.
    close = get_close_matches(name[:200], names[:5_000], n=1, cutoff=_CUTOFF)
    return close[0] if close else None


def only_nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``nearest`` gives, if no other is as near."""
    from difflib import SequenceMatcher, get_close_matches

    names = list(known)
    best = nearest(name, names)
    if best is None:
        return None

    def fold(word: str) -> str:
        return word.casefold().replace("-", "_")

    if fold(best) == fold(name):
        return best if sum(fold(other) == fold(name) for other in names) == 1 else None
    first, *rest = get_close_matches(name[:200], names[:5_000], n=2, cutoff=_CUTOFF)
    matcher = SequenceMatcher(b=name[:200])

    def likeness(word: str) -> float:
        matcher.set_seq1(word)
        return matcher.ratio()

    return None if rest and likeness(rest[0]) == likeness(first) else best

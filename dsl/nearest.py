"""The nearest known name, for "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like ``name``, or None where none is near."""
    from difflib import get_close_matches  # only needed once something is wrong

    names = list(known)
    folded = {n.casefold().replace("-", "_"): n for n in names}
    exact = folded.get(name.casefold().replace("-", "_"))
    if exact is not None and exact != name:
        return exact
    # A long name or a long list makes difflib quadratic; nobody misspells a name of 200 letters.
    close = get_close_matches(name[:200], names[:5_000], n=1, cutoff=0.6)
    return close[0] if close else None

"""Sessions whose prompt cache goes cold because a version replaces another while they are under way."""

from __future__ import annotations

from collections import Counter

from interlock.compiler.diff.changes import Pair
from interlock.compiler.diff.side import Side
from interlock.compiler.homes import Home, home_of
from interlock.compiler.maglev import SIZE, sorted_members
from interlock.dsl import policy as p
from interlock.dsl.record import record

Place = tuple[str, Home]
"""A model and where its caches are."""


@record
class Cold:
    """Sessions with a cache at ``old`` are served at ``new``, where there is none of theirs. ``slots`` is how many of
    the 4099 values that a sticky key may have do that; None where the two versions pick by different keys, so that
    it depends on both."""

    old: Place
    new: Place
    slots: int | None


def cold(old: Side, new: Side, pair: Pair) -> tuple[Cold, ...]:
    """What happens to caches at the first hop, the most common first; nothing where one of the two is a `fail`."""
    before, after = pair
    if isinstance(before, p.Fail) or isinstance(after, p.Fail):
        return ()
    (key, picks), (other, there) = _picks(old, before.pool), _picks(new, after.pool)
    if key is not None and other is not None and key != other:
        moves = dict.fromkeys((a, b) for a in dict.fromkeys(picks) for b in dict.fromkeys(there) if a != b)
        return tuple(Cold(a, b, None) for a, b in moves)
    counted = Counter((a, b) for a, b in zip(picks, there, strict=True) if a != b)
    return tuple(Cold(a, b, slots) for (a, b), slots in counted.most_common())


def _picks(side: Side, name: str) -> tuple[str | None, list[Place]]:
    """The attribute that a pool picks by (None: it does not matter), and what it picks for each slot."""
    pool = side.policy.pools[name]
    places = [(member.model, home_of(side.policy, member)) for member in sorted_members(pool)]
    if len(places) == 1:
        return None, places * SIZE
    entries = side.maglev[name]
    if pool.sticky is None:
        return None, [places[entries[0]]] * SIZE  # the empty key falls on the first one
    return pool.sticky, [places[entry] for entry in entries]

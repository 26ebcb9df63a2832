"""Requests that come to a pool with keys that pick certain members, there and further along the walk."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.compiler.facts import Facts
from interlock.compiler.homes import EVERY_SLOT
from interlock.compiler.reach import Pick, Reach
from interlock.compiler.search import Incomplete
from interlock.compiler.visits import starts

Keys = tuple[tuple[str, int], ...]
"""By sticky attribute the Maglev entries that its value may fall on, sorted."""

ANY: Keys = ()


def picking(keys: Keys, *picks: Pick) -> Keys | None:
    """Those of ``keys`` by which all of these are picked; None where there are none."""
    slots = dict(keys)
    for pick in picks:
        if pick.sticky is not None:
            slots[pick.sticky] = slots.get(pick.sticky, EVERY_SLOT) & pick.slots
            if not slots[pick.sticky]:
                return None
    return tuple(sorted(slots.items()))


class Keyed:
    """The requests of one policy by the state in which they start and their keys; answers are kept."""

    def __init__(self, facts: Facts, reach: Reach) -> None:
        """Takes the facts of any table."""
        self.reach = reach
        self.starts = starts(facts)
        """The states of pools that requests start in, with the columns that lead there."""
        self._known: dict[tuple[int, Keys], Mapping[str, object] | None] = {}

    def request(self, start: int, keys: Keys) -> Mapping[str, object] | None:
        """A request that starts in this state with such keys, or None. Raises ``Incomplete``."""
        if (start, keys) not in self._known:
            self._known[start, keys] = self._find(start, keys)
        return self._known[start, keys]

    def _find(self, start: int, keys: Keys) -> Mapping[str, object] | None:
        unsure = False
        for column in self.starts.get(start, ()):
            try:
                request = self.reach.request(column, dict(keys))
            except Incomplete:
                unsure = True
                continue
            if request is not None:
                return request
        if unsure:
            raise Incomplete
        return None

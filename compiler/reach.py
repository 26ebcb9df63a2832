"""Which requests come to a hop: those of a column whose sticky attributes fall on the right Maglev entries."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.compiler.facts import Facts
from interlock.compiler.homes import EVERY_SLOT
from interlock.compiler.maglev import sorted_members
from interlock.compiler.space import Assignment
from interlock.dsl.policy import Member, Scalar
from interlock.dsl.record import record


@record
class Pick:
    """A member a pool can pick: for values of the attribute ``sticky`` that fall on ``slots`` (a bit-set of Maglev
    entries), or always where ``sticky`` is None."""

    member: Member
    sticky: str | None
    slots: int


class Reach:
    """Questions about the requests of columns; answers are kept."""

    def __init__(self, facts: Facts) -> None:
        """Takes the facts of any table."""
        self._facts = facts
        self._picks: dict[str, list[Pick]] = {}

    def picks(self, pool: str) -> list[Pick]:
        """What a pool can pick, by what the runtimes do: without `sticky by`, always the same member."""
        if pool not in self._picks:
            self._picks[pool] = self._find_picks(pool)
        return self._picks[pool]

    def _find_picks(self, name: str) -> list[Pick]:
        pool = self._facts.policy.pools[name]
        if len(pool.members) == 1:
            return [Pick(pool.members[0], None, EVERY_SLOT)]
        entries, members = self._facts.table.maglev[name], sorted_members(pool)
        if pool.sticky is None:
            return [Pick(members[entries[0]], None, EVERY_SLOT)]  # the empty key hashes to 0
        slots = [0] * len(members)
        for slot, member in enumerate(entries):
            slots[member] |= 1 << slot
        return [Pick(m, pool.sticky, s) for m, s in zip(members, slots, strict=True) if s]

    def assignment(
        self, column: int, slots: Mapping[str, int], where: Mapping[int, int] | None = None
    ) -> Assignment | None:
        """An assignment that ``column`` decides, within the classes ``where`` (by variable), with a value of each
        attribute of ``slots`` on one of its Maglev entries; or None. Raises ``Incomplete``."""
        admitted = self._admitted(column, slots, where)
        if admitted is None:
            return None
        found, _ = self._facts.avoid(admitted, (1 << column) - 1)
        return found

    def request(
        self, column: int, slots: Mapping[str, int], where: Mapping[int, int] | None = None
    ) -> dict[str, object] | None:
        """The same as a request, as simple as it gets. Raises ``Incomplete``."""
        found = self.assignment(column, slots, where)
        if found is None:
            return None
        facts, space = self._facts, self._facts.space
        admitted = self._admitted(column, slots, where) or {}
        simple = facts.simplest(
            found,
            lambda a: space.first_column(a) == column and all(c >> a[v] & 1 for v, c in admitted.items()),
        )
        values: dict[int, Scalar | None] = {}
        for name, wanted in slots.items():
            if wanted != EVERY_SLOT:
                v = space.index[name, None]
                values[v] = self._facts.slots.example(v, simple, wanted)
        return space.request(simple, values)

    def _admitted(
        self, column: int, slots: Mapping[str, int], where: Mapping[int, int] | None
    ) -> dict[int, int] | None:
        space = self._facts.space
        admitted = dict(space.admitted[column])
        for v, classes in (where or {}).items():
            admitted[v] = admitted.get(v, space.full[v]) & classes
        for name, wanted in slots.items():
            if wanted == EVERY_SLOT:
                continue
            v = space.index[name, None]
            here = admitted.get(v, space.full[v])
            admitted[v] = sum(
                1 << c
                for c in range(len(space.variables[v].rows))
                if here >> c & 1 and self._facts.slots.of(v, c) & wanted
            )
        return admitted if all(admitted.values()) else None

"""The search for two turns of one session that differ: that give one model two homes, or that use two models.

Two copies of the columns stand side by side: the first turn's above none, the second turn's shifted by their
number. Attributes that are fixed within a session choose one class for both copies, `per turn` ones a class for each.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from typing import Literal

from interlock.compiler import joint_search
from interlock.compiler.automaton import Hop
from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.compiler.homes import EVERY_SLOT, Outcome, outcomes
from interlock.compiler.joint_search import Parts
from interlock.compiler.search import Candidate, Incomplete, Search
from interlock.compiler.space import Assignment
from interlock.dsl.policy import Scalar
from interlock.dsl.record import record

_MAX_PAIRS = 20_000
"""Pairs of columns that may be searched for one model."""


@record
class Split:
    """Two turns: their columns (the later rule's second), outcomes, and requests."""

    columns: tuple[int, int]
    outcomes: tuple[Outcome, Outcome]
    requests: tuple[dict[str, object], dict[str, object]]


class Splits:
    """The splits of one table, a model at a time."""

    def __init__(self, facts: Facts, *, settled: bool = True) -> None:
        """Takes the facts of any table; ``settled`` as for ``outcomes``."""
        self._facts = facts
        self._slots = facts.slots
        self._homes: dict[str, Split | Literal["incomplete"] | None] = {}
        variables = facts.space.variables
        self._fixed = [v for v, x in enumerate(variables) if x.attribute.stability != "per turn"]
        self._free = [v for v, x in enumerate(variables) if x.attribute.stability == "per turn"]
        self.by_column: dict[int, list[Outcome]] = {}
        """What each column that some request meets can pick at its first hop."""
        known: dict[str, list[Outcome]] = {}
        for number, column in enumerate(facts.table.columns):
            state = facts.table.automaton.states[column.state]
            if facts.reached[number] is not None and isinstance(state, Hop):
                if state.pool not in known:
                    known[state.pool] = outcomes(facts.table, facts.policy.pools[state.pool], settled=settled)
                self.by_column[number] = known[state.pool]

    def models(self) -> list[str]:
        """The models that some first hop serves."""
        return sorted({o.model for found in self.by_column.values() for o in found})

    def homes(self, model: str) -> Split | None:
        """The first two turns that give a model two homes. Raises ``Incomplete``."""
        if model not in self._homes:
            try:
                self._homes[model] = self._find(lambda outcome: outcome.home if outcome.model == model else None)
            except Incomplete:
                self._homes[model] = "incomplete"
        found = self._homes[model]
        if found == "incomplete":
            raise Incomplete
        return found

    def models_apart(self) -> Split | None:
        """The first two turns that use two models. Raises ``Incomplete``."""
        return self._find(lambda outcome: outcome.model)

    def _find(self, key: Callable[[Outcome], Hashable]) -> Split | None:
        """The first two turns whose outcomes have different keys, by the later rule, then the earlier one; outcomes
        whose key is None do not count."""
        there: dict[Hashable, int] = {}
        for number, found in self.by_column.items():
            for outcome in found:
                there[key(outcome)] = there.get(key(outcome), 0) | 1 << number
        there.pop(None, None)
        if len(there) < 2:
            return None
        pairs = 0
        for later, mine in self.by_column.items():
            for outcome in mine:
                if key(outcome) is None:
                    continue
                elsewhere = 0
                for other_key, columns in there.items():
                    if other_key != key(outcome):
                        elsewhere |= columns
                # Two turns may meet the same column, where the key of its pool is per turn.
                elsewhere &= self._facts.overlapping(self._session(later)) & ((2 << later) - 1)
                while elsewhere:
                    earlier = (elsewhere & -elsewhere).bit_length() - 1
                    elsewhere &= elsewhere - 1
                    for other in self.by_column[earlier]:
                        if key(other) is not None and key(other) != key(outcome):
                            pairs += 1
                            if pairs > _MAX_PAIRS:
                                raise Incomplete
                            split = self._pair(earlier, other, later, outcome)
                            if split is not None:
                                return split
        return None

    def _session(self, column: int) -> dict[int, int]:
        admitted = self._facts.space.admitted[column]
        return {v: admitted[v] for v in self._fixed if v in admitted}

    def _pair(self, first: int, one: Outcome, second: int, two: Outcome) -> Split | None:
        space = self._facts.space
        turns = [dict(space.admitted[first]), dict(space.admitted[second])]
        wanted: list[dict[int, int]] = [{}, {}]  # by turn: sticky variable -> slots
        for turn, outcome in enumerate((one, two)):
            if outcome.sticky is not None:
                v = space.index[outcome.sticky, None]
                for t in (0, 1) if v in self._fixed else (turn,):
                    wanted[t][v] = wanted[t].get(v, EVERY_SLOT) & outcome.slots
        for t in (0, 1):
            for v, slots in wanted[t].items():
                fitting = sum(
                    1 << c
                    for c in range(len(space.variables[v].rows))
                    if turns[t].get(v, space.full[v]) >> c & 1 and self._facts.slots.of(v, c) & slots
                )
                turns[t][v] = fitting
        for v in self._fixed:
            both = turns[0].get(v, space.full[v]) & turns[1].get(v, space.full[v])
            turns[0][v] = turns[1][v] = both
        if not all(turns[0].values()) or not all(turns[1].values()):
            return None
        found = self._search(first, second, turns)
        if found is None:
            return None
        assignments = self._simplest(found, first, second, turns)
        values: list[dict[int, Scalar | None]] = [{}, {}]
        for v in sorted({*wanted[0], *wanted[1]}):
            leading = [wanted[t].get(v, EVERY_SLOT) for t in (0, 1)]
            alike = all(assignments[0][w] == assignments[1][w] for unit in space.units if v in unit for w in unit)
            if alike and self._facts.slots.of(v, assignments[0][v]) & leading[0] & leading[1]:
                leading = [leading[0] & leading[1]] * 2  # one value for both turns: it is not what flips
            for t in (0, 1):
                values[t][v] = self._facts.slots.example(v, assignments[t], leading[t])
        requests = tuple(space.request(assignments[t], values[t]) for t in (0, 1))
        return Split((first, second), (one, two), (requests[0], requests[1]))

    def _search(self, first: int, second: int, turns: list[dict[int, int]]) -> tuple[Assignment, Assignment] | None:
        facts, space = self._facts, self._facts.space
        shift = len(facts.table.columns)
        before = [
            ((1 << first) - 1) & facts.overlapping(turns[0]),
            ((1 << second) - 1) & facts.overlapping(turns[1]),
        ]
        variables: list[tuple[int, list[Candidate]]] = []
        for v in self._fixed:
            variables.append(
                (
                    v,
                    [(c, (r & before[0]) | (r & before[1]) << shift) for c, r in facts.candidates(v, turns[0])],
                )
            )
        count = len(space.variables)
        for v in self._free:
            one = [(c, (r & before[0]) | before[1] << shift) for c, r in facts.candidates(v, turns[0])]
            two = [(c, before[0] | (r & before[1]) << shift) for c, r in facts.candidates(v, turns[1])]
            variables += [(v, one), (v + count, two)]
        strings = [
            Parts(searched, by)
            for searched in space.searched
            for by in ((0,) if searched.main in self._fixed else (0, count))
        ]
        found = joint_search.run(Search(MAX_STEPS), dict(variables), before[0] | before[1] << shift, strings)
        if found is None:
            return None
        chosen = [
            {v: found[v] for v in range(count) if v in found},
            {v: found[w] for v in range(count) if (w := v if v in self._fixed else v + count) in found},
        ]
        # Where the search left the choice, both turns take the same class if they can.
        result = [dict(c) for c in chosen]
        for v in range(count):
            for t in (0, 1):
                if v not in result[t]:
                    allowed = [c for c, _ in facts.candidates(v, turns[t])]
                    other = result[1 - t].get(v)
                    result[t][v] = other if other in allowed else allowed[0]
        return result[0], result[1]

    def _simplest(
        self, found: tuple[Assignment, Assignment], first: int, second: int, turns: list[dict[int, int]]
    ) -> tuple[Assignment, Assignment]:
        """As few differences between the turns as possible, then as ordinary classes as possible."""
        space = self._facts.space
        now = [dict(found[0]), dict(found[1])]

        def holds(one: Assignment, two: Assignment) -> bool:
            return (
                space.first_column(one) == first
                and space.first_column(two) == second
                and all(turns[t].get(v, space.full[v]) >> c & 1 for t, a in ((0, one), (1, two)) for v, c in a.items())
            )

        def differ(unit: tuple[int, ...]) -> bool:
            return any(now[0][v] != now[1][v] for v in unit)

        for unit in space.units:
            for choice in (*({v: turn[v] for v in unit} for turn in now), *space.ordinary(unit)):
                if differ(unit) and unit[0] in self._free and holds({**now[0], **choice}, {**now[1], **choice}):
                    now = [{**now[0], **choice}, {**now[1], **choice}]
        for unit in space.units:
            for choice in space.ordinary(unit):
                if differ(unit) or all(now[0][v] == class_ for v, class_ in choice.items()):
                    break
                if holds({**now[0], **choice}, {**now[1], **choice}):
                    now = [{**now[0], **choice}, {**now[1], **choice}]
                    break
        return now[0], now[1]


@lru_cache(maxsize=1)
def splits_of(facts: Facts) -> Splits:
    """The splits of one table, looked for once by all that ask."""
    return Splits(facts)


def flips(turns: tuple[dict[str, object], dict[str, object]]) -> Iterator[str]:
    """The attributes whose values differ between two turns."""
    one, two = turns
    for name in sorted({*one, *two}):
        if one.get(name) != two.get(name) or (name in one) != (name in two):
            yield name

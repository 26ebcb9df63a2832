"""How often the caches of a model move while the rising attributes of a session grow."""

from __future__ import annotations

from interlock.compiler.cache_split import Splits
from interlock.compiler.facts import Facts
from interlock.compiler.homes import EVERY_SLOT, Home, Outcome
from interlock.compiler.move_search import MoveSearch, raise_if_grows
from interlock.dsl.policy import Scalar
from interlock.dsl.record import record


@record
class Moves:
    """The most moves of one session, the rising attributes that make it move, and its first move: the columns,
    outcomes and requests of the turn before and the turn after."""

    most: int
    growing: tuple[str, ...]
    columns: tuple[int, int]
    outcomes: tuple[Outcome, Outcome]
    requests: tuple[dict[str, object], dict[str, object]]


class CacheMoves:
    """The moves of one table, a model at a time; for models that C301 does not report."""

    def __init__(self, facts: Facts, splits: Splits) -> None:
        """Takes the facts of a table, and what its first hops can pick."""
        self._facts = facts
        self._by_column = splits.by_column
        variables = facts.space.variables
        self._session = [v for v, x in enumerate(variables) if x.attribute.stability == "per session"]
        self._rising = [v for v, x in enumerate(variables) if x.attribute.stability == "rising"]
        self._free = [v for v, x in enumerate(variables) if x.attribute.stability == "per turn"]

    def most(self, model: str) -> Moves | None:
        """The session that moves most, or None if none does. Raises ``Incomplete`` and ``PickGrows``."""
        relevant = self._relevant(model)
        if not relevant or not self._rising:
            return None
        found = MoveSearch(self._facts, relevant, self._session, self._rising, self._free).best()
        if found is None:
            return None
        space = self._facts.space
        one, two = found.turns
        values: list[dict[int, Scalar | None]] = []
        for turn in found.turns:
            wanted = dict(found.values)
            if turn.outcome.sticky is not None:
                v = space.index[turn.outcome.sticky, None]
                wanted[v] = wanted.get(v, EVERY_SLOT) & turn.outcome.slots
            values.append({v: self._facts.slots.example(v, turn.assignment, slots) for v, slots in wanted.items()})
        for v in found.values:
            values[1][v] = values[0][v] = self._facts.slots.example(v, one.assignment, found.values[v])
        return Moves(
            found.most,
            tuple(space.variables[v].attribute.name for v in sorted(found.growing)),
            (one.column, two.column),
            (one.outcome, two.outcome),
            (space.request(one.assignment, values[0]), space.request(two.assignment, values[1])),
        )

    def _relevant(self, model: str) -> dict[int, list[Outcome]]:
        """The outcomes of a model by column; only columns that share a session with one that has another home."""
        mine = {n: [o for o in found if o.model == model] for n, found in self._by_column.items()}
        mine = {n: found for n, found in mine.items() if found}
        there: dict[Home, int] = {}
        for n, found in mine.items():
            for outcome in found:
                there[outcome.home] = there.get(outcome.home, 0) | 1 << n
        if len(there) < 2:
            return {}
        relevant = {}
        for n, found in mine.items():
            admitted = self._facts.space.admitted[n]
            together = self._facts.overlapping({v: admitted[v] for v in self._session if v in admitted})
            homes = {outcome.home for outcome in found}
            if any(columns & together and (len(homes) > 1 or home not in homes) for home, columns in there.items()):
                relevant[n] = found
        if len(self._rising) > 1:  # then a class may hold both turns of a move, and their picks have an order
            for n, found in relevant.items():
                for outcome in found:
                    raise_if_grows(self._facts, n, outcome)
        return relevant

"""The session whose caches move most, for one model.

All that is `per session` is chosen first, class by class, until the columns still alive no longer ask about it. Then
the model's home is looked up for each step of the rising attributes; where C301 is silent there is at most one, so the
moves are the changes along the steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import log

from interlock.compiler.automaton import Hop
from interlock.compiler.bits import bits
from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.compiler.homes import EVERY_SLOT, Home, Outcome
from interlock.compiler.search import Incomplete, Search
from interlock.compiler.space import Assignment
from interlock.dsl.record import record

_MAX_STEPS_OF_RISING = 20_000
"""Combinations of classes of rising attributes that are looked at for one kind of session."""

_LOOKED_AT = 200
"""Columns by which the order of a search is chosen."""


class PickGrows(Exception):
    """A pool that serves the model is sticky by an attribute that grows; the pool and the attribute."""


def raise_if_grows(facts: Facts, column: int, outcome: Outcome) -> None:
    """Raises ``PickGrows`` for a pick by an attribute that grows."""
    if outcome.sticky is not None and facts.policy.attributes[outcome.sticky].stability == "rising":
        hop = facts.table.automaton.states[facts.table.columns[column].state]
        assert isinstance(hop, Hop)
        raise PickGrows(hop.pool, outcome.sticky)


_Step = tuple[int, ...]
"""A class of each rising variable."""


@record
class Turn:
    """One turn of a session: the column that decides it, what its pool picks, and the classes of its values."""

    column: int
    outcome: Outcome
    assignment: Assignment


@record
class _Way:
    """The best path to a home: its moves, its last turn, the turns of its first move, and the rising variables that
    grew where it moved."""

    moves: int
    last: Turn
    first: tuple[Turn, Turn] | None
    growing: frozenset[int]


@record
class Found:
    """The moves of a session, the turns of its first one, the rising variables that grew where it moved, and as
    ``values`` the Maglev entries by sticky variable of the session."""

    most: int
    turns: tuple[Turn, Turn]
    values: dict[int, int]
    growing: frozenset[int]


class MoveSearch:
    """The search over the sessions of one model."""

    def __init__(
        self,
        facts: Facts,
        relevant: Mapping[int, list[Outcome]],
        session: list[int],
        rising: list[int],
        free: list[int],
    ) -> None:
        """``relevant`` are the outcomes by column; the rest the variables of a session, rising, and per turn."""
        self.facts, self.relevant = facts, relevant
        self.session, self.rising, self.free = _telling(facts, relevant, session), rising, free
        self.columns = sum(1 << n for n in relevant)
        self.per_turn = sum(
            1 << n
            for n, found in relevant.items()
            if any(v in facts.space.admitted[n] for v in free)
            or any(o.sticky is not None and facts.space.index[o.sticky, None] in free for o in found)
        )
        sticky = {facts.space.index[o.sticky, None] for found in relevant.values() for o in found if o.sticky}
        self.picked_by = sticky.intersection(rising)
        self.left = MAX_STEPS
        self.found: Found | None = None
        # For each k the columns that ask about no variable from the k-th of the session on, nor about any other.
        self.settled = [0] * (len(session) + 1)
        for n, admitted in enumerate(facts.space.admitted):
            if all(v in session for v in admitted):
                last = max((self.session.index(v) + 1 for v in admitted), default=0)
                for k in range(last, len(session) + 1):
                    self.settled[k] |= 1 << n
        self.seen: set[tuple[int, int, tuple[tuple[int, int], ...]]] = set()
        # Maglev entries are told apart by what the pools pick: by sticky variable of the session, groups of entries.
        self.groups: dict[int, list[int]] = {}
        for found in relevant.values():
            for outcome in found:
                if outcome.sticky is not None and (v := facts.space.index[outcome.sticky, None]) in session:
                    groups = self.groups.get(v, [EVERY_SLOT])
                    self.groups[v] = [
                        g for group in groups for g in (group & outcome.slots, group & ~outcome.slots) if g
                    ]

    def best(self) -> Found | None:
        """The session that moves most, or None if none does. Raises ``Incomplete`` and ``PickGrows``."""
        alive = self.columns
        for n in self.relevant:  # and what can take their requests first
            alive |= self.facts.overlapping(self.facts.space.admitted[n]) & ((1 << n) - 1)
        asked = {v for n in bits(alive) for v in self.facts.space.admitted[n]}
        if not asked.isdisjoint(v for v in self.session if v in self.facts.space.parts):
            raise Incomplete  # not every choice of classes is a session
        self._choose(0, alive, {}, {})
        return self.found

    def _choose(self, k: int, alive: int, chosen: Assignment, slots: dict[int, int]) -> None:
        """Choose classes of the session's variables from the k-th on; ``alive`` are the columns they leave."""
        settled = alive & self.settled[k]
        if settled:  # such a column takes all that comes so far: what is below it decides nothing
            alive &= (settled & -settled) * 2 - 1
        if len(self._homes(alive, slots)) < 2:
            return
        if k == len(self.session):
            self._look(alive, chosen, slots)
            return
        if self.found is not None and self._bound(alive) <= self.found.most:
            return
        key = k, alive, tuple(sorted(slots.items()))
        if key in self.seen:
            return  # the same columns are left: the same moves, with another session
        self.seen.add(key)
        self.left -= 1
        if self.left < 0:
            raise Incomplete
        v = self.session[k]
        variable = self.facts.space.variables[v]
        told = set()
        for class_ in variable.quiet:
            left = alive & variable.rows[class_]
            for group in self.groups.get(v, [0]):
                if group and not self.facts.slots.of(v, class_) & group:
                    continue
                if (left, group) not in told:
                    told.add((left, group))
                    self._choose(k + 1, left, {**chosen, v: class_}, {**slots, v: group} if group else slots)

    def _bound(self, alive: int) -> int:
        """No session with these columns alive moves more often."""
        mine = alive & self.columns
        # Where nothing per turn is asked by the model's own columns, the first that holds takes all or none of the
        # turns: others can only hide it, so that the home changes where one of the model's own begins or ends.
        asked = alive if mine & self.per_turn else mine
        return sum(len(self._classes(v, asked)) - 1 for v in self.rising)

    def _homes(self, alive: int, slots: Mapping[int, int]) -> set[Home]:
        homes: set[Home] = set()
        left = alive & self.columns
        while left:
            n = (left & -left).bit_length() - 1
            left &= left - 1
            homes.update(outcome.home for outcome in self._outcomes(n, slots))
        return homes

    def _outcomes(self, column: int, slots: Mapping[int, int]) -> Iterator[Outcome]:
        for outcome in self.relevant[column]:
            group = EVERY_SLOT
            if outcome.sticky is not None:
                group = slots.get(self.facts.space.index[outcome.sticky, None], EVERY_SLOT)
            if outcome.slots & group:
                yield outcome

    def _look(self, alive: int, chosen: Assignment, slots: dict[int, int]) -> None:
        """The moves of one kind of session, along the steps of the rising attributes."""
        variables = self.facts.space.variables
        steps: list[list[int]] = [self._classes(v, alive) for v in self.rising]
        size = 1
        for classes in steps:
            size *= len(classes)
        if size > _MAX_STEPS_OF_RISING:
            raise Incomplete
        # For each step the most moves of a path that ends there or before, by its last home, with the turn at
        # that home and the first move.
        best: dict[_Step, dict[Home, _Way]] = {}
        for at in product(*(range(len(classes)) for classes in steps)):
            ways: dict[Home, _Way] = {}
            for i in range(len(at)):
                if at[i]:
                    for home, way in best[(*at[:i], at[i] - 1, *at[i + 1 :])].items():
                        if home not in ways or ways[home].moves < way.moves:
                            ways[home] = way
            here = {v: classes[i] for v, classes, i in zip(self.rising, steps, at, strict=True)}
            left = alive
            for v, class_ in here.items():
                left &= variables[v].rows[class_]
            turn = self._turn(left, {**chosen, **here}, slots)
            if turn is not None:
                home = turn.outcome.home
                way = ways.get(home, _Way(0, turn, None, frozenset()))
                way = _Way(way.moves, turn, way.first, way.growing)
                for other, before in ways.items():
                    if other != home and before.moves + 1 > way.moves:
                        grown = {v for v in self.rising if before.last.assignment[v] != here[v]}
                        way = _Way(before.moves + 1, turn, before.first or (before.last, turn), before.growing | grown)
                ways[home] = way
            best[at] = ways
        for way in best[tuple(len(classes) - 1 for classes in steps)].values():
            if way.first is not None and (self.found is None or way.moves > self.found.most):
                self.found = Found(way.moves, self._alike(*way.first), dict(slots), way.growing)

    def _alike(self, one: Turn, two: Turn) -> tuple[Turn, Turn]:
        """Two turns with as few differences as possible in what is per turn."""
        for v in self.free:
            if v in {
                self.facts.space.index[o.sticky, None] for o in (one.outcome, two.outcome) if o.sticky is not None
            }:
                continue
            for class_ in (two.assignment[v], one.assignment[v]):
                pair = [Turn(t.column, t.outcome, {**t.assignment, v: class_}) for t in (one, two)]
                if all(self.facts.space.first_column(t.assignment) == t.column for t in pair):
                    one, two = pair
                    break
        return one, two

    def _classes(self, v: int, alive: int) -> list[int]:
        """The classes of a rising variable in ascending order; of neighbours that leave the same columns the first,
        where no pool picks by its value."""
        rows = [row & alive for row in self.facts.space.variables[v].rows]
        return [c for c, row in enumerate(rows) if c == 0 or row != rows[c - 1] or v in self.picked_by]

    def _turn(self, alive: int, chosen: Assignment, slots: Mapping[int, int]) -> Turn | None:
        """A turn of this session and step that uses the model. Raises ``PickGrows`` where the numbers of the step make
        pools pick different homes."""
        left, first = alive & self.columns, None
        while left:
            n = (left & -left).bit_length() - 1
            left &= left - 1
            for outcome in self._outcomes(n, slots):
                if first is not None and first.outcome.home == outcome.home:
                    continue
                assignment = self._assignment(n, outcome, alive & ((1 << n) - 1), chosen)
                if assignment is None:
                    continue
                if not self.picked_by:
                    return Turn(n, outcome, assignment)
                if first is not None:
                    for column, picked in ((first.column, first.outcome), (n, outcome)):
                        raise_if_grows(self.facts, column, picked)
                first = Turn(n, outcome, assignment)
        return first

    def _assignment(self, n: int, outcome: Outcome, before: int, chosen: Assignment) -> Assignment | None:
        """Classes of the free variables with which column n decides."""
        facts, space = self.facts, self.facts.space
        admitted = {v: space.admitted[n].get(v, space.full[v]) for v in self.free}
        v = None if outcome.sticky is None else space.index[outcome.sticky, None]
        if v in self.picked_by and not facts.slots.of(v, chosen[v]) & outcome.slots:
            return None
        if v in admitted:
            admitted[v] = sum(
                1 << c
                for c in range(len(space.variables[v].rows))
                if admitted[v] >> c & 1 and facts.slots.of(v, c) & outcome.slots
            )
        if not all(admitted.values()):
            return None
        found = facts.run(Search(MAX_STEPS), {v: facts.candidates(v, admitted) for v in self.free}, before)
        if found is None:
            return None
        free = {v: found[v] if v in found else facts.candidates(v, admitted)[0][0] for v in self.free}
        return {**chosen, **free}


def _telling(facts: Facts, relevant: Mapping[int, list[Outcome]], session: list[int]) -> list[int]:
    """The variables of a session, those first that tell most columns of different homes apart, for the number of
    their classes: once they are chosen there is mostly one home left, and nothing more to choose."""
    some = list(relevant)[:_LOOKED_AT]
    apart = dict.fromkeys(session, 0)
    for i, one in enumerate(some):
        for two in some[:i]:
            if {o.home for o in relevant[one]} != {o.home for o in relevant[two]}:
                first, second = facts.space.admitted[one], facts.space.admitted[two]
                for v in first.keys() & second.keys() & apart.keys():
                    apart[v] += not first[v] & second[v]
    return sorted(session, key=lambda v: -apart[v] / log(1 + len(facts.space.variables[v].rows)))

"""What must hold at every hop that a request can come to: requirements and the claims of assertions about hops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from interlock.compiler.facts import Facts, class_names
from interlock.compiler.reach import Pick, Reach
from interlock.compiler.search import Incomplete
from interlock.compiler.visits import Visit, last_move, starts, visits
from interlock.dsl import policy as p
from interlock.dsl.finding import Witness
from interlock.dsl.record import record
from interlock.dsl.source import Span

Trouble = Callable[[str, p.Member], p.Expr | None]
"""Given the pool and the member of a hop: for which requests it is wrong there; None for none."""


@record
class Shortfall:
    """A hop that is wrong for a request: how it gets there, the column that decides it, and what is picked."""

    visit: Visit
    column: int
    pick: Pick
    request: Mapping[str, object]


class HopClaims:
    """Searches of one policy for hops that are wrong for some request."""

    def __init__(self, facts: Facts, predicates: Sequence[p.Expr]) -> None:
        """``predicates``: all that the searches will ask about."""
        self._facts = facts
        self.unsure = False
        """Whether some search hit its limit since this was last set to False."""
        self._finer = facts.including(predicates)
        self._reach = Reach(self._finer)
        self._starts = starts(facts)
        automaton = facts.table.automaton
        self._visits = sorted((v for start in self._starts for v in visits(automaton, start)), key=_distance)

    def find(
        self, when: p.Expr, trouble: Trouble, *, first_only: bool = False, every_walk: bool = False
    ) -> Iterator[Shortfall]:
        """A shortfall for each hop as it is written (a rule's destination, a place in a chain) and model, or with
        ``every_walk`` for each pool rules lead to and each hop and member from there; the nearest first.
        Raises ``TooMany``."""
        told: set[tuple[object, ...]] = set()
        for visit in self._visits:
            if first_only and visit.walk:
                return
            for pick in self._reach.picks(visit.hop.pool):
                key = (visit.start, visit.state, pick.member) if every_walk else self._written(visit, pick.member)
                bad = trouble(visit.hop.pool, pick.member)
                if bad is None or key in told:
                    continue
                found = self._request(visit.start, when, bad, pick)
                if found is not None:
                    told.add(key)
                    yield Shortfall(visit, found[0], pick, found[1])

    def _written(self, visit: Visit, member: p.Member) -> tuple[object, ...]:
        policy = self._facts.policy
        pool = policy.pools[visit.hop.pool].span
        chain = None if visit.hop.chain is None else policy.chains[visit.hop.chain].span
        return (
            (pool.file, pool.start),
            None if chain is None else (chain.file, chain.start),
            visit.hop.position,
            member.model,
        )

    def _request(self, start: int, when: p.Expr, bad: p.Expr, pick: Pick) -> tuple[int, Mapping[str, object]] | None:
        slots = {} if pick.sticky is None else {pick.sticky: pick.slots}
        alternatives = self._finer.where(both(when, bad))
        for column in self._starts[start]:
            for where in alternatives:
                try:
                    request = self._reach.request(column, slots, where)
                except Incomplete:
                    self.unsure = True
                    continue
                if request is not None:
                    return column, request
        return None


def both(one: p.Expr, two: p.Expr) -> p.Expr:
    """The conjunction of two predicates."""
    return p.And((one, two), two.span)


def _distance(visit: Visit) -> int:
    return len(visit.walk)


def place(facts: Facts, found: Shortfall) -> Span:
    """Where the hop is written: in a chain, or as the name of the rule that leads there."""
    move = last_move(facts.policy, facts.table.automaton, found.visit)
    if move is None:
        return facts.policy.rules[facts.table.columns[found.column].rule].name_span
    chain, position = move
    return chain.places[position]


def witness(facts: Facts, found: Shortfall) -> Witness:
    """The request, and the walk to the hop."""
    return Witness(
        (found.request,),
        class_names(found.visit.walk),
        facts.pools_along(found.visit.start, found.visit.walk),
    )

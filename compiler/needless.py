"""Which operands of `and` and `or` change nothing, and why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal

from interlock.compiler.conditions import Conditions, differing, without
from interlock.compiler.dnf import TooMany
from interlock.compiler.facts import Facts
from interlock.compiler.redundancy import MAX_RULE_STEPS
from interlock.compiler.regions import Region, find
from interlock.compiler.search import Incomplete, Search
from interlock.compiler.space import Assignment
from interlock.compiler.written import Operand, Site, Written
from interlock.dsl import policy as p
from interlock.dsl.limits import MAX_RULE_COLUMNS
from interlock.dsl.record import record

_MAX_TAKERS = 12
"""Earlier rules out of which an irredundant set is sought."""

_MAX_COMPARED = 200
"""Operands beside a needless one that it is compared with, to say why it is."""


Why = Literal["earlier", "always", "never", "same", "implied", "contradiction", "beside", "around"]
"""Why an operand changes nothing: ``earlier`` rules took what it would change; it holds (in an `and`) or fails (in an
`or`) for every request; another operand beside it is the ``same`` or settles it (``implied``); the others ``beside`` it
settle it, or are a ``contradiction``; or what stands ``around`` does."""


@record
class Needless:
    """An operand that changes nothing in the rules that depend on it. ``other`` is the one beside it that is the same
    or settles it. If ``why`` is earlier, ``request`` is one for which the operand would matter, and ``takers`` are
    rules (indices) that take all of those; else they are empty."""

    site: Site
    operand: Operand
    why: Why
    other: int | None = None
    takers: tuple[int, ...] = ()
    request: Assignment | None = None


class Needlessness:
    """Looks for needless operands in one policy."""

    def __init__(self, facts: Facts) -> None:
        """Takes the facts of a table with its program."""
        self._facts = facts
        self._written = Written(facts.program, facts.policy)
        self._conditions = Conditions(facts, self._written)
        self._before = _before(facts)
        self._found: set[int] = set()  # by identity
        self._settled: set[Site] = set()  # lets whose every mention is part of something needless
        self.undecided: list[tuple[Site, str]] = []
        """Where a search hit a limit, and the limit."""

    def find(self) -> Iterator[Needless]:
        """Every operand of the main file that some reached rule depends on, that can be dropped alone, and that is not
        part of one that can; of several in one `and` or `or` that hold for the same requests only the last."""
        for site in self._written.sites:
            if self._is_settled(site):
                self._settled.add(site)
            elif site.span.source is self._facts.program.main.source:
                search = Search(MAX_RULE_STEPS)
                try:
                    yield from (found for operand in site.operands for found in self._try(site, operand, search))
                except Incomplete:
                    self.undecided.append((site, f"{MAX_RULE_STEPS:,} steps"))
                except TooMany:
                    self.undecided.append((site, f"{MAX_RULE_COLUMNS:,} combinations of alternatives"))

    def _is_settled(self, site: Site) -> bool:
        return site.is_let and all(
            user in self._settled or any(id(operand) in self._found for operand in around)
            for user, around in site.named_in
        )

    def _try(self, site: Site, operand: Operand, search: Search) -> Iterator[Needless]:
        facts, rules = self._facts, self._written.rules(operand.meant)
        if any(id(outer) in self._found for outer in operand.around):
            return
        if not any(facts.rule_is_reached(rule) for rule in rules):
            return
        for rule in rules:
            near = [found for n in facts.columns_of[rule][:3] if (found := facts.reached[n]) is not None]
            regions = self._conditions.matters(operand, rule)
            if find(facts, regions, self._before[rule], search, near)[0] is not None:
                return
        if not self._changes_a_claim(operand, search):
            self._found.add(id(operand))
            same = self._same(operand)
            if same is None or same < operand.at:
                yield self._explained(site, operand, same, rules, search)

    def _changes_a_claim(self, operand: Operand, search: Search) -> bool:
        """Whether a `require` or `assert` would hold for other requests, whatever rules decide them."""
        for claim in self._written.claims(operand.meant):
            regions = differing(self._finer, claim.when, without(claim.when, operand))
            if find(self._finer, regions, 0, search)[0] is not None:
                return True
        return False

    @cached_property
    def _finer(self) -> Facts:
        """Facts with classes fine enough for the `when`s of claims."""
        policy = self._facts.policy
        return self._facts.including([*(r.when for r in policy.requires), *(a.when for a in policy.asserts)])

    def _same(self, operand: Operand) -> int | None:
        """The last operand beside it that holds for the same requests."""
        operands, mine = operand.meant.operands, operand.meant.operands[operand.at]
        implies, many = self._conditions.implies, len(operands) > _MAX_COMPARED
        for k in reversed(range(len(operands))):
            other = operands[k]
            if k != operand.at and (mine == other or (not many and implies(mine, other) and implies(other, mine))):
                return k
        return None

    def _explained(
        self, site: Site, operand: Operand, same: int | None, rules: Sequence[int], search: Search
    ) -> Needless:
        takers: set[int] = set()
        request = None
        for rule in rules:
            if self._facts.rule_is_reached(rule):
                regions = self._conditions.matters(operand, rule)
                found, _ = find(self._facts, regions, 0, search)
                if found is not None:
                    request = request or self._simplest(found, regions)
                    takers.update(self._takers(rule, regions, search))
        if request is not None:
            return Needless(site, operand, "earlier", None, tuple(sorted(takers)), request)
        return Needless(site, operand, *self._reason(operand, same, search))

    def _reason(self, operand: Operand, same: int | None, search: Search) -> tuple[Why, int | None]:
        """Why it changes nothing, whatever earlier rules do."""
        facts, conditions = self._facts, self._conditions
        mine, conjunction = operand.meant.operands[operand.at], isinstance(operand.meant, p.And)
        if conditions.always(mine) if conjunction else conditions.never(mine):
            return "always" if conjunction else "never", None
        if same is not None:
            return "same", same
        for k, other in enumerate(operand.meant.operands[:_MAX_COMPARED]):
            one, two = (other, mine) if conjunction else (mine, other)
            if k != operand.at and conditions.implies(one, two):
                return "implied", k
        if conjunction and find(facts, [conditions.others_hold(operand)], 0, search)[0] is None:
            return "contradiction", None
        settled = find(facts, [conditions.matters_beside(operand)], 0, search)[0] is None
        return "beside" if settled else "around", None

    def _simplest(self, found: Assignment, regions: Sequence[Region]) -> Assignment:
        return self._facts.simplest(found, lambda a: any(region.has(a) for region in regions))

    def _takers(self, rule: int, regions: Sequence[Region], search: Search) -> set[int]:
        """Rules that take every request of the regions before ``rule``; none of a few can be left out."""
        facts = self._facts
        _, core = find(facts, regions, self._before[rule], search)
        takers = {column.rule for n, column in enumerate(facts.table.columns) if core >> n & 1}
        if len(takers) <= _MAX_TAKERS:
            for taker in sorted(takers, reverse=True):
                others = sum(1 << n for other in takers - {taker} for n in facts.columns_of[other])
                if find(facts, regions, others, search)[0] is None:
                    takers.remove(taker)
        return takers


def _before(facts: Facts) -> list[int]:
    """For each rule the columns of all earlier ones."""
    before = []
    first = len(facts.table.columns)
    for columns in reversed(facts.columns_of):
        first = columns[0] if columns else first
        before.append((1 << first) - 1)
    return before[::-1]

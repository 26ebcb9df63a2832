"""Which operands of `and` and `or` change nothing, and why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from interlock.compiler.conditions import Conditions, Region, implies, without
from interlock.compiler.dnf import TooMany
from interlock.compiler.facts import Facts
from interlock.compiler.redundancy import MAX_RULE_STEPS
from interlock.compiler.search import Incomplete, Search
from interlock.compiler.space import Assignment
from interlock.compiler.written import Operand, Site, Written
from interlock.dsl.limits import MAX_RULE_COLUMNS
from interlock.dsl.record import record

_MAX_TAKERS = 12
"""Earlier rules out of which an irredundant set is sought."""


@record
class Needless:
    """An operand that changes nothing in the rules (indices) that depend on it. If it would but for earlier rules,
    ``request`` is one for which it would, and ``takers`` are earlier rules that take all of those."""

    site: Site
    operand: Operand
    rules: tuple[int, ...]
    takers: tuple[int, ...]
    request: Assignment | None


class Needlessness:
    """Looks for needless operands in one policy."""

    def __init__(self, facts: Facts) -> None:
        """Takes the facts of a table with its program."""
        self._facts = facts
        self._written = Written(facts.program, facts.policy)
        self._conditions = Conditions(facts, self._written)
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

    def _is_repeated(self, operand: Operand) -> bool:
        """Whether a later operand beside it holds for the same requests."""
        mine, *later = operand.meant.operands[operand.at :]
        return any(
            other == mine or (implies(self._facts, mine, other) and implies(self._facts, other, mine))
            for other in later
        )

    def _try(self, site: Site, operand: Operand, search: Search) -> Iterator[Needless]:
        facts, rules = self._facts, self._written.rules(operand.meant)
        if any(id(outer) in self._found for outer in operand.around):
            return
        if not any(facts.rule_is_reached(rule) for rule in rules):
            return
        for rule in rules:
            near = [found for n in facts.columns_of[rule][:3] if (found := facts.reached[n]) is not None]
            regions, before = self._conditions.matters(operand, rule), self._conditions.before(rule)
            if self._conditions.find(regions, before, search, near)[0] is not None:
                return
        if not self._changes_a_claim(operand, search):
            self._found.add(id(operand))
            if not self._is_repeated(operand):
                yield self._explained(site, operand, rules, search)

    def _changes_a_claim(self, operand: Operand, search: Search) -> bool:
        """Whether a `require` or `assert` would hold for other requests, whatever rules decide them."""
        for claim in self._written.claims(operand.meant):
            regions = self._of_claims.differ(claim.when, without(claim.when, operand))
            if self._of_claims.find(regions, 0, search)[0] is not None:
                return True
        return False

    @cached_property
    def _of_claims(self) -> Conditions:
        """The same with classes fine enough for the `when`s of claims."""
        policy = self._facts.policy
        finer = self._facts.including([*(r.when for r in policy.requires), *(a.when for a in policy.asserts)])
        return Conditions(finer, self._written)

    def _explained(self, site: Site, operand: Operand, rules: Sequence[int], search: Search) -> Needless:
        takers: set[int] = set()
        request = None
        for rule in rules:
            if self._facts.rule_is_reached(rule):
                regions = self._conditions.matters(operand, rule)
                found, _ = self._conditions.find(regions, 0, search)
                if found is not None:
                    request = request or self._simplest(found, regions)
                    takers.update(self._takers(rule, regions, search))
        return Needless(site, operand, tuple(rules), tuple(sorted(takers)), request)

    def _simplest(self, found: Assignment, regions: Sequence[Region]) -> Assignment:
        return self._facts.simplest(found, lambda a: any(region.has(a) for region in regions))

    def _takers(self, rule: int, regions: Sequence[Region], search: Search) -> set[int]:
        """Rules that take every request of the regions before ``rule``; none of a few can be left out."""
        facts = self._facts
        _, core = self._conditions.find(regions, self._conditions.before(rule), search)
        takers = {column.rule for n, column in enumerate(facts.table.columns) if core >> n & 1}
        if len(takers) <= _MAX_TAKERS:
            for taker in sorted(takers, reverse=True):
                others = sum(1 << n for other in takers - {taker} for n in facts.columns_of[other])
                if self._conditions.find(regions, others, search)[0] is None:
                    takers.remove(taker)
        return takers

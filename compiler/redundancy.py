"""Whether a rule makes a difference to where requests go."""

from __future__ import annotations

from itertools import chain

from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.compiler.nearby import nearby
from interlock.compiler.search import Search
from interlock.compiler.space import Assignment

MAX_RULE_STEPS = 5 * MAX_STEPS
"""Choices all searches about one rule may try together."""


def both(one: dict[int, int], two: dict[int, int]) -> dict[int, int]:
    """The classes that both of two columns admit, by variable."""
    met = dict(one)
    for v, classes in two.items():
        met[v] = met.get(v, classes) & classes
    return met


class Redundancy:
    """What would become of a rule's requests without it."""

    def __init__(self, facts: Facts) -> None:
        """Takes the facts of any table."""
        self._facts = facts
        self._of_state: dict[int, int] = {}  # the columns that lead to each state
        for number, column in enumerate(facts.table.columns):
            self._of_state[column.state] = self._of_state.get(column.state, 0) | 1 << number

    def makes_a_difference(self, rule: int, search: Search) -> bool:
        """Whether some request that ``rule`` decides would go elsewhere, or nowhere, without it. Of the columns of the
        rule those count that ``facts.reached`` has. Raises ``Incomplete``."""
        facts = self._facts
        mine = [n for n in facts.columns_of[rule] if facts.reached[n] is not None]
        own = sum(1 << n for n in facts.columns_of[rule])
        return any(self._example_elsewhere(n, own) for n in mine) or any(
            self._some_elsewhere(n, own, search) for n in mine
        )

    def _example_elsewhere(self, n: int, own: int) -> bool:
        """Whether the example of a column, or a request near it, shows a difference."""
        facts, columns = self._facts, self._facts.table.columns
        example = facts.reached[n]
        if example is None:
            return False
        found = (row for _, _, row in nearby(facts.space, example, facts.space.admitted[n]))
        for row in chain([facts.space.row(example)], found):
            if row & -row == 1 << n:
                after = row & ~own
                if not after or columns[(after & -after).bit_length() - 1].state != columns[n].state:
                    return True
        return False

    def _some_elsewhere(self, n: int, own: int, search: Search) -> bool:
        """Whether the next column of another rule is, for some request that column ``n`` decides, one that leads
        elsewhere."""
        facts, table = self._facts, self._facts.table
        admitted, before = facts.space.admitted[n], (1 << n) - 1
        same = self._of_state[table.columns[n].state] & ~own & ~before
        found, core = facts.avoid(admitted, before | same, search)
        if found is not None:
            return True
        # The last column it takes to get hold of them all: those after it change nothing.
        needed = (core & same).bit_length() - 1
        other = facts.overlapping(admitted) & ~before & ~own & ~same & ((1 << needed) - 1)
        while other:
            m = (other & -other).bit_length() - 1
            other &= other - 1
            between = same & ((1 << m) - 1)
            found, _ = facts.avoid(both(admitted, facts.space.admitted[m]), before | between, search)
            if found is not None:
                return True
        return False

    def takers(self, rule: int, most: int) -> dict[int, tuple[int, Assignment]]:
        """Earlier rules that send elsewhere some request that ``rule`` holds for, each with such a request and the
        column of the rule it meets; none only if there are none, and no more than ``most``. Raises ``Incomplete``."""
        facts, table = self._facts, self._facts.table
        search = Search(MAX_RULE_STEPS)
        found: dict[int, tuple[int, Assignment]] = {}
        for n in facts.columns_of[rule]:
            if not facts.possible >> n & 1:
                continue
            admitted = facts.space.admitted[n]
            others = facts.overlapping(admitted) & ((1 << n) - 1) & ~self._of_state[table.columns[n].state]
            while others and len(found) < most:
                m = (others & -others).bit_length() - 1
                others &= others - 1
                taker = table.columns[m].rule
                if taker in found or (facts.reached[m] is None and taker not in facts.incomplete):
                    continue
                request = self._taken(n, m, search)
                if request is not None:
                    found[taker] = n, request
        return dict(sorted(found.items()))

    def _taken(self, n: int, m: int, search: Search) -> Assignment | None:
        """A request that column ``n`` admits and column ``m`` decides."""
        facts = self._facts
        admitted = facts.space.admitted[n]
        example = facts.reached[m]
        if example is not None and all(classes >> example[v] & 1 for v, classes in admitted.items()):
            return example
        return facts.avoid(both(admitted, facts.space.admitted[m]), (1 << m) - 1, search)[0]

"""For which requests an operand of an `and` or `or` matters.

Dropping an operand changes its predicate exactly where the operand decides it: in an `and` the others hold and it does
not, in an `or` the others fail and it holds, and what stands beside every `and` and `or` around it lets that through.
This is a conjunction: it needs no disjunctive form of the whole predicate, let alone of its negation.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import accumulate

from interlock.compiler.dnf import TooMany
from interlock.compiler.facts import Facts
from interlock.compiler.redundancy import both
from interlock.compiler.regions import Classes, Columns, Region
from interlock.compiler.search import Incomplete
from interlock.compiler.space import Space
from interlock.compiler.written import Node, Operand, Path, Written
from interlock.dsl import policy as p

_NOWHERE: Classes = {-1: 0}

_MAX_PAIRS = 256
"""Alternatives of two predicates, multiplied, that are compared as a whole."""


class Conditions:
    """The predicates of one table's rules. Whatever asks about requests raises ``TooMany`` or
    ``Incomplete``."""

    def __init__(self, facts: Facts, written: Written) -> None:
        """Takes the facts of any table, and what its rules were written as."""
        self._facts = facts
        self._written = written
        # By identity: predicates live as long as the policy.
        self._where: dict[int, list[Classes]] = {}
        self._wholes: dict[tuple[int, bool], _Parts] = {}
        self._parts: dict[tuple[int, bool], _Parts] = {}

    def matters(self, operand: Operand, rule: int) -> list[Region]:
        """Where the predicate of a rule changes if an operand of it is dropped, whatever earlier rules do."""
        paths = self._written.paths(rule, operand.meant)
        if len(paths) == 1:
            return [self._along((*paths[0], (operand.meant, operand.at)))]
        # The same let twice: its operand is dropped here and there at once.
        when = self._facts.policy.rules[rule].when
        return differing(self._facts, when, without(when, operand))

    def matters_beside(self, operand: Operand) -> Region:
        """Where its own `and` or `or` changes if an operand of it is dropped."""
        return self._along(((operand.meant, operand.at),))

    def others_hold(self, operand: Operand) -> Region:
        """Where all operands beside one hold."""
        return self._operands(operand.meant, True).region(operand.at)

    def implies(self, one: p.Expr, two: p.Expr) -> bool:
        """Whether every request for which one predicate holds meets another; false where that takes too much to see.
        Both are predicates of the policy."""
        first, second = self._alternatives(one), self._alternatives(two)
        if all(any(_covers(wide, narrow) for wide in second) for narrow in first):
            return True
        # Several alternatives may cover together what none does alone, and strings know more than their classes.
        alone = len(second) < 2 and not self._facts.space.searched
        if alone or len(first) * len(second) > _MAX_PAIRS:
            return False
        return self._never(p.And((one, p.Not(two, two.span)), one.span))

    def always(self, expr: p.Expr) -> bool:
        """Whether a predicate holds for every request; false where that takes too much to see."""
        return self._never(p.Not(expr, expr.span))

    def never(self, expr: p.Expr) -> bool:
        """Whether a predicate of the policy holds for no request."""
        return not self._alternatives(expr)

    def _never(self, expr: p.Expr) -> bool:
        try:
            return not self._facts.where(expr)
        except (TooMany, Incomplete):
            return False

    def _along(self, path: Path) -> Region:
        """Where the last step of a path decides the whole predicate, and would decide it otherwise if dropped."""
        node, at = path[-1]
        parts = [self._alone(node.operands[at], isinstance(node, p.Or)).region(None)]
        parts += [self._operands(outer, isinstance(outer, p.And)).region(step) for outer, step in path]
        return Region(
            reduce(both, (part.within for part in parts)),
            tuple(some for part in parts for some in part.alternatives),
            tuple(some for part in parts for some in part.outside),
        )

    def _alone(self, expr: p.Expr, hold: bool) -> _Parts:
        if (id(expr), hold) not in self._wholes:
            self._wholes[id(expr), hold] = _Parts(self._facts.space, [self._alternatives(expr)], hold)
        return self._wholes[id(expr), hold]

    def _operands(self, node: Node, hold: bool) -> _Parts:
        if (id(node), hold) not in self._parts:
            where = [self._alternatives(operand) for operand in node.operands]
            self._parts[id(node), hold] = _Parts(self._facts.space, where, hold)
        return self._parts[id(node), hold]

    def _alternatives(self, expr: p.Expr) -> list[Classes]:
        if id(expr) not in self._where:
            self._where[id(expr)] = self._facts.where(expr)
        return self._where[id(expr)]


class _Parts:
    """Where conditions all ``hold`` or all fail, quick to tell without one of them: there may be thousands."""

    def __init__(self, space: Space, where: Sequence[Sequence[Classes]], hold: bool) -> None:
        within: list[Classes] = []
        self._alternatives: list[tuple[int, Sequence[Classes]]] = []
        columns: list[Classes] = []
        self._own = [0] * len(where)  # the columns of each condition
        for k, found in enumerate(where):
            here: Classes = {}
            if hold and len(found) == 1:
                here = found[0]
            elif hold and found:
                self._alternatives.append((k, found))
            elif hold or {} in found:
                here = _NOWHERE
            else:
                for alternative in found:
                    if len(alternative) == 1:
                        ((v, classes),) = alternative.items()
                        here[v] = here.get(v, space.full[v]) & ~classes
                    else:
                        self._own[k] |= 1 << len(columns)
                        columns.append(alternative)
            within.append(here)
        nothing: Classes = {}
        self._left = [*accumulate(within, both, initial=nothing)]
        self._right = [*accumulate(reversed(within), both, initial=nothing)][::-1]
        self._columns = Columns(space, columns) if columns else None

    def region(self, at: int | None) -> Region:
        """Where they all do, or all but one."""
        columns = self._columns
        among = 0 if columns is None else columns.all if at is None else columns.all & ~self._own[at]
        return Region(
            self._left[-1] if at is None else both(self._left[at], self._right[at + 1]),
            tuple(found for k, found in self._alternatives if k != at),
            ((columns, among),) if columns is not None and among else (),
        )


def differing(facts: Facts, one: p.Expr, two: p.Expr) -> list[Region]:
    """Where one of two predicates holds and the other does not. Raises ``TooMany``."""
    found = []
    for holds, fails in ((one, two), (two, one)):
        so = _Parts(facts.space, [facts.where(holds)], True).region(None)
        not_so = _Parts(facts.space, [facts.where(fails)], False).region(None)
        found.append(Region(both(so.within, not_so.within), so.alternatives, not_so.outside))
    return found


def without(expr: p.Expr, operand: Operand) -> p.Expr:
    """A predicate without an operand, wherever it occurs in it."""
    if expr is operand.meant:
        left = operand.meant.operands[: operand.at] + operand.meant.operands[operand.at + 1 :]
        return left[0] if len(left) == 1 else type(operand.meant)(left, expr.span)
    match expr:
        case p.And(operands=operands) | p.Or(operands=operands):
            return type(expr)(tuple(without(part, operand) for part in operands), expr.span)
        case p.Not(operand=inner):
            return p.Not(without(inner, operand), expr.span)
        case _:
            return expr


def _covers(wide: Classes, narrow: Classes) -> bool:
    return all(v in narrow and narrow[v] & ~classes == 0 for v, classes in wide.items())

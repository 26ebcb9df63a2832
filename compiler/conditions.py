"""For which requests an operand of an `and` or `or` matters.

Dropping an operand changes its predicate exactly where the operand decides it: in an `and` the others hold and it does
not, in an `or` the others fail and it holds, and what stands beside every `and` and `or` around it lets that through.
This is a conjunction: it needs no disjunctive form of the whole predicate, let alone of its negation.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from interlock.compiler.dnf import TooMany
from interlock.compiler.facts import Facts
from interlock.compiler.redundancy import both
from interlock.compiler.search import Candidate, Search
from interlock.compiler.space import Assignment
from interlock.compiler.written import Node, Operand, Path, Written
from interlock.dsl import policy as p
from interlock.dsl.limits import MAX_RULE_COLUMNS
from interlock.dsl.record import record

Classes = dict[int, int]
"""By variable the classes that are left; those of a variable not named are all there."""

_NOWHERE: Classes = {-1: 0}

_CLASSES = 24
"""Classes of a variable that are tried beside an example."""


@record
class Region:
    """The requests in ``within`` that are in one of each of ``alternatives`` and in none of ``outside``."""

    within: Classes
    alternatives: tuple[Sequence[Classes], ...]
    outside: tuple[Classes, ...]

    def has(self, assignment: Assignment) -> bool:
        """Whether a request is one of them."""
        return (
            _in_one(assignment, [self.within])
            and all(_in_one(assignment, some) for some in self.alternatives)
            and not _in_one(assignment, self.outside)
        )


class _Siblings:
    """The regions of the operands of a node, quick to meet without one of them: nodes may have thousands."""

    def __init__(self, parts: list[Region]) -> None:
        nothing: Classes = {}
        self._left = [*accumulate((part.within for part in parts[:-1]), both, initial=nothing)]
        self._right = [*accumulate((part.within for part in parts[:0:-1]), both, initial=nothing)][::-1]
        self._compound = [(k, part) for k, part in enumerate(parts) if part.alternatives or part.outside]

    def without(self, at: int) -> Region:
        return Region(
            both(self._left[at], self._right[at]),
            tuple(some for k, part in self._compound if k != at for some in part.alternatives),
            tuple(some for k, part in self._compound if k != at for some in part.outside),
        )


class Conditions:
    """Regions of the requests of one table. Whatever asks about requests raises ``Incomplete`` or ``TooMany``."""

    def __init__(self, facts: Facts, written: Written) -> None:
        """Takes the facts of any table, and the predicates its rules were written as."""
        self._facts = facts
        self._written = written
        self._where: dict[int, list[Classes]] = {}  # by identity: predicates live as long as the policy
        self._siblings: dict[int, _Siblings] = {}
        columns = facts.columns_of
        self._before = [0] * len(columns)
        first = len(facts.table.columns)
        for rule in reversed(range(len(columns))):
            first = columns[rule][0] if columns[rule] else first
            self._before[rule] = (1 << first) - 1

    def before(self, rule: int) -> int:
        """The columns of all earlier rules."""
        return self._before[rule]

    def matters(self, operand: Operand, rule: int) -> list[Region]:
        """Where the predicate of a rule changes if an operand of it is dropped, whatever earlier rules do."""
        paths = self._written.paths(rule, operand.meant)
        if len(paths) == 1:
            return [self._along((*paths[0], (operand.meant, operand.at)))]
        # The same let twice: its operand is dropped here and there at once.
        when = self._facts.policy.rules[rule].when
        return self.differ(when, without(when, operand))

    def differ(self, one: p.Expr, two: p.Expr) -> list[Region]:
        """Where one of two predicates holds and the other does not."""
        first, second = self._facts.where(one), self._facts.where(two)
        return [Region({}, (first,), tuple(second)), Region({}, (second,), tuple(first))]

    def find(
        self, regions: Sequence[Region], columns: int, search: Search, near: Sequence[Assignment] = ()
    ) -> tuple[Assignment | None, int]:
        """A request in one of the regions that none of ``columns`` takes; or None and a set of them that takes all.
        ``near`` are requests that may have such a one beside them."""
        core = 0
        pieces = [(piece, region.outside) for region in regions for piece in _pieces(region)]
        for piece, outside in pieces:
            for example in near:
                found = self._beside(example, piece, outside, columns)
                if found is not None:
                    return found, 0
        for piece, outside in pieces:
            found, unavoidable = self._avoid(piece, outside, columns, search)
            if found is not None:
                return found, 0
            core |= unavoidable
        return None, core

    # ── regions ──────────────────────────────────────────────────────────────────────────────────────────

    def _along(self, path: Path) -> Region:
        """Where the last step of a path decides the whole predicate, and would decide it otherwise if dropped."""
        node, at = path[-1]
        mine = self._where_not(node.operands[at]) if isinstance(node, p.And) else self._where_so(node.operands[at])
        parts = [mine, *(self._others(outer, step) for outer, step in path)]
        within: Classes = {}
        for part in parts:
            within = both(within, part.within)
        return Region(
            within,
            tuple(some for part in parts for some in part.alternatives),
            tuple(some for part in parts for some in part.outside),
        )

    def _others(self, node: Node, at: int) -> Region:
        """Where all operands but one hold (in an `and`) or fail (in an `or`)."""
        if id(node) not in self._siblings:
            self._siblings[id(node)] = _Siblings(
                [(self._where_so if isinstance(node, p.And) else self._where_not)(operand) for operand in node.operands]
            )
        return self._siblings[id(node)].without(at)

    def _alternatives(self, expr: p.Expr) -> list[Classes]:
        if id(expr) not in self._where:
            self._where[id(expr)] = self._facts.where(expr)
        return self._where[id(expr)]

    def _where_so(self, expr: p.Expr) -> Region:
        found = self._alternatives(expr)
        if len(found) == 1:
            return Region(found[0], (), ())
        return Region({}, (found,), ()) if found else Region(_NOWHERE, (), ())

    def _where_not(self, expr: p.Expr) -> Region:
        within: Classes = {}
        outside: list[Classes] = []
        for alternative in self._alternatives(expr):
            if len(alternative) == 1:
                ((v, classes),) = alternative.items()
                within[v] = within.get(v, self._facts.space.full[v]) & ~classes
            elif alternative:
                outside.append(alternative)
            else:
                return Region(_NOWHERE, (), ())
        return Region(within, (), tuple(outside))

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────

    def _beside(
        self, example: Assignment, piece: Classes, outside: Sequence[Classes], columns: int
    ) -> Assignment | None:
        """A request of a piece, and outside, that none of ``columns`` takes, as near to an example as that takes."""
        variables = self._facts.space.variables
        found = dict(example)
        off = [v for v, classes in piece.items() if not classes >> example[v] & 1]
        for v in off[1:]:
            found[v] = next(c for c in variables[v].quiet if piece[v] >> c & 1)
        for v, variable in enumerate(variables):
            if v not in off[:1]:
                columns &= variable.rows[found[v]]
        if not off:
            return found if not columns and not _in_one(found, outside) else None
        first = off[0]
        tried = 0
        for class_ in variables[first].quiet:
            if piece[first] >> class_ & 1:
                found[first] = class_
                if not columns & variables[first].rows[class_] and not _in_one(found, outside):
                    return found
                tried += 1
                if tried == _CLASSES:
                    break
        return None

    def _avoid(
        self, piece: Classes, outside: Sequence[Classes], columns: int, search: Search
    ) -> tuple[Assignment | None, int]:
        """``facts.avoid`` with more columns than those of the table: ``outside``."""
        facts, space = self._facts, self._facts.space
        more: list[Classes] = []
        for other in outside:
            if all(both(piece, other).values()):
                cut = {v: classes for v, classes in other.items() if piece.get(v, space.full[v]) & ~classes}
                if not cut:
                    return None, 0
                more.append(cut)
        if not more:
            return facts.avoid(piece, columns, search)
        columns &= facts.overlapping(piece)
        count = len(facts.table.columns)
        variables = []
        for v in range(len(space.variables)):
            free = sum(1 << k for k, other in enumerate(more) if v not in other)
            bound = [(1 << k, other[v]) for k, other in enumerate(more) if v in other]
            candidates: list[Candidate] = []
            for class_, row in facts.candidates(v, piece):
                left = free | sum(bit for bit, classes in bound if classes >> class_ & 1)
                candidates.append((class_, row & columns | left << count))
            variables.append((v, candidates))
        found = search.run(variables, columns | ((1 << len(more)) - 1) << count)
        if found is None:
            return None, search.core & facts.table.all_columns
        return facts.complete(found, piece), 0


def implies(facts: Facts, one: p.Expr, two: p.Expr) -> bool:
    """Whether every request for which one predicate holds meets another; false where that takes too much to see."""
    try:
        return not facts.where(p.And((one, p.Not(two, two.span)), one.span))
    except TooMany:
        return False


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


def _pieces(region: Region) -> list[Classes]:
    pieces = [region.within] if all(region.within.values()) else []
    for some in region.alternatives:
        pieces = [piece for a in pieces for b in some if all((piece := both(a, b)).values())]
        if len(pieces) > MAX_RULE_COLUMNS:
            raise TooMany
    return pieces


def _in_one(assignment: Assignment, alternatives: Sequence[Classes]) -> bool:
    return any(all(classes >> assignment[v] & 1 for v, classes in other.items()) for other in alternatives)

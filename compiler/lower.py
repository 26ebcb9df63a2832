"""From Policy to Table: classes, columns, rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from interlock.compiler import automaton
from interlock.compiler.dnf import Conjunct, TooMany, conjuncts
from interlock.compiler.maglev import maglev, sorted_members
from interlock.compiler.table import Column, Dimension, Main, Pair, Table
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding
from interlock.dsl.findings.limit_exceeded import limit_exceeded
from interlock.dsl.limits import MAX_COLUMNS, MAX_RULE_COLUMNS


def classes_of(policy: p.Policy, also: Iterable[p.Expr] = ()) -> Classes:
    """The classes that the rules of a policy tell apart, and the predicates ``also``."""
    return Classes(policy, [*(r.when for r in policy.rules), *_indexing(policy), *also])


def lower(policy: p.Policy, also: Iterable[p.Expr] = ()) -> tuple[Table | None, list[Finding]]:
    """The table of a policy; None, with T010 findings, where a rule or the policy needs too many columns.

    With predicates ``also``, its classes are fine enough to tell where those hold; columns are the same."""
    classes = classes_of(policy, also)
    machine = automaton.build(policy, [*(to for rule in policy.rules for to, _ in destinations(rule)), policy.invalid])
    columns: list[Column] = []
    findings: list[Finding] = []
    for number, rule in enumerate(policy.rules):
        try:
            found = _columns(number, rule, classes, machine)
        except TooMany:
            findings.append(
                limit_exceeded(
                    rule.name_span,
                    f"the alternatives of `{rule.name}` multiply to more than {MAX_RULE_COLUMNS:,} combinations",
                    "split it into several rules, each with some of the alternatives",
                )
            )
            continue
        columns.extend(found)
        if len(columns) > MAX_COLUMNS:
            message = f"up to here the policy needs more than {MAX_COLUMNS:,} columns of the decision table"
            findings.append(limit_exceeded(rule.name_span, message, "write fewer rules, or with fewer alternatives"))
            break
    if findings:
        return None, findings
    return Table(
        policy=policy,
        dimensions=classes.dimensions,
        columns=tuple(columns),
        rows=transpose([column.conditions for column in columns], [d.size for d in classes.dimensions]),
        automaton=machine,
        invalid=machine.state_of(policy.invalid),
        maglev={pool.name: maglev(sorted_members(pool)) for pool in policy.pools.values() if len(pool.members) > 1},
    ), []


def _columns(number: int, rule: p.Rule, classes: Classes, machine: automaton.Automaton) -> list[Column]:
    found = [
        Column(number, machine.state_of(to), conjunct)
        for to, where in destinations(rule)
        for conjunct in classes.conjuncts(p.And((rule.when, where), rule.span) if where else rule.when)
    ]
    if len(found) > MAX_RULE_COLUMNS:
        raise TooMany
    return found


def destinations(rule: p.Rule) -> list[tuple[p.To | p.Fail, p.Expr | None]]:
    """Where a rule leads, each with the condition under which it does."""
    if isinstance(rule.to, p.ToIndexed):
        attribute = rule.to.attribute
        return [(p.To(pool), p.OneOf(attribute, (value,), rule.span)) for value, pool in rule.to.pools]
    return [(rule.to, None)]


def _indexing(policy: p.Policy) -> Iterable[p.Expr]:
    return (where for rule in policy.rules for _, where in destinations(rule) if where is not None)


class Classes:
    """The classes into which some predicates divide the values of each attribute."""

    def __init__(self, policy: p.Policy, predicates: Iterable[p.Expr]) -> None:
        """``predicates`` are those the classes must tell apart; later calls may use no others."""
        cuts: dict[str, set[int]] = {name: set() for name in policy.attributes}
        literals: dict[str, set[str]] = {name: set() for name in policy.attributes}
        pairs: set[tuple[str, str, str | tuple[str, ...] | tuple[str | None, int]]] = set()
        stack = list(predicates)
        while stack:
            match stack.pop():
                case p.And(operands=operands) | p.Or(operands=operands):
                    stack.extend(operands)
                case p.Not(operand=operand):
                    stack.append(operand)
                case p.OneOf(attribute=name, values=values):
                    if isinstance(policy.attributes[name].type, p.IntType):
                        cuts[name].update(v for value in values for v in (int(value), int(value) + 1))
                    elif isinstance(policy.attributes[name].type, p.StringType):
                        literals[name].update(str(value) for value in values)
                case p.Between(attribute=name, lo=lo, hi=hi):
                    cuts[name].update(v for v in (lo, None if hi is None else hi + 1) if v is not None)
                case p.Like(attribute=name, pieces=pieces):
                    pairs.add((name, "pattern", pieces))
                case p.Contains(attribute=name, value=element):
                    pairs.add((name, "element", element))
                case p.Sample(attribute=name, salt=salt, basis_points=below):
                    pairs.add((name, "sample", (salt, below)))
                case _:
                    pass
        dimensions: list[Dimension] = []
        for attribute in policy.attributes.values():
            name = attribute.name
            if not isinstance(attribute.type, p.SetType):
                dimensions.append(_main(attribute, cuts[name], literals[name]))
            mine = [pair for pair in pairs if pair[0] == name]
            # None sorts before every salt; no two kinds of `what` meet within one kind of pair.
            mine.sort(
                key=lambda pair: (
                    pair[1],
                    [(x is not None, x) for x in pair[2]] if isinstance(pair[2], tuple) else pair[2],
                )
            )
            dimensions.extend(Pair(name, kind, what) for name, kind, what in mine)  # type: ignore[arg-type]
        self.dimensions = tuple(dimensions)
        self._main = {d.attribute: i for i, d in enumerate(dimensions) if isinstance(d, Main)}
        self._pairs = {(d.attribute, d.kind, d.what): i for i, d in enumerate(dimensions) if isinstance(d, Pair)}
        self._value = {
            i: {value: 1 << c for c, value in enumerate(d.values)}
            for i, d in enumerate(dimensions)
            if isinstance(d, Main)
        }
        self._starts = {
            i: [lo for lo, _ in d.intervals] for i, d in enumerate(dimensions) if isinstance(d, Main) and d.intervals
        }
        self._full = [(1 << d.size) - 1 for d in dimensions]

    def conjuncts(self, expr: p.Expr) -> list[Conjunct]:
        """The predicate in disjunctive form. Raises ``TooMany``."""
        return conjuncts(expr, self._atom, self._full.__getitem__)

    def _atom(self, expr: p.Expr) -> tuple[int, int]:
        """The dimension of a comparison and the classes that satisfy it."""
        match expr:
            case p.OneOf(attribute=name, values=values):
                i = self._main[name]
                known = self._value[i]
                if i in self._starts:
                    return i, sum(1 << bisect_left(self._starts[i], int(v)) for v in values)
                return i, sum(known[v] for v in values)
            case p.Between(attribute=name, lo=lo, hi=hi):
                i = self._main[name]
                starts = self._starts[i]
                first = 0 if lo is None else bisect_left(starts, lo)
                end = len(starts) if hi is None else bisect_left(starts, hi + 1)
                return i, (1 << max(end, first)) - (1 << first)
            case p.Has(attribute=name):
                i = self._main[name]
                return i, self._full[i] >> 1  # absent is the last class
            case p.Like(attribute=name, pieces=pieces):
                return self._pairs[name, "pattern", pieces], 1
            case p.Contains(attribute=name, value=element):
                return self._pairs[name, "element", element], 1
            case p.Sample(attribute=name, salt=salt, basis_points=below):
                return self._pairs[name, "sample", (salt, below)], 1
            case _:
                raise AssertionError(expr)


def _main(attribute: p.Attribute, cuts: set[int], literals: set[str]) -> Main:
    match attribute.type:
        case p.BoolType():
            return Main(attribute.name, (False, True), (), False, attribute.optional)
        case p.IntType(lo=lo, hi=hi):
            starts = [lo, *sorted(c for c in cuts if lo < c <= hi)]
            ends = [*(s - 1 for s in starts[1:]), hi]
            return Main(attribute.name, (), tuple(zip(starts, ends, strict=True)), False, attribute.optional)
        case p.EnumType(values=values, open=open_):
            return Main(attribute.name, values, (), open_, attribute.optional)
        case p.StringType():
            return Main(attribute.name, tuple(sorted(literals)), (), True, attribute.optional)
        case _:
            raise AssertionError(attribute)


def transpose(columns: Sequence[Iterable[tuple[int, int]]], sizes: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """The rows of each dimension, given the conditions of columns and how many classes dimensions have. Linear: each
    run of admitted classes flips its column on at its start and off at its end, and rows are running sums of the
    flips."""
    flips = [[0] * (size + 1) for size in sizes]
    constrained = [0] * len(sizes)
    for number, conditions in enumerate(columns):
        bit = 1 << number
        for d, classes in conditions:
            constrained[d] |= bit
            start = 0
            while classes:
                gap = (classes & -classes).bit_length() - 1
                classes >>= gap
                run = (~classes & -~classes).bit_length() - 1
                flips[d][start + gap] ^= bit
                flips[d][start + gap + run] ^= bit
                classes >>= run
                start += gap + run
    every = (1 << len(columns)) - 1
    rows = []
    for d, size in enumerate(sizes):
        row = every & ~constrained[d]
        mine = []
        for c in range(size):
            row ^= flips[d][c]
            mine.append(row)
        rows.append(tuple(mine))
    return tuple(rows)

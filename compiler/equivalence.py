"""Whether two policies do the same with every request: a proof, or none.

Rules that both have, in the same order, decide alike unless another rule comes between. So a request that the policies
treat differently is decided, by one of them at least, by a rule the other has not; for each such rule the search of
the analyses looks for a request that the other policy sends elsewhere. Destinations are the same if all walks from
them are: a bisimulation of the chain automata.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Set
from typing import Any

from interlock.compiler.automaton import Hop
from interlock.compiler.bisimulation import SameWalks
from interlock.compiler.facts import Facts
from interlock.compiler.lower import lower
from interlock.compiler.reference import decide
from interlock.compiler.search import Incomplete, Search
from interlock.compiler.table import Table
from interlock.dsl import policy as p
from interlock.dsl.record import record

MAX_STEPS = 400_000
"""Choices that all searches of one comparison may try together; some seconds."""


def decides_alike(old: Table, new: Table) -> bool:
    """Whether it is proved that two policies send every request to the same places, whatever errors follow, and that
    their tests come out the same. False also where that could not be decided within the limits.

    Names of rules may differ; ``new`` may lack attributes of ``old`` that have a default, as these never make a
    request invalid."""
    same = SameWalks(old, new)
    return (
        _same_requests(old.policy, new.policy)
        and same.walks(old.invalid, new.invalid)
        and _same_decisions(old, new, same)
        and _outcomes(old.policy) == _outcomes(new.policy)
    )


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────


def _same_requests(old: p.Policy, new: p.Policy) -> bool:
    """Whether a request is valid for both or for neither, and its attributes mean the same."""
    kept = old.attributes.keys() & new.attributes.keys()
    return (
        new.attributes.keys() == kept
        and all(_meaning(old.attributes[name]) == _meaning(new.attributes[name]) for name in kept)
        and all(a.default is not None for name, a in old.attributes.items() if name not in kept)
    )


def _meaning(attribute: p.Attribute) -> tuple[object, ...]:
    return attribute.type, attribute.optional, attribute.default


def _outcomes(policy: p.Policy) -> dict[str, list[bool]]:
    """Which expectations of each test hold."""
    found: dict[str, list[bool]] = {}
    for test in policy.tests:
        for expect in test.expects:
            got = decide(policy, dict(test.request), expect.after)
            if isinstance(expect.to, p.Fail):
                fail = got["fail"]
                there = isinstance(fail, dict) and fail["status"] == expect.to.status
                if isinstance(fail, dict) and expect.to.message is not None:
                    there = there and fail["message"] == expect.to.message
            else:
                there = got["pool"] == expect.to.pool
            found.setdefault(test.title, []).append(there and expect.rule in (None, got["rule"]))
    return found


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────


@record
class _Pair:
    """Two rule lists in one table: the old rules, then those of the new that the old has not. ``old`` and ``new``
    hold the order in which each tries them (indices into the rules of the table); ``lacking`` those that only one of
    them has."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    lacking: frozenset[int]
    added: tuple[p.Rule, ...]


def _paired(old: p.Policy, new: p.Policy) -> _Pair:
    """Greedy matching in order: whatever it finds is sound, and rules that only come and go are all matched."""
    places: dict[tuple[p.Expr, p.Destination], list[int]] = {}
    for number, rule in enumerate(old.rules):
        places.setdefault((rule.when, rule.to), []).append(number)
    order: list[int] = []
    added: list[p.Rule] = []
    at = 0
    for rule in new.rules:
        same = places.get((rule.when, rule.to), [])
        found = bisect_left(same, at)
        if found < len(same):
            order.append(same[found])
            at = same[found] + 1
        else:
            order.append(len(old.rules) + len(added))
            added.append(rule)
    numbers = tuple(range(len(old.rules)))
    return _Pair(numbers, tuple(order), frozenset({*numbers} ^ {*order}), tuple(added))


def _same_decisions(old: Table, new: Table, same: SameWalks) -> bool:
    pair = _paired(old.policy, new.policy)
    # A rule that both have, but whose walks differ, is as good as changed.
    moved = {
        n
        for n in pair.old
        if n not in pair.lacking and not all(same.destinations(to, to) for to in _leads_to(old.policy.rules[n]))
    }
    if not pair.lacking and not moved:
        return True
    both, _ = lower(_with_rules(old.policy, (*old.policy.rules, *pair.added)))
    if both is None:
        return False  # more columns than a table may have
    try:
        return _nothing_differs(Facts(both), pair, same, pair.lacking | moved)
    except Incomplete:
        return False


def _nothing_differs(facts: Facts, pair: _Pair, same: SameWalks, changed: Set[int]) -> bool:
    search = Search(MAX_STEPS)
    columns = [sum(1 << n for n in of_rule) for of_rule in facts.columns_of]
    before_old, before_new = _before(pair.old, columns), _before(pair.new, columns)
    all_old, all_new = (sum(columns[n] for n in order) for order in (pair.old, pair.new))
    nowhere = p.Fail(500, None)

    def differs(admitted: dict[int, int] | None, avoided: int) -> bool:
        return admitted is not None and facts.avoid(admitted, avoided, search)[0] is not None

    for rule in sorted(changed):
        is_old = rule in before_old
        mine, others = (before_old, before_new) if is_old else (before_new, before_old)
        theirs = all_new if is_old else all_old
        for n in facts.columns_of[rule]:
            admitted = facts.space.admitted[n]
            if not facts.possible >> n & 1 or not differs(admitted, mine[rule]):
                continue  # no request comes to this column
            to = _destination(facts.table, n)
            if not same.destinations(*_ordered(is_old, to, nowhere)) and differs(admitted, mine[rule] | theirs):
                return False
            for m in _bits(facts.overlapping(admitted) & theirs):
                other = facts.table.columns[m].rule
                if same.destinations(*_ordered(is_old, to, _destination(facts.table, m))):
                    continue
                if differs(_meet(admitted, facts.space.admitted[m]), mine[rule] | others[other]):
                    return False
    return True


def _before(order: tuple[int, ...], columns: list[int]) -> dict[int, int]:
    """For each rule the columns of those that are tried before it."""
    found: dict[int, int] = {}
    so_far = 0
    for rule in order:
        found[rule] = so_far
        so_far |= columns[rule]
    return found


def _ordered(is_old: bool, one: p.To | p.Fail, two: p.To | p.Fail) -> tuple[p.To | p.Fail, p.To | p.Fail]:
    """The old policy's destination, then the new one's."""
    return (one, two) if is_old else (two, one)


def _meet(one: dict[int, int], two: dict[int, int]) -> dict[int, int] | None:
    """What both admit, or None if that is nothing."""
    both = dict(one)
    for v, classes in two.items():
        both[v] = both.get(v, classes) & classes
        if not both[v]:
            return None
    return both


def _leads_to(rule: p.Rule) -> Iterator[p.To | p.Fail]:
    if isinstance(rule.to, p.ToIndexed):
        yield from (p.To(pool) for _, pool in rule.to.pools)
    else:
        yield rule.to


def _destination(table: Table, column: int) -> p.To | p.Fail:
    state = table.automaton.states[table.columns[column].state]
    return p.To(state.pool) if isinstance(state, Hop) else state


def _bits(columns: int) -> Iterator[int]:
    while columns:
        yield (columns & -columns).bit_length() - 1
        columns &= columns - 1


def _with_rules(policy: p.Policy, rules: tuple[p.Rule, ...]) -> p.Policy:
    fields: dict[str, Any] = {name: getattr(policy, name) for name in policy.__match_args__}
    return p.Policy(**{**fields, "rules": rules})

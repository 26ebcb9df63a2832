"""What must hold of every complete walk: the measures of `chain.MEASURE` and a search for a walk that fails a test.

The search goes over pairs of a state and what the walk has added up so far. Numbers are cut off above the largest that
the test mentions, where they no longer matter, so it ends even where chains have loops.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.compiler.automaton import Hop
from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.compiler.homes import EVERY_SLOT
from interlock.compiler.reach import Pick, Reach
from interlock.compiler.search import Incomplete
from interlock.compiler.visits import starts, visits
from interlock.dsl import policy as p
from interlock.dsl.policy import UNAVAILABLE
from interlock.dsl.record import record

Sum = int | frozenset[str] | None
"""What a walk has added up: a number, the names seen, or None once something is unknown."""

_MAX_CHOICES = 5_000
"""Ways to pick members along the walks from one pool that may be looked at."""


@record
class BadWalk:
    """A complete walk that fails a test: the column that decides the request, the classes (indices) from there, the
    last of which ends the walk, and what the walk added up (None: unknown)."""

    column: int
    walk: tuple[int, ...]
    request: Mapping[str, object]
    measure: int | None


def bad_walks(facts: Facts, finer: Facts, item: p.Assert) -> Iterator[BadWalk]:
    """For each state that rules lead to and each way to pick members along its walks, a shortest bad walk of some
    request. Raises ``TooMany``, and ``Incomplete`` where a search hit its limit."""
    reach = Reach(finer)
    alternatives = finer.where(item.when)
    unsure = False
    for start, columns in starts(facts).items():
        for slots, picks in choices(facts, reach, start, item.field in ("seconds", "providers", "regions")):
            try:
                found = _bad_walk(facts, start, picks, item)
            except Incomplete:
                unsure = True
                continue
            if found is None:
                continue
            for column in columns:
                request = None
                for where in alternatives:
                    try:
                        request = request or reach.request(column, slots, where)
                    except Incomplete:
                        unsure = True
                if request is not None:
                    yield BadWalk(column, found, request, _measured(facts, item, start, found, picks))
                    break
    if unsure:
        raise Incomplete


def choices(
    facts: Facts, reach: Reach, start: int, members_matter: bool
) -> Iterator[tuple[dict[str, int], dict[str, p.Member]]]:
    """Every way in which keys pick members at the pools of the walks from a state: the Maglev entries by sticky
    attribute, and the member of each pool. Raises ``Incomplete`` where there are too many."""
    pools = list(dict.fromkeys(visit.hop.pool for visit in visits(facts.table.automaton, start)))
    found: list[tuple[dict[str, int], dict[str, p.Member]]] = [({}, {})]
    for pool in pools:
        picks = reach.picks(pool)
        picks = picks if members_matter else [Pick(picks[0].member, None, EVERY_SLOT)]
        longer = []
        for slots, members in found:
            for pick in picks:
                if pick.sticky is None:
                    longer.append((slots, {**members, pool: pick.member}))
                elif both := slots.get(pick.sticky, EVERY_SLOT) & pick.slots:
                    longer.append(({**slots, pick.sticky: both}, {**members, pool: pick.member}))
        found = longer
        if len(found) > _MAX_CHOICES:
            raise Incomplete
    yield from found


def _bad_walk(facts: Facts, start: int, members: Mapping[str, p.Member], item: p.Assert) -> tuple[int, ...] | None:
    """The classes of a shortest complete walk that fails the test."""
    automaton, pools = facts.table.automaton, facts.policy.pools
    first = automaton.states[start]
    assert isinstance(first, Hop)
    # Above all that the test mentions, numbers are alike.
    most = max((v for v in item.values if isinstance(v, int)), default=0) + 1
    begin = (start, _cut(_add(facts.policy, item, _nothing(item), pools[first.pool], members[first.pool]), most))
    ways: dict[tuple[int, Sum], tuple[int, ...]] = {begin: ()}
    queue = [begin]
    for node in queue:  # grows while it is read: breadth first
        state, total = node
        hop = automaton.states[state]
        assert isinstance(hop, Hop)
        for class_ in range(len(UNAVAILABLE)):
            after = hop.next[class_]
            there = None if after is None else automaton.states[after]
            if after is None or not isinstance(there, Hop):
                if not passes(item, _number(total)):
                    return (*ways[node], class_)
                continue
            next_ = (after, _cut(_add(facts.policy, item, total, pools[there.pool], members[there.pool]), most))
            if next_ not in ways:
                ways[next_] = (*ways[node], class_)
                queue.append(next_)
        if len(queue) > MAX_STEPS:
            raise Incomplete
    return None


def _measured(
    facts: Facts, item: p.Assert, start: int, walk: tuple[int, ...], members: Mapping[str, p.Member]
) -> int | None:
    total = _nothing(item)
    for pool in facts.pools_along(start, walk):
        total = _add(facts.policy, item, total, facts.policy.pools[pool], members[pool])
    return _number(total)


def _nothing(item: p.Assert) -> Sum:
    return frozenset() if item.field in ("providers", "regions") else 0


def _add(policy: p.Policy, item: p.Assert, total: Sum, pool: p.Pool, member: p.Member) -> Sum:
    """What a walk has added up after one more hop."""
    upstream = policy.upstreams[member.upstream]
    if isinstance(total, frozenset):
        name = upstream.provider if item.field == "providers" else upstream.region
        return None if name is None else total | {name}
    more: int | None = 1
    if item.field == "attempts":
        more = 1 + pool.retry
    elif item.field == "seconds":
        once = patience(upstream)
        more = None if once is None else (1 + pool.retry) * once
    return None if total is None or more is None else total + more


def _cut(total: Sum, most: int) -> Sum:
    return min(total, max(most, 0)) if isinstance(total, int) else total


def _number(total: Sum) -> int | None:
    return len(total) if isinstance(total, frozenset) else total


def patience(upstream: p.Upstream) -> int | None:
    """The milliseconds that one try may take: `total`, else `connect` and `first_token`; None where unknown."""
    timeouts = upstream.timeouts
    if "total" in timeouts:
        return timeouts["total"]
    if "connect" in timeouts and "first_token" in timeouts:
        return timeouts["connect"] + timeouts["first_token"]
    return None


def passes(item: p.Assert, value: str | int | None) -> bool:
    """Whether a value passes the test of an assertion; an unknown one passes none."""
    if value is None:
        return False
    if item.op in ("in", "not in"):
        return (value in item.values) == (item.op == "in")
    literal = item.values[0]
    if item.op in ("==", "!="):
        return (value == literal) == (item.op == "==")
    assert isinstance(value, int)
    assert isinstance(literal, int)
    return _compares(value, item.op, literal)


def _compares(value: int, op: str, literal: int) -> bool:
    match op:
        case "<":
            return value < literal
        case "<=":
            return value <= literal
        case ">":
            return value > literal
        case _:
            return value >= literal

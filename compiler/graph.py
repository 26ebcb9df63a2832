"""A policy's walks as a picture: where rules lead, and where each error leads from there.

All drawings are made of this one value. States of the table's automaton that behave alike are one node, and so are the
copies of a family that behave alike: ``opus[us_east, us_west]`` leads to ``opus[us_west, us_east]``, first to first
and second to second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from interlock.compiler.graph_columns import After, Column, alike, family_of, family_shape, folded, moves, walked
from interlock.compiler.loops import loops
from interlock.dsl.policy import CLASSES
from interlock.dsl.record import record
from interlock.runtime import Fail
from interlock.runtime.spec import Pool, Spec, State

T = TypeVar("T")


@record
class Served:
    """One member of a pool, or the same member of several copies. ``upstreams``, ``accounts`` and ``regions`` have one
    entry, or one for each copy. ``share`` is the member's part of all keys in percent."""

    upstreams: tuple[str, ...]
    provider: str
    accounts: tuple[str | None, ...]
    regions: tuple[str | None, ...]
    model: str
    share: int


@record
class Move:
    """Errors of these classes lead to the node ``to`` (an index). ``loop``: and from there they can lead back."""

    classes: tuple[str, ...]
    to: int
    loop: bool


@record
class Hop:
    """A pool on a walk. ``pools`` has one name, or one for each copy of a family, in the order of the hops that lead
    here. ``returned`` are the classes whose errors go to the client."""

    pools: tuple[str, ...]
    members: tuple[Served, ...]
    sticky: str | None
    retry: int
    moves: tuple[Move, ...]
    returned: tuple[str, ...]


@record
class End:
    """A walk, or a rule, ends in this failure."""

    status: int
    message: str | None


Node = Hop | End


@record
class Entry:
    """These rules (none: invalid requests) send requests to these nodes (indices)."""

    rules: tuple[str, ...]
    to: tuple[int, ...]


@record
class Graph:
    """``rules`` and ``pools`` count those of the policy; ``unreached`` are the pools that no walk comes to."""

    policy: str
    rules: int
    pools: int
    nodes: tuple[Node, ...]
    entries: tuple[Entry, ...]
    unreached: tuple[str, ...]


def graph(spec: Spec, *, pool: str | None = None, rule: str | None = None) -> Graph:
    """The walks of a table. With ``pool`` (or a family) only those starts from which some walk comes to it, with
    ``rule`` (or a ladder) only where it leads; no entries at all where there are none."""
    states = spec.states
    exact = alike(states, lambda pool: pool.name)
    stand_in = {block: i for i, block in reversed(list(enumerate(exact)))}
    one = [stand_in[block] for block in exact]

    def after(state: int) -> list[int | None]:
        at = states[state]
        return [] if isinstance(at, Fail) else [None if to is None else one[to] for to in at.next]

    led: dict[int, dict[int, None]] = {}  # by state, the rules (indices) that lead there
    for number, state in spec.columns:
        if rule is None or rule in (spec.rules[number], spec.rules[number].rpartition("/")[0]):
            led.setdefault(one[state], {})[number] = None
    if rule is None:
        led.setdefault(one[spec.invalid], {})[len(spec.rules)] = None  # behind all rules
    if pool is not None:
        coming = _coming_to(pool, states)
        led = {state: rules for state, rules in led.items() if state in coming}
    starts = folded(led, alike(states, family_shape), after)
    number_of = {column: i for i, column in enumerate(walked(starts, after, None) or ())}
    nodes = _nodes(states, number_of, after)
    every = dict.fromkeys(at.pool.name for at in states if not isinstance(at, Fail))
    seen = {name for node in nodes if isinstance(node, Hop) for name in node.pools}
    return Graph(
        spec.policy,
        len(spec.rules),
        len(every),
        nodes,
        _entries(spec.rules, led, {state: number_of[column] for column in starts for state in column}),
        tuple(name for name in every if name not in seen) if pool is None and rule is None else (),
    )


def _coming_to(pool: str, states: Sequence[State]) -> set[int]:
    """The states from which some walk comes to a pool, or to one of a family."""
    before: dict[int, list[int]] = {}
    found: dict[int, None] = {}
    for i, at in enumerate(states):
        if not isinstance(at, Fail):
            if pool in (at.pool.name, family_of(at.pool.name)[0]):
                found[i] = None
            for to in at.next:
                if to is not None:
                    before.setdefault(to, []).append(i)
    waiting = list(found)
    while waiting:
        for i in before.get(waiting.pop(), ()):
            if i not in found:
                found[i] = None
                waiting.append(i)
    return set(found)


def _nodes(states: Sequence[State], number_of: Mapping[Column, int], after: After) -> tuple[Node, ...]:
    targets = [[None if to is None else number_of[to] for to in moves(column, after)] for column in number_of]
    knots = loops([[to for to in there if to is not None] for there in targets])
    knot = {node: number for number, nodes in enumerate(knots) for node in nodes}
    nodes: list[Node] = []
    for i, column in enumerate(number_of):
        at = states[column[0]]
        if isinstance(at, Fail):
            nodes.append(End(at.status or 0, at.message))
            continue
        classes: dict[int | None, list[str]] = {}
        for name, to in zip(CLASSES, targets[i], strict=True):
            classes.setdefault(to, []).append(name)
        onward = tuple(
            Move(tuple(names), to, i in knot and knot[i] == knot.get(to))
            for to, names in classes.items()
            if to is not None
        )
        pools = [state.pool for state in map(states.__getitem__, column) if not isinstance(state, Fail)]
        nodes.append(
            Hop(
                _once([pool.name for pool in pools]),
                _members(pools),
                at.pool.sticky,
                at.pool.retry,
                onward,
                tuple(classes.get(None, ())),
            )
        )
    return tuple(nodes)


def _members(pools: Sequence[Pool]) -> tuple[Served, ...]:
    served = []
    total = sum(member.weight for member in pools[0].members)
    for copies in zip(*(pool.members for pool in pools), strict=True):
        first = copies[0]
        served.append(
            Served(
                _once([member.upstream.name for member in copies]),
                first.upstream.provider,
                _once([member.upstream.account for member in copies]),
                _once([member.upstream.region for member in copies]),
                first.model,
                round(100 * first.weight / total),
            )
        )
    return tuple(served)


def _once(values: Sequence[T]) -> tuple[T, ...]:
    return tuple(values[:1] if len(set(values)) == 1 else values)


def _entries(
    rules: Sequence[str], led: Mapping[int, Mapping[int, None]], nodes: Mapping[int, int]
) -> tuple[Entry, ...]:
    """The rules that lead to the same nodes, together, in their order."""
    to: dict[int, dict[int, None]] = {}
    for state, numbers in led.items():
        for number in numbers:
            to.setdefault(number, {})[nodes[state]] = None
    entries: dict[tuple[tuple[int, ...], bool], list[str]] = {}
    for number in sorted(to):
        invalid = number == len(rules)
        entries.setdefault((tuple(sorted(to[number])), invalid), []).extend(() if invalid else (rules[number],))
    return tuple(Entry(tuple(names), targets) for (targets, _), names in entries.items())

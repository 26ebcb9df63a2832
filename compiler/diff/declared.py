"""What is declared otherwise, besides rules and chains: attributes, upstreams, models, tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from interlock.compiler.diff.attributes import means
from interlock.compiler.diff.chains import starts
from interlock.compiler.diff.joint import NEW, OLD
from interlock.compiler.diff.side import Side
from interlock.compiler.tests_run import run_tests
from interlock.compiler.walks import Walks
from interlock.dsl import policy as p
from interlock.dsl.record import record

T = TypeVar("T")


@record
class AttributeChange:
    """An attribute that only one version has (the other is None), or that both declare otherwise. ``interface``: a
    gateway has to send something else, or something else is valid; not so where only what is proved of it depends."""

    name: str
    old: p.Attribute | None
    new: p.Attribute | None
    interface: bool


@record
class Setting:
    """A ``field`` of a thing that is declared otherwise; the values are as the policy has them."""

    name: str
    field: str
    old: object
    new: object


@record
class TestChange:
    """A test that is only in one version, or is written otherwise, or passes in one version only. ``passed`` is None
    where there is no such test."""

    __test__ = False  # not a pytest class

    title: str
    rewritten: bool
    passed: tuple[bool | None, bool | None]


def attributes(old: Side, new: Side) -> tuple[AttributeChange, ...]:
    """The attributes that differ, in name order."""
    found = []
    before, after = old.policy.attributes, new.policy.attributes
    for name in sorted({*before, *after}):
        one, two = before.get(name), after.get(name)
        if one is None or two is None or (means(one), one.source) != (means(two), two.source):
            found.append(AttributeChange(name, one, two, True))
        elif (one.stability, one.error) != (two.stability, two.error):
            found.append(AttributeChange(name, one, two, False))
    return tuple(found)


UPSTREAM = ("endpoint", "timeouts", "limit", "breaker", "supports")
"""What an upstream has besides what decisions say of it."""


def upstreams(old: Side, new: Side) -> tuple[Setting, ...]:
    """Settings of upstreams that both versions send requests to."""
    names = [name for name in _used(new) if name in _used(old)]
    return tuple(_settings(names, old.policy.upstreams, new.policy.upstreams, UPSTREAM))


def models(old: Side, new: Side) -> tuple[Setting, ...]:
    """Facts about models that both versions serve: contexts, prices, capabilities."""
    served = [{m.model for pool in side.policy.pools.values() for m in pool.members} for side in (old, new)]
    names = sorted(served[OLD] & served[NEW])
    return tuple(_settings(names, old.policy.models, new.policy.models, ("context", "prices", "supports")))


def tests(old: Side, new: Side) -> tuple[TestChange, ...]:
    """Tests by their title, those of the new version first; tables have none, and are not compared."""
    if old.table is None or new.table is None:
        return ()
    results = [{_numbered(title, n): result for title, n, result in _tests(side)} for side in (old, new)]
    found = []
    for title in dict.fromkeys([*results[NEW], *results[OLD]]):
        one, two = results[OLD].get(title), results[NEW].get(title)
        passed = one and one[1], two and two[1]
        rewritten = one is not None and two is not None and one[0] != two[0]
        if rewritten or passed[OLD] != passed[NEW]:
            found.append(TestChange(title, rewritten, passed))
    return tuple(found)


def _tests(side: Side) -> Iterable[tuple[str, int, tuple[object, bool]]]:
    seen: dict[str, int] = {}
    for result in run_tests(side.policy, side.reader):
        case = result.case
        seen[case.title] = seen.get(case.title, 0) + 1
        yield case.title, seen[case.title], ((dict(case.request), case.expects), result.passed)


def _numbered(title: str, n: int) -> str:
    return title if n == 1 else f"{title} ({n})"


def _used(side: Side) -> list[str]:
    """The upstreams of the pools on some walk from where rules lead."""
    walks = Walks(side.policy, side.automaton)
    reached = walks.ahead(side.automaton.start[pool] for pool in starts(side))
    pools = [side.policy.pools[walks.pool(state)] for state in reached]
    return list(dict.fromkeys(member.upstream for pool in pools for member in pool.members))


def _settings(
    names: Iterable[str], old: Mapping[str, T], new: Mapping[str, T], fields: Iterable[str]
) -> Iterable[Setting]:
    for name in names:
        for field in fields:
            one, two = getattr(old[name], field), getattr(new[name], field)
            if one != two:
                yield Setting(name, field, one, two)

"""Where errors lead before and after, for pools that both versions send requests to."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from interlock.compiler.automaton import Hop
from interlock.compiler.diff.joint import NEW, OLD
from interlock.compiler.diff.outcomes import Outcomes, serving
from interlock.compiler.diff.side import Side
from interlock.compiler.lower import destinations
from interlock.compiler.walk_claims import patience
from interlock.compiler.walks import Walks
from interlock.dsl import policy as p
from interlock.dsl.policy import CLASSES
from interlock.dsl.record import record


@record
class Path:
    """The pools that a request visits if one class of error happens again and again, and how that ends: in a `fail`,
    with the error ``returned`` to the client, or never (a ``loop``)."""

    pools: tuple[str, ...]
    end: p.Fail | str


@record
class Walk:
    """The paths of these classes, in both versions."""

    classes: tuple[str, ...]
    old: Path
    new: Path


@record
class Worst:
    """At most so many ``attempts`` (None: without end) and milliseconds of waiting (None: without end, or some hop has
    no timeouts) until a walk is over."""

    attempts: int | None
    wait_ms: int | None


@record
class Chain:
    """Requests of ``pools`` (one, or copies of a family that change alike) are sent on otherwise. ``walks`` are the
    paths that differ in their hops; none where only pools on the way have changed, or what follows mixed errors.
    ``serving`` are pools on the way that serve otherwise now."""

    pools: tuple[str, ...]
    walks: tuple[Walk, ...]
    serving: tuple[str, ...]
    old: Worst
    new: Worst


def chains(old: Side, new: Side, outcomes: Outcomes) -> tuple[Chain, ...]:
    """What changes for each pool that requests start at in both versions."""
    found: dict[tuple[object, ...], list[tuple[str, Chain]]] = {}
    kept = set(starts(new))
    for pool in starts(old):
        if pool in kept and outcomes.walks(OLD, p.To(pool)) != outcomes.walks(NEW, p.To(pool)):
            chain = _chain(old, new, pool)
            index = pool[len(new.policy.pools[pool].family) :]
            # Copies of a family that change alike are told once; their own index stands for all.
            key = repr(chain).replace(index, "[]") if index else repr(chain)
            found.setdefault((new.policy.pools[pool].family, key), []).append((pool, chain))
    return tuple(
        Chain(tuple(pool for pool, _ in copies), first.walks, first.serving, first.old, first.new)
        for copies in found.values()
        for _, first in copies[:1]
    )


def starts(side: Side) -> list[str]:
    """The pools that rules send requests to, and the one for invalid requests if there is one."""
    places = [*(to for rule in side.rules for to, _ in destinations(rule)), side.policy.invalid]
    return list(dict.fromkeys(place.pool for place in places if isinstance(place, p.To)))


def _chain(old: Side, new: Side, pool: str) -> Chain:
    walks: dict[tuple[Path, Path], list[str]] = {}
    visited: dict[str, None] = {}
    for number, name in enumerate(CLASSES):
        one, two = (_path(side, pool, number) for side in (old, new))
        visited.update(dict.fromkeys([*one.pools, *two.pools]))
        if one != two:
            walks.setdefault((one, two), []).append(name)
    kept = [name for name in visited if name in old.policy.pools and name in new.policy.pools]
    other = tuple(name for name in kept if _serves(old, name) != _serves(new, name))
    told = tuple(Walk(tuple(classes), *paths) for paths, classes in walks.items())
    return Chain((pool,), told, other, _worst(old, pool), _worst(new, pool))


def _serves(side: Side, pool: str) -> Hashable:
    return serving(side, pool), side.policy.pools[pool].retry


def _path(side: Side, pool: str, class_: int) -> Path:
    states = side.automaton.states
    at: int | None = side.automaton.start[pool]
    pools: list[str] = []
    seen: set[int] = set()
    while at is not None:
        here = states[at]
        if not isinstance(here, Hop):
            return Path(tuple(pools), here)
        if at in seen:
            return Path(tuple(pools), "loop")
        seen.add(at)
        pools.append(here.pool)
        at = here.next[class_]
    return Path(tuple(pools), "returned")


def _worst(side: Side, pool: str) -> Worst:
    policy, walks = side.policy, Walks(side.policy, side.automaton)
    start = side.automaton.start[pool]

    def attempts(name: str) -> int:
        return 1 + policy.pools[name].retry

    def wait(name: str) -> int | None:
        once = [patience(policy.upstreams[member.upstream]) for member in policy.pools[name].members]
        return None if None in once else max(ms for ms in once if ms is not None) * attempts(name)

    def most(weight: Callable[[str], int | None]) -> int | None:
        longest = walks.longest([start], weight)
        return None if longest is None else longest.total

    known = all(wait(walks.pool(state)) is not None for state in walks.ahead([start]))
    return Worst(most(attempts), most(wait) if known else None)

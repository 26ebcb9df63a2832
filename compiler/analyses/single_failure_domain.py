"""F206 single-failure-domain."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.compiler.keyed import ANY, Keyed, picking
from interlock.compiler.reach import Reach
from interlock.compiler.search import Incomplete
from interlock.compiler.walks import Walks
from interlock.compiler.wording import of_family
from interlock.dsl.finding import Finding, Kind
from interlock.dsl.policy import Pool

DOC = """\
A pool and all its fallbacks share one provider, or one region: all that its requests can ever be sent to, whatever
errors they meet, the members that their keys can pick at every hop included. (Where a region is unknown, nothing is
said of regions.)

## Why it hurts
A fallback is for the day a provider or a region is down, and on that day every hop is. It may be meant: for data that
has to stay in one region, say.

## Example
```route
pool opus { serve east with claude-opus-4-7 }
fallback opus -> spare -> fail 503
rule everything -> opus
```
`spare` is at the same provider and in the same region.

## What to write instead
A last hop somewhere else.

```route
upstream bedrock { provider bedrock; region eu_west }
pool opus { serve east with claude-opus-4-7 }
pool elsewhere { serve bedrock with claude-opus-4-7 }
fallback opus -> spare -> elsewhere -> fail 503
fallback elsewhere -> fail 503
rule everything -> opus
```
"""

KIND = Kind("F206", "single-failure-domain", "info", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each declared pool that requests start in; the copies of a family count as one."""
    policy, automaton = facts.policy, facts.table.automaton
    walks, keyed = Walks(policy, automaton), Keyed(facts, Reach(facts))
    copies: dict[tuple[str, int], list[tuple[Pool, str | None, str | None]]] = {}
    for pool in policy.pools.values():
        start = automaton.start[pool.name]
        if all(facts.reached[column] is None for column in keyed.starts.get(start, ())):
            continue
        try:
            shared = _shared(facts, walks, keyed, start)
        except Incomplete:
            what = f"whether all that `{pool.name}` falls back to is at one provider"
            facts.give_up(facts.place(pool.span), what, f"{MAX_STEPS:,} steps", "let fewer rules lead there")
            continue
        if shared is not None:
            copies.setdefault((pool.span.file, pool.span.start), []).append((pool, *shared))
    for (pool, provider, region), *others in copies.values():
        places = [f"at one provider, `{provider}`"] if provider is not None else []
        places += [f"in one region, `{region}`"] if region is not None else []
        elsewhere = " or ".join(word for word, name in (("provider", provider), ("region", region)) if name is not None)
        yield Finding(
            KIND,
            f"{of_family(pool.name, len(others))} and all its fallbacks are {', and '.join(places)}",
            pool.span,
            f"fall back to a pool of another {elsewhere}, or leave it at that if it is meant",
        )


def _shared(facts: Facts, walks: Walks, keyed: Keyed, start: int) -> tuple[str | None, str | None] | None:
    """The provider and the region that all the hops from a state have in common (None: they differ), or None if
    neither. Raises ``Incomplete``."""
    places: set[tuple[str, str | None]] = set()
    unsure: set[tuple[str, str | None]] = set()
    for pool in dict.fromkeys(walks.pool(state) for state in walks.ahead([start])):
        for pick in keyed.reach.picks(pool):
            upstream = facts.policy.upstreams[pick.member.upstream]
            place = upstream.provider, upstream.region
            if _common(places | {place}) == _common(places):
                continue  # it makes no difference
            try:
                if keyed.request(start, picking(ANY, pick) or ANY) is not None:
                    places.add(place)
            except Incomplete:
                unsure.add(place)
        if places and _common(places) == (None, None):
            return None
    common = _common(places | unsure)
    if common != _common(places):
        raise Incomplete
    return None if common == (None, None) else common


def _common(places: set[tuple[str, str | None]]) -> tuple[str | None, str | None]:
    providers, regions = {provider for provider, _ in places}, {region for _, region in places}
    return (
        next(iter(providers)) if len(providers) == 1 else None,
        next(iter(regions)) if len(regions) == 1 else None,
    )

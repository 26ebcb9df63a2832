"""C306 unpinned-region."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import Facts
from interlock.compiler.wording import of_family
from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.policy import Member, Policy, Pool, To, ToIndexed

DOC = """\
A pool serves an upstream without a `region`, and a rule leads there: where its requests are processed, and so where
their prompt cache is, is left to the provider.

## Why it hurts
A prompt cache lives in one region. An endpoint that picks the region anew for each request, such as a global one or a
geographic profile of Bedrock, may miss the caches that the turn before has written, and write them again at 1.25 or 2
times the input price. And nothing can be proved about where data goes.

## Example
```route
upstream bedrock { provider bedrock; account prod }
pool sonnet { serve bedrock with claude-sonnet-4-6 }
rule everything -> sonnet
```

## What to write instead
The region that its endpoint is in. If the provider has one place only, name it all the same.

```route
upstream bedrock { provider bedrock; account prod; region us_east }
pool sonnet { serve bedrock with claude-sonnet-4-6 }
rule everything -> sonnet
```
"""

KIND = Kind("C306", "unpinned-region", "warning", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each declared pool that rules name and declared upstream without a region."""
    policy = facts.policy
    named = _named(policy)
    copies: dict[tuple[str, int], list[Pool]] = {}
    for pool in policy.pools.values():
        copies.setdefault((pool.span.file, pool.span.start), []).append(pool)
    for pools in copies.values():
        if not any(pool.name in named for pool in pools):
            continue
        unpinned: dict[tuple[str, int], tuple[Pool, Member, set[str]]] = {}
        for pool in pools:
            for member in pool.members:
                upstream = policy.upstreams[member.upstream]
                if upstream.region is None:
                    key = upstream.span.file, upstream.span.start
                    unpinned.setdefault(key, (pool, member, set()))[2].add(pool.name)
        for pool, member, serving in unpinned.values():
            upstream = policy.upstreams[member.upstream]
            family = upstream.family if upstream.family == upstream.name else f"{upstream.family}[r in …]"
            yield Finding(
                KIND,
                f"{of_family(pool.name, len(serving) - 1)} serves `{upstream.name}`, which is pinned to no region",
                member.span,
                f"add `region …` to `upstream {family}`",
                (Related(f"`{upstream.name}` has no `region`", upstream.span),),
            )


def _named(policy: Policy) -> set[str]:
    """The pools that rules name as their destination."""
    named: set[str] = set()
    for rule in policy.rules:
        if isinstance(rule.to, To):
            named.add(rule.to.pool)
        elif isinstance(rule.to, ToIndexed):
            named |= {pool for _, pool in rule.to.pools}
    return named

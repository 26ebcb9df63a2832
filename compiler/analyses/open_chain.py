"""F202 open-chain."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.automaton import Hop
from interlock.compiler.facts import Facts, class_names
from interlock.dsl.finding import Finding, Kind, Witness
from interlock.dsl.policy import CLASSES, UNAVAILABLE

DOC = """\
An error of the provider can reach the client for want of a chain: some request can get to a pool where `overloaded`,
`rate_limited`, `server_error`, `timeout` or `unreachable` is returned, because no chain covers it there.

## Why it hurts
That is the error every fallback exists for. Claude Code then tries the same overloaded place again, up to ten times
(Claude Code issue 49013), and where a gateway's fallback does not cover an overload, nothing says so before the day of
the overload (LiteLLM issues 5512 and 6532). Where it is meant, say so: a chain that ends in `fail 503`.

## Example
```route
fallback opus -> spare -> fail 503 on overloaded
```
A `timeout` at `opus` goes to the client, and so does one at `spare` if it has no chain of its own.

## What to write instead
A chain without `on`, which covers all five, or one more for the classes that are missing.

```route
fallback opus -> spare -> fail 503
```
"""

KIND = Kind("F202", "open-chain", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each declared pool and set of classes left open there."""
    states = facts.table.automaton.states
    missing: dict[str, dict[int, int]] = {}
    for state in facts.reached_states:
        here = states[state]
        if isinstance(here, Hop):
            for class_ in range(len(UNAVAILABLE)):
                if here.next[class_] is None:
                    missing.setdefault(here.pool, {}).setdefault(class_, state)
    groups: dict[tuple[int, str, tuple[int, ...]], list[str]] = {}
    for pool, classes in missing.items():
        span = facts.policy.pools[pool].span
        groups.setdefault((span.start, span.file, tuple(sorted(classes))), []).append(pool)
    for (_, _, open_), pools in groups.items():
        yield _finding(facts, pools, open_, missing[pools[0]])


def _finding(facts: Facts, pools: list[str], open_: tuple[int, ...], where: dict[int, int]) -> Finding:
    pool = facts.policy.pools[pools[0]]
    state = where[open_[0]]
    column, walk = facts.reached_states[state]
    request = facts.request_for(column)
    names = class_names(open_)
    has_chains = any(c.pool == pool.name for c in facts.policy.chains)
    every = len(names) == len(UNAVAILABLE)
    listed = [f"`{n}`" for n in names]
    alternatives = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}"
    errors = "any error of the provider" if every else alternatives
    also = f" (and {len(pools) - 1} more of this family)" if len(pools) > 1 else ""
    on = "" if every else f" on {', '.join(names)}"
    copies = sum(1 for other in facts.policy.pools.values() if other.family == pool.family)
    # For the whole family only where no copy has such a chain already.
    declared = f"{pool.family}[r in …]" if copies == len(pools) > 1 else pool.name
    return Finding(
        KIND,
        f"at `{pool.name}`{also}, {errors} is returned to the client: "
        + ("no chain covers it" if has_chains else "the pool has no fallback"),
        pool.span,
        f"add `fallback {declared} -> fail 503{on}`, or a pool to fall back to",
        (),
        Witness(
            (request,) if request is not None else (),
            (*class_names(walk), CLASSES[open_[0]]),
            facts.pools_along(facts.table.columns[column].state, walk),
        ),
    )

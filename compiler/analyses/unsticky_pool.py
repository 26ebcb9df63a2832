"""C303 unsticky-pool."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import Facts
from interlock.compiler.homes import unsticky
from interlock.dsl.finding import Finding, Kind, Related

DOC = """\
A pool of several members has no `sticky by`, so all its traffic lands on one of them; or it serves one model from
several homes and is sticky by an attribute that may change within a session.

## Why it hurts
Without a key there is nothing to spread by: the second member is never used. With a key that changes, every change
moves the session to a cold prompt cache. Under shuffling, cache hits have fallen from 95% to almost none (LiteLLM
issues 28427, 38078, 6784).

## Example
```route
pool sonnet { serve east with claude-sonnet-4-6; serve west with claude-sonnet-4-6 }
```

## What to write instead
`sticky by session_id`, or another attribute that is `per session`.
"""

KIND = Kind("C303", "unsticky-pool", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each declaration; the copies of a family count as one."""
    policy = facts.policy
    keys = [a.name for a in policy.attributes.values() if a.stability == "per session"]
    key = "session_id" if "session_id" in keys else next(iter(keys), "session_id")
    reported = set()
    for pool in policy.pools.values():
        why = unsticky(policy, pool)
        if why is None or (pool.span.file, pool.span.start) in reported:
            continue
        reported.add((pool.span.file, pool.span.start))
        if why == "no key":
            yield Finding(
                KIND,
                f"`{pool.name}` has {len(pool.members)} members but no `sticky by`: all its traffic lands on one",
                pool.span,
                f"add `sticky by {key}`",
            )
        else:
            assert pool.sticky is not None
            attribute = policy.attributes[pool.sticky]
            yield Finding(
                KIND,
                f"`{pool.name}` serves one model from several homes and is sticky by `{attribute.name}`, "
                "which may change within a session",
                pool.span,
                f"be sticky by `{key}`"
                if key in keys
                else f"declare `{attribute.name}` as `per session` if it is constant within one",
                (Related(f"`{attribute.name}` is {attribute.stability}", attribute.span),),
            )

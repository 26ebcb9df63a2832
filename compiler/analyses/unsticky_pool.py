"""C303 unsticky-pool."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import Facts
from interlock.compiler.homes import unsticky
from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.policy import Pool, StringType

DOC = """\
A pool of several members has no key to spread sessions by, or one that moves them: it has no `sticky by`, so all its
traffic lands on one member; or it serves one model from several homes and is sticky by an attribute that may change
within a session.

## Why it hurts
Without a key there is nothing to spread by: the second member is never used. With a key that changes, every change
moves the session to a cold prompt cache: with sessions of 50 to 150 requests shuffled over several deployments, cache
hits fell from about 95% to almost none (LiteLLM issue 38078, and LiteLLM issue 6784 before it).

## Example
```route
pool sonnet { serve east with claude-sonnet-4-6; serve west with claude-sonnet-4-6 }
```

## What to write instead
A key that is `per session` and has many values.

```route
pool sonnet { serve east with claude-sonnet-4-6; serve west with claude-sonnet-4-6; sticky by session_id }
```
"""

KIND = Kind("C303", "unsticky-pool", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each declaration; the copies of a family count as one."""
    policy = facts.policy
    # A bool or an enum that is per session would do for the cache, but a few values spread no load.
    keys = [
        a.name for a in policy.attributes.values() if a.stability == "per session" and isinstance(a.type, StringType)
    ]
    key = "session_id" if "session_id" in keys else next(iter(keys), None)
    copies: dict[tuple[str, int], list[Pool]] = {}
    for pool in policy.pools.values():
        if unsticky(policy, pool) is not None:
            copies.setdefault((pool.span.file, pool.span.start), []).append(pool)
    for pool, *others in copies.values():
        named = f"`{pool.name}` (and {len(others)} more of this family)" if others else f"`{pool.name}`"
        if pool.sticky is None:
            yield Finding(
                KIND,
                f"{named} has {len(pool.members)} members but no `sticky by`: all its traffic lands on one",
                pool.span,
                f"add `sticky by {key}`" if key else "add `sticky by` and a string that is `per session`",
            )
        else:
            attribute = policy.attributes[pool.sticky]
            declare = f"declare `{attribute.name}` as `per session` if it is constant within one"
            instead = f"write `sticky by {key}`" if key else "be sticky by a string that is `per session`"
            yield Finding(
                KIND,
                f"{named} serves one model from several homes and is sticky by `{attribute.name}`, "
                "which may change within a session",
                pool.span,
                instead if key or attribute.stability == "rising" else declare,
                (Related(f"`{attribute.name}` is {attribute.stability}", attribute.span),),
            )

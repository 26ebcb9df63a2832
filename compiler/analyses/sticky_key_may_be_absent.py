"""C304 sticky-key-may-be-absent."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import Facts
from interlock.compiler.maglev import sorted_members
from interlock.compiler.sticky import declared_with_several, session_keys
from interlock.compiler.wording import of_family
from interlock.dsl.finding import Finding, Kind, Related

DOC = """\
A pool of several members is sticky by an attribute that may be absent. Every request without it lands on one and the
same member.

## Why it hurts
Traffic that sets no such header, a CI job or the main thread beside its subagents, does not spread: it meets the
limits of one upstream while the others idle.

## Example
```route
pool sonnet { serve east with claude-sonnet-4-6; serve west with claude-sonnet-4-6; sticky by agent_id }
```
`agent_id` is absent on the main thread of every session.

## What to write instead
A key that every request has.

```route
pool sonnet { serve east with claude-sonnet-4-6; serve west with claude-sonnet-4-6; sticky by session_id }
```
"""

KIND = Kind("C304", "sticky-key-may-be-absent", "warning", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each declaration; the copies of a family count as one."""
    policy = facts.policy
    for pool, *others in declared_with_several(policy):
        key = policy.attributes[pool.sticky] if pool.sticky is not None else None
        if key is None or not key.optional:
            continue
        better = next((a.name for a in session_keys(policy) if not a.optional), None)
        member = sorted_members(pool)[facts.table.maglev[pool.name][0]]  # the empty key hashes to 0
        yield Finding(
            KIND,
            f"{of_family(pool.name, len(others))} is sticky by `{key.name}`, which may be absent: "
            "every request without it lands on one member",
            pool.span,
            f"write `sticky by {better}`" if better else "be sticky by an attribute that every request has",
            (
                Related("this one", member.span),
                Related(f"`{key.name}` is optional", key.span),
            ),
        )

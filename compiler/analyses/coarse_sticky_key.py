"""C305 coarse-sticky-key."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import Facts
from interlock.compiler.homes import slot
from interlock.compiler.maglev import sorted_members
from interlock.compiler.sticky import declared_with_several, session_keys
from interlock.compiler.wording import of_family
from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.policy import Attribute, BoolType, EnumType, Member, Pool

DOC = """\
A pool of several members is sticky by an enum or a bool. All requests with the same value land on one member, and
there are only a few values.

## Why it hurts
Three values cannot spread load over three upstreams: chance puts two of them on one, and whatever their weights, the
busiest value takes its whole traffic there.

## Example
```route
request { tier : enum(free, team, enterprise) per session }
pool sonnet { serve east with claude-sonnet-4-6; serve west with claude-sonnet-4-6; sticky by tier }
```

## What to write instead
A key with many values. If each value is to have a place of its own, say so with rules.

```route
pool sonnet { serve east with claude-sonnet-4-6; serve west with claude-sonnet-4-6; sticky by session_id }
```
"""

KIND = Kind("C305", "coarse-sticky-key", "warning", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each declaration; the copies of a family count as one."""
    policy = facts.policy
    for pool, *others in declared_with_several(policy):
        key = policy.attributes[pool.sticky] if pool.sticky is not None else None
        if key is None or not isinstance(key.type, BoolType | EnumType):
            continue
        better = next((a.name for a in session_keys(policy)), None)
        yield Finding(
            KIND,
            f"{of_family(pool.name, len(others))} is sticky by `{key.name}`, {_described(key)}: "
            f"they cannot spread load over {len(pool.members)} members",
            pool.span,
            f"write `sticky by {better}`" if better else "be sticky by a string with many values",
            (
                *(Related(f"no value of `{key.name}` lands here", m.span) for m in _idle(facts, pool, key)),
                Related(f"`{key.name}` is declared here", key.span),
            ),
        )


def _described(key: Attribute) -> str:
    if isinstance(key.type, EnumType):
        if key.type.open:
            return "an enum of a few values"
        count = len(key.type.values)
        return f"an enum of {count} value{'s' if count > 1 else ''}"
    return "a bool of two values"


def _idle(facts: Facts, pool: Pool, key: Attribute) -> list[Member]:
    """The members that no value picks, in the order written; none are known of an open enum."""
    values: list[bool | str | None] = [False, True]
    if isinstance(key.type, EnumType):
        if key.type.open:
            return []
        values = [*key.type.values]
    if key.optional:
        values.append(None)
    entries, members = facts.table.maglev[pool.name], sorted_members(pool)
    picked = {members[entries[slot(value)]].name for value in values}
    return [member for member in pool.members if member.name not in picked]

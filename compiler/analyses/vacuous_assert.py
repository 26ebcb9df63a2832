"""A402 vacuous-assert."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.dnf import TooMany
from interlock.compiler.facts import Facts
from interlock.dsl.finding import Finding, Kind
from interlock.dsl.limits import MAX_RULE_COLUMNS

DOC = """\
An assertion claims something of no request: its `when` can hold for none, so it holds whatever the policy does.

## Why it hurts
It looks like a proof and is none: the condition contradicts itself, and the promise is not checked for anybody.

## Example
```route
assert small_stays_home when input_tokens < 8K and input_tokens > 40K   first hop.provider == anthropic
rule otherwise -> haiku
```

## What to write instead
The condition that was meant, often `or` instead of `and`.

```route
assert small_stays_home when input_tokens < 8K or input_tokens > 40K   first hop.provider == anthropic
rule otherwise -> haiku
```
"""

KIND = Kind("A402", "vacuous-assert", "warning", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each assertion about nobody."""
    if not facts.policy.asserts:
        return
    finer = facts.including([item.when for item in facts.policy.asserts])
    for item in facts.policy.asserts:
        try:
            possible = finer.where(item.when)
        except TooMany:
            what, limit = f"whether the condition of `{item.name}` can hold", f"{MAX_RULE_COLUMNS:,} alternatives"
            facts.give_up(item.when.span, what, limit, "split the assertion")
            continue
        if not possible:
            yield Finding(
                KIND,
                f"`{item.name}` says nothing: no request can satisfy its condition",
                item.when.span,
                "correct the condition, or remove the assertion",
            )

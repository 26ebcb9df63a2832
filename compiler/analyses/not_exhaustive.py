"""R103 not-exhaustive."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import Facts
from interlock.dsl.finding import Finding, Kind, Witness

DOC = """\
Some valid request meets no rule. The witness is such a request, with as few attributes as possible.

## Why it hurts
A request without a rule gets a 500, and the first to meet it is a user. Absent attributes are the usual cause: an
absent value satisfies no comparison.

## Example
```route
rule small when input_tokens < 8K -> haiku
rule large when input_tokens > 8K -> opus
```
Exactly 8,000 tokens meet neither.

## What to write instead
A last rule without a condition.

```route
rule small when input_tokens < 8K -> haiku
rule otherwise -> opus
```
"""

KIND = Kind("R103", "not-exhaustive", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the last rule."""
    found = facts.unmatched
    if found is None:
        return
    space = facts.space
    request = space.request(facts.simplest(found, lambda a: space.first_column(a) is None))
    last = facts.policy.rules[-1] if facts.policy.rules else None
    yield Finding(
        KIND,
        "some request meets no rule" if last else f"the policy `{facts.policy.name}` has no rules",
        last.name_span if last else facts.policy.span,
        f"end with a rule that takes the rest: `rule otherwise -> {next(iter(facts.policy.pools), 'POOL')}`",
        (),
        Witness((request,)),
    )

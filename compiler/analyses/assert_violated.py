"""A401 assert-violated."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.assertions import Assertions
from interlock.compiler.facts import Facts
from interlock.dsl.finding import Finding, Kind

DOC = """\
An assertion does not hold: there is a valid request, and a walk over errors, that breaks it. Both are the witness.
`every hop` speaks of all hops that a request meeting `when` can reach, `first hop` of those without any error,
`chain` of complete walks over errors of `unavailable`. What is unknown or not declared satisfies no test.

## Why it hurts
An assertion is a promise somebody relies on: that traffic of the EU stays in the EU, that a prompt survives the loss of
a provider. Fallbacks break such promises most often, as they are written for another reason and rarely taken. Whether
the US is tried when the EU is down should not be a question for an issue tracker (LiteLLM issue 6400).

## Example
```route
fallback west -> east -> fail 503

rule western when home == us_west -> west
rule otherwise -> east

assert west_stays_west when home == us_west every hop.region == us_west
```

## What to write instead
A chain that keeps the promise; or, if it is not meant so strictly, a narrower claim, such as `first hop`.

```route
fallback west -> fail 503

rule western when home == us_west -> west
rule otherwise -> east

assert west_stays_west when home == us_west every hop.region == us_west
```
"""

KIND = Kind("A401", "assert-violated", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each assertion that does not hold."""
    if not facts.policy.asserts:
        return
    assertions = Assertions(facts, facts.policy.asserts)
    for item in facts.policy.asserts:
        broken = next(assertions.broken(item), None)
        if broken is not None:
            message = f"`{item.name}` does not hold: {broken.what}"
            yield Finding(KIND, message, item.name_span, broken.help, broken.related, broken.witness)
        elif assertions.unsure:
            what, limit = f"whether `{item.name}` holds", assertions.limit
            facts.give_up(item.name_span, what, limit, "name fewer things in its `when`, or split it")

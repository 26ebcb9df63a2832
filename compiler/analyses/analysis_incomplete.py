"""S504 analysis-incomplete."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.dsl.finding import Finding, Kind

DOC = """\
Something could not be decided within the limits: the policy is too large or too entangled for it. The analysis says so
rather than guess: what it did not decide, for which declaration, and at which limit.

## Why it hurts
A checker that falls silent when it gives up looks like one that found nothing.

## Example
```route
rule lucky when sample(session_id, "a") < 1% and sample(session_id, "b") < 1% and sample(session_id, "c") < 1%
    and sample(session_id, "d") < 1% and sample(session_id, "e") < 1% and sample(session_id, "f") < 1%
    and sample(session_id, "g") < 1% and sample(session_id, "h") < 1% and sample(session_id, "i") < 1%
    and sample(session_id, "j") < 1% and sample(session_id, "k") < 1% and sample(session_id, "l") < 1%
    and sample(session_id, "m") < 1% and sample(session_id, "n") < 1% and sample(session_id, "o") < 1% -> opus
rule otherwise -> haiku
```
One session in 10^30 is in all fifteen samples. No search finds its id.

## What to write instead
Fewer conditions that interact: one sample instead of many, an enum instead of patterns, a rule split in two.

```route
rule lucky when sample(session_id, "a") < 1% and sample(session_id, "b") < 1% -> opus
rule otherwise -> haiku
```
"""

KIND = Kind("S504", "analysis-incomplete", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """Runs last: what the other analyses noted as undecided."""
    seen = set()
    for span, what, limit, help_, level in facts.undecided:
        if (span, what) not in seen:
            seen.add((span, what))
            yield Finding(KIND, f"{what} was not decided: it takes more than {limit}", span, help_, level=level)
    for rule in sorted(facts.incomplete):
        if rule < 0:
            span, what = facts.policy.span, "whether every request meets a rule"
        else:
            span, name = facts.policy.rules[rule].name_span, facts.policy.rules[rule].name
            what = f"which requests `{name}` decides" if facts.rule_is_reached(rule) else f"whether `{name}` is reached"
        yield Finding(
            KIND,
            f"{what} was not decided: it takes more than {MAX_STEPS:,} steps",
            span,
            "split the rule, or name fewer sets and patterns together",
        )

"""S504 analysis-incomplete."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.dsl.finding import Finding, Kind

DOC = """\
The policy is too large or too entangled to decide something exactly within the limits, and the analysis says so
rather than guess: what it did not decide, for which declaration, and at which limit.

## Why it hurts
A checker that falls silent when it gives up looks like one that found nothing.

## Example
```route
# forty patterns that all overlap: 2^40 combinations
rule a when path like "*a*" and path like "*b*" -> opus
```

## What to write instead
Fewer conditions that interact: prefixes (`"a/*"`) instead of parts (`"*a*"`), an enum instead of patterns, or a
rule split in two.
"""

KIND = Kind("S504", "analysis-incomplete", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """Runs last: what the other analyses noted as undecided."""
    seen = set()
    for span, what, limit, help_ in facts.undecided:
        if (span, what) not in seen:
            seen.add((span, what))
            yield Finding(KIND, f"{what} was not decided: it takes more than {limit}", span, help_)
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

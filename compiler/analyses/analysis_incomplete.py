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
request { path : string }
rule internal when path like "*a*" and path like "*b*" and path like "*c*" and path like "*d*" -> haiku
rule external when path like "*e*" and path like "*f*" and path like "*g*" and path like "*h*" -> sonnet
rule partners when path like "*i*" and path like "*j*" and path like "*k*" and path like "*l*" -> opus
rule everyone when path like "*m*" and path like "*n*" and path like "*o*" and path like "*p*" -> spare
```
Sixteen patterns, and some string matches any combination of them: 65,536 kinds of strings.

## What to write instead
Fewer conditions that interact: prefixes (`"a/*"`) instead of parts (`"*a*"`), an enum instead of patterns, or a
rule split in two.

```route
request { path : string }
rule internal when path like "internal/*" -> haiku
rule partners when path like "partners/*" -> opus
```
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

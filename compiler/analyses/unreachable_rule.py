"""R101 unreachable-rule."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.coverage import never_reached
from interlock.compiler.facts import Facts
from interlock.dsl.finding import Finding, Kind

DOC = """\
A rule is never reached: its predicate can hold, but every request it holds for meets an earlier rule. The finding names
earlier rules that together take all of them (none of the set can be left out), and whether they lead elsewhere. The
witness is a request that the rule holds for and one of those takes; `decide` shows which.

## Why it hurts
The rule was written for a reason, a cheaper pool or a region, and that reason is not being served. In a
gateway's YAML nothing ever says so. Checking rules in pairs misses those that only several rules cover together.

## Example
```route
rule small when input_tokens < 40K  -> haiku
rule large when input_tokens >= 20K -> opus
rule hinted when model_hint == sonnet -> sonnet
```
`small` and `large` leave no request for `hinted`.

## What to write instead
The more specific rule first. If the earlier rules are right, remove this one.

```route
rule hinted when model_hint == sonnet -> sonnet
rule small when input_tokens < 40K -> haiku
rule large -> opus
```
"""

KIND = Kind("R101", "unreachable-rule", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """Rules that are no arm of a ladder; arms are R106."""
    yield from never_reached(facts, KIND, arms=False)

"""R102 never-matches."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.coverage import never_holds
from interlock.compiler.facts import Facts
from interlock.dsl.finding import Finding, Kind

DOC = """\
A rule can match no request at all: its conditions, with those of the `within`s around it, contradict each other, on
numbers, enums, sets or strings.

## Why it hurts
The traffic it was meant for goes wherever a later rule sends it. Routers accept such conditions without a word, and the
decision behind them is dead (vLLM Semantic Router issue 2114).

## Example
```route
rule partners when tenant like "acme/*" and tenant like "globex/*" -> opus
```

## What to write instead
Usually `or` where `and` stands.

```route
rule partners when tenant like "acme/*" or tenant like "globex/*" -> opus
```
"""

KIND = Kind("R102", "never-matches", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """Rules that are no arm of a ladder; arms are R106."""
    yield from never_holds(facts, KIND, arms=False)

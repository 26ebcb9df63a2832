"""R106 unreachable-arm."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.coverage import never_holds, never_reached
from interlock.compiler.facts import Facts
from interlock.dsl.finding import Finding, Kind

DOC = """\
An arm of a ladder never decides: earlier arms or rules take every request it holds for, or its pattern contradicts the
ladder's own condition.

## Why it hurts
A ladder reads as if each step were taken. One that is not is a tier of traffic served by the wrong model.

## Example
```route
rule by_size match input_tokens {
    ..40K    -> haiku
    8K..40K  -> sonnet
    else     -> opus
}
```

## What to write instead
Steps in order that do not overlap.

```route
rule by_size match input_tokens {
    ..8K     -> haiku
    8K..40K  -> sonnet
    else     -> opus
}
```
"""

KIND = Kind("R106", "unreachable-arm", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """R101 and R102 for the arms of ladders."""
    yield from never_reached(facts, KIND, arms=True)
    yield from never_holds(facts, KIND, arms=True)

"""T010 limit-exceeded."""

from __future__ import annotations

from interlock.dsl.finding import Finding, Kind
from interlock.dsl.source import Span

DOC = """\
The policy is larger or more deeply nested than Interlock promises to handle.

## Why it hurts
A check that never ends, or that takes all memory, stops a build without saying why. Every limit is documented and
far above what policies need; past one, the answer is this message, whatever the input.

## Example
```route
let odd = not not not not not not not not not not not not not not not not not not not not not not not not not not not
    not not not not not not not not not not not not not not not not not not not not not not not not not not not not
    not not not not not not not not not not not not not not not not not not has_tools
```

## What to write instead
The same with less nesting, fewer alternatives in one rule, or in several modules.

```route
let odd = not has_tools
```
"""

KIND = Kind("T010", "limit-exceeded", "error", DOC)


def limit_exceeded(span: Span, message: str, help: str) -> Finding:
    """A documented limit is passed at ``span``; ``message`` names the limit."""
    return Finding(KIND, message, span, help)


def nested_too_deeply(limit: int, span: Span) -> Finding:
    """Parentheses, ``not`` and ``within`` are nested more than ``limit`` deep, the span being the
    innermost part that is too deep around something."""
    return limit_exceeded(
        span,
        f"this is nested more than {limit} deep",
        "name a part of it with `let`, or leave out parentheses that change nothing",
    )

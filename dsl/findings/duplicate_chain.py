"""T009 duplicate-chain."""

from __future__ import annotations

from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.source import Span

DOC = """\
A pool has two fallback chains for one error class.

## Why it hurts
Which of the two is walked would depend on the order in the file, and whoever adds a chain below the first would never
know that it is not taken.

## Example
```route
fallback opus -> spare -> fail 503
fallback opus -> fail 529 on overloaded
```
A chain without `on` covers `overloaded` too.

## What to write instead
One chain a class: say with `on` which classes each of them covers.

```route
fallback opus -> spare -> fail 503 on rate_limited, server_error, timeout, unreachable
fallback opus -> fail 529 on overloaded
```
"""

KIND = Kind("T009", "duplicate-chain", "error", DOC)


def duplicate_chain(span: Span, pool: str, classes: tuple[str, ...], first: Span) -> Finding:
    """``classes`` are those that both chains cover."""
    named = ", ".join(f"`{c}`" for c in classes)
    return Finding(
        KIND,
        f"`{pool}` has two chains for {named}",
        span,
        "give each chain its own classes with `on`",
        (Related("the first chain", first),),
    )

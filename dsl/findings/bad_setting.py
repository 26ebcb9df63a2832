"""T011 bad-setting."""

from __future__ import annotations

from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.source import Span

DOC = """\
A setting has a value that makes no sense: a weight outside 1..=100, a pool without members or with one member twice,
a `fail` status that is no HTTP error, an upstream without a provider, a setting given twice.

## Why it hurts
Gateways take such values and do something: a weight of 0 drains a region, `fail 200` looks like an answer.

## Example
```route
pool opus { serve anthropic with claude-opus-4-7 weight 0 }
```

## What to write instead
A value that means something; the help line says which do. A member that is to get no traffic is left out.

```route
pool opus { serve anthropic with claude-opus-4-7 }
```
"""

KIND = Kind("T011", "bad-setting", "error", DOC)


def bad_setting(span: Span, message: str, help_: str, first: Span | None = None) -> Finding:
    """``first`` is the earlier of two places, where there are two."""
    related = (Related("first given here", first),) if first else ()
    return Finding(KIND, message, span, help_, related)

"""T008 family-mismatch."""

from __future__ import annotations

from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.source import Span

DOC = """\
A pool or an upstream is used with the wrong index: a family without one, a single one with one, or a value that is not
in the family. Only a rule may index with an attribute, and only with a required attribute of the family's own enum.

## Why it hurts
A family has a pool for each region, and every request has to go to one of them. An index that is missing or wrong is a
region that was forgotten.

## Example
```route
pool large[r in region] { serve anthropic with claude-opus-4-7 }
rule large when input_tokens >= 40K -> large
```

## What to write instead
`large[us_east]` for one of them, `large[home]` for the one that the request's attribute names.

```route
pool large[r in region] { serve anthropic with claude-opus-4-7 }
rule large when input_tokens >= 40K -> large[home]
```
"""

KIND = Kind("T008", "family-mismatch", "error", DOC)


def family_mismatch(span: Span, message: str, help_: str, declared: Span | None = None) -> Finding:
    """``declared`` is the family's declaration."""
    related = (Related("declared here", declared),) if declared else ()
    return Finding(KIND, message, span, help_, related)

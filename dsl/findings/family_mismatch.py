"""T008 family-mismatch."""

from __future__ import annotations

from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.source import Span

DOC = """\
A reference to a family of pools or upstreams lacks its index, or has one that is surplus or not in the family. Only a
rule may index with an attribute, and only with a required attribute of the family's own enum.

## Why it hurts
Every region needs to go somewhere; a family that is half indexed is the region that was forgotten.

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

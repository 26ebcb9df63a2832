"""T004 type-mismatch."""

from __future__ import annotations

from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.source import Span

DOC = """\
A value, comparison or option does not fit the type of its attribute: a number where an enum is, `like` on an
int, `has` on an attribute that is always present, a bare word where a string is.

## Why it hurts
Untyped conditions do not fail, they just never hold: `"5" == 5` is false in one gateway and true in the next.

## Example
```route
request { tier : enum(free, team, enterprise) per session }
rule team when tier == 2 -> opus
```

## What to write instead
A value of the attribute's type: `tier == team`, `tenant == "acme"`, `input_tokens >= 40K`.

```route
request { tier : enum(free, team, enterprise) per session }
rule team when tier == team -> opus
```
"""

KIND = Kind("T004", "type-mismatch", "error", DOC)


def type_mismatch(span: Span, message: str, help_: str, declared: Span | None = None) -> Finding:
    """``declared`` is the attribute's declaration, shown as a related place."""
    related = (Related("declared here", declared),) if declared else ()
    return Finding(KIND, message, span, help_, related)

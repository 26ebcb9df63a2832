"""T005 unknown-enum-value."""

from __future__ import annotations

from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.nearest import nearest
from interlock.dsl.source import Span

DOC = """\
A value is not one of its enum. An open enum, one that ends in `...`, admits other values in requests, but the policy
may name only the listed ones.

## Why it hurts
A condition on a misspelt value never holds, and nobody sees it not holding.

## Example
```route
request { tier : enum(free, team, enterprise) per session }
rule team when tier == teem -> opus
```

## What to write instead
One of the declared values, or add the value to the enum.

```route
request { tier : enum(free, team, enterprise) per session }
rule team when tier == team -> opus
```
"""

KIND = Kind("T005", "unknown-enum-value", "error", DOC)


def unknown_enum_value(span: Span, value: str, values: tuple[str, ...], owner: str, declared: Span) -> Finding:
    """``owner`` is the enum or attribute in backticks; ``values`` its values."""
    close = nearest(value, values)
    shown = ", ".join(values[:8]) + (", …" if len(values) > 8 else "")
    return Finding(
        KIND,
        f"`{value}` is not a value of {owner}",
        span,
        f"did you mean `{close}`?" if close else f"its values are {shown}",
        (Related("declared here", declared),),
    )

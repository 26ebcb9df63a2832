"""T005 unknown-enum-value."""

from __future__ import annotations

from interlock.dsl.finding import Finding, Fix, Kind, Related
from interlock.dsl.nearest import nearest, only_nearest
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


def unknown_enum_value(
    span: Span, value: str, values: tuple[str, ...], owner: str, declared: Span, open_: bool = False
) -> Finding:
    """``owner`` is the enum or attribute in backticks; ``values`` its values, all it lists if it is ``open_``."""
    close = nearest(value, values)
    shown = ", ".join(values[:8]) + (", …" if len(values) > 8 else "")
    if close:
        help_ = f"did you mean `{close}`?"
    elif open_:
        help_ = f"name one of {shown}, or add `{value}` to the enum"
    else:
        help_ = f"write one of {shown}"
    return Finding(
        KIND,
        f"`{value}` is not a value of {owner}",
        span,
        help_,
        (Related("declared here", declared),),
        fix=_fix(span, value, values),
    )


def _fix(span: Span, value: str, values: tuple[str, ...]) -> Fix | None:
    """The value that was meant, if there is no doubt which."""
    meant = only_nearest(value, values)
    if meant is None:
        return None
    from interlock.dsl.edits import respelling

    return respelling(span, meant)

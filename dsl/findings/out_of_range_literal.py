"""T006 out-of-range-literal."""

from __future__ import annotations

from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.source import Span

DOC = """\
A literal lies outside its range, or a range is empty or reversed. The range is that of the attribute, or of integers:
±(2^53−1). The open end of a range and the right side of `<` may equal the end of the attribute's range.

## Why it hurts
A threshold above the largest value there is makes a rule that never fires: a zero too many, a number that was meant
for another attribute.

## Example
```route
request { hour : int(0..24) per turn from gateway "hour" }
rule night when hour in 22..30 -> haiku
```

## What to write instead
A number within the declared range, or a wider declaration. A range that goes to the end may say so or leave it open.

```route
request { hour : int(0..24) per turn from gateway "hour" }
rule night when hour in 22..24 or hour in ..6 -> haiku
```
"""

KIND = Kind("T006", "out-of-range-literal", "error", DOC)


def outside_range(span: Span, literal: str, owner: str, lo: int, hi: int, declared: Span | None = None) -> Finding:
    """``literal`` as written; ``owner`` what has the range, in the user's words."""
    related = (Related("declared here", declared),) if declared else ()
    return Finding(
        KIND,
        f"`{literal}` lies outside {owner}, {_short(lo)}..={_short(hi)}",
        span,
        f"write a number from {_short(lo)} to {_short(hi)}",
        related,
    )


def beyond_integers(span: Span, literal: str) -> Finding:
    """A number that some JSON reader would round."""
    return Finding(
        KIND,
        f"`{literal}` lies beyond ±(2^53−1), where integers end",
        span,
        "write a smaller one; integers go from -9_007_199_254_740_991 to 9_007_199_254_740_991",
    )


def no_share(span: Span, literal: str) -> Finding:
    """More than all."""
    return Finding(KIND, f"`{literal}` is more than everything", span, "write a share from 0% to 100%")


def empty_range(span: Span, literal: str) -> Finding:
    """A range without a value."""
    return Finding(
        KIND,
        f"the range `{literal}` is empty",
        span,
        "write the lower end first; `a..b` leaves out b, `a..=b` has both",
    )


def _short(number: int) -> str:
    """A number as people write it: 1M, 40K."""
    for unit, size in (("M", 1_000_000), ("K", 1_000)):
        if number and number % size == 0:
            return f"{number // size}{unit}"
    return str(number)

"""S503 unused-allow."""

from __future__ import annotations

from interlock.dsl.finding import Edit, Finding, Fix, Kind, Related
from interlock.dsl.source import Span

DOC = """\
A comment `# interlock: allow …` does nothing: what stands below it has no such finding, or the comment is not written
as an allow is, so that it allows nothing.

## Why it hurts
An allow is a promise that somebody looked. One that outlives its finding stays silent when the finding comes back for
another reason, and one that never worked leaves its author wondering why the check still fails.

## Example
```route
# interlock: allow unreachable-rule -- kept until the old clients are gone
rule large when input_tokens >= 100K -> opus
rule otherwise -> haiku
```
The rule is reached, so there is nothing to allow.

## What to write instead
Nothing, or an allow on the line above the declaration that has the finding. It names one finding or several, by slug or
by code, and gives a reason after two dashes.

```route
rule large when input_tokens >= 100K -> opus
# interlock: allow unreachable-rule -- kept until the old clients are gone
rule huge when input_tokens >= 200K -> opus
rule otherwise -> haiku
```
"""

KIND = Kind("S503", "unused-allow", "warning", DOC)

FORM = "`# interlock: allow SLUG -- REASON`"


def no_allow(span: Span, message: str, help_: str) -> Finding:
    """A comment that was meant as an allow and is none, or one that cannot be."""
    return Finding(KIND, message, span, help_)


def silences_nothing(
    span: Span, words: tuple[str, ...], elsewhere: tuple[Span, ...], removal: Edit, *, already: bool
) -> Finding:
    """An allow that names ``words`` for nothing. ``elsewhere`` are places in its file that have such findings;
    ``already``: another allow silences what this one could."""
    named = " and ".join(f"`{word}`" for word in words)
    if already:
        why = f"another allow silences {named} here"
    else:
        why = f"there is no {' or '.join(f'`{word}`' for word in words)} in what stands below it"
    move = "move it right above the declaration with the finding, or take" if elsewhere else "take"
    return Finding(
        KIND,
        f"this allow silences nothing: {why}",
        span,
        f"{move} {named if removal.text else 'it'} out",
        tuple(Related("this one is not allowed", other) for other in elsewhere),
        fix=Fix("take the unused allow out", (removal,), safe=True),
    )

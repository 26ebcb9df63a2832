"""T003 duplicate-name."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.source import Span

DOC = """\
Two declarations of one kind share a name, or lets refer to each other in a circle. It does not matter in which files
they stand. Attributes and lets share their names; rules and ladders do too.

## Why it hurts
In YAML the later key wins silently, and of two decisions of one name a router took the one with the higher priority
without a word (vLLM Semantic Router issue 2114). Which of two pools a rule means must not depend on the order of files.

## Example
```route
let large = input_tokens >= 40K
let large = input_tokens >= 100K
```

## What to write instead
Two names, or one declaration.

```route
let large = input_tokens >= 40K
let huge = input_tokens >= 100K
```
"""

KIND = Kind("T003", "duplicate-name", "error", DOC)


def duplicate_name(span: Span, what: str, name: str, first: Span) -> Finding:
    """``span`` is the second declaration's name, ``first`` the first one's."""
    return Finding(
        KIND,
        f"the {what} `{name}` is declared twice",
        span,
        f"rename this {what}, or remove one of the two",
        (Related("first declared here", first),),
    )


def taken_name(span: Span, what: str, name: str, by: str, first: Span) -> Finding:
    """``name``, that of a second declaration of kind ``what``, is already that of a declaration of kind ``by``."""
    return Finding(
        KIND,
        f"`{name}` is the name of {by} already",
        span,
        f"rename this {what}: attributes and lets share their names",
        (Related("first declared here", first),),
    )


def only_once(span: Span, what: str, owner: str, first: Span) -> Finding:
    """``what`` stands twice in ``owner``, where it has its place once; both in the user's words."""
    return Finding(
        KIND, f"{what} stands twice in {owner}", span, "remove one of the two", (Related("first here", first),)
    )


def cycle_of_lets(names: Sequence[str], spans: Sequence[Span]) -> Finding:
    """``names`` around the circle, each once; ``spans`` of their names."""
    words = [f"`{n}`" for n in (*names, names[0])]
    if len(words) > 9:
        words = [*words[:6], f"{len(words) - 8} more", *words[-2:]]
    around = " → ".join(words)
    related = tuple(Related(f"`{n}` is declared here", s) for n, s in zip(names[1:9], spans[1:9], strict=True))
    help_ = f"write out what `{names[0]}` is without {words[1]}{'' if names[1:] else ' itself'}"
    return Finding(KIND, f"the let `{names[0]}` is defined by itself: {around}", spans[0], help_, related)

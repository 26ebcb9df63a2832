"""T002 unknown-name."""

from __future__ import annotations

from collections.abc import Iterable

from interlock.dsl.finding import Finding, Kind
from interlock.dsl.nearest import nearest
from interlock.dsl.source import Span

DOC = """\
A name is used that nothing declares: an attribute, let, enum, model, upstream, pool, rule, error class or setting.

## Why it hurts
A gateway's YAML accepts a fallback to a group that does not exist, and says so only when the request that needed it
fails.

## Example
```route
rule large when input_tokns >= 40K -> opus
```

## What to write instead
The name that is declared; the help line names the nearest one. Or declare it, or import the module that does.

```route
rule large when input_tokens >= 40K -> opus
```
"""

KIND = Kind("T002", "unknown-name", "error", DOC)


def unknown_name(span: Span, what: str, name: str, known: Iterable[str], other: str | None = None) -> Finding:
    """``what`` is the kind of thing in the user's words ("pool", "error class"); ``known`` the names there are;
    ``other`` what else is called so ("a model")."""
    known = list(known)
    close = nearest(name, known)
    if other:
        help_ = f"`{name}` is {other}; name {'an' if what[0] in 'aeiou' else 'a'} {what} here"
    elif close:
        help_ = f"did you mean `{close}`?"
    elif not known:
        help_ = f"this policy declares no {what}; declare `{name}` or import the module that does"
    elif len(known) <= 8:
        help_ = f"there is {', '.join(f'`{k}`' for k in known)}"
    else:
        help_ = f"declare `{name}`, or import the module that does"
    return Finding(KIND, f"unknown {what} `{name}`", span, help_)

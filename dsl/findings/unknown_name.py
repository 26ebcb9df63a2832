"""T002 unknown-name."""

from __future__ import annotations

from collections.abc import Iterable

from interlock.dsl.finding import Finding, Fix, Kind
from interlock.dsl.nearest import nearest, only_nearest
from interlock.dsl.source import Span

DOC = """\
A name is used that nothing declares: an attribute, let, enum, model, upstream, pool, rule, error class or setting.

## Why it hurts
A gateway's YAML accepts a fallback to a group that does not exist, and says so only when the request that needed it
fails. Where a decision named an unknown model, the first request got `401 No api key`; where a condition named an
unknown signal, it never matched, and nobody was told (vLLM Semantic Router issue 2114).

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

_PLURALS = {
    "field of a hop": "fields of a hop",
    "measure of a chain": "measures of a chain",
    "error class": "error classes",
    "attribute or let": "attributes and lets",
}

KIND = Kind("T002", "unknown-name", "error", DOC)


_ELSEWHERE = {
    **dict.fromkeys(["integer", "number", "float", "double", "long"], "int(0..=1M)"),
    **dict.fromkeys(["list", "array", "strings"], "set(string)"),
    **dict.fromkeys(["str", "text"], "string"),
}
"""What the types of other languages are here."""


def unknown_name(
    span: Span, what: str, name: str, known: Iterable[str], other: str | None = None, module: str | None = None
) -> Finding:
    """``what`` is the kind of thing in the user's words ("pool", "error class"); ``known`` the names there are;
    ``other`` what else is called so ("a model"); ``module`` the standard module that knows the very name."""
    known = list(known)
    close = _ELSEWHERE.get(name.casefold()) if what == "type" else None
    if what == "pool" and name[:4] == "fail" and name[-3:].isdecimal():
        close = f"fail {name[-3:]}"
    close = close or nearest(name, known)
    if module:
        help_ = f'write `import "{module}"`, which knows it'
    elif other:
        help_ = f"`{name}` is {other}; name {'an' if what[0] in 'aeiou' else 'a'} {what} here"
    elif close:
        help_ = f"did you mean `{close}`?"
    elif not known:
        help_ = f"this policy declares no {what}; declare `{name}` or import the module that does"
    elif len(known) == 1:
        help_ = f"the only {what} is `{known[0]}`"
    elif len(known) <= 8:
        quoted = [f"`{k}`" for k in known]
        help_ = f"the {_PLURALS.get(what, what + 's')} are {', '.join(quoted[:-1])} and {quoted[-1]}"
    else:
        help_ = f"declare `{name}`, or import the module that does"
    return Finding(
        KIND, f"unknown {what} `{name}`", span, help_, fix=None if module else _fix(span, what, name, known, other)
    )


def _fix(span: Span, what: str, name: str, known: list[str], other: str | None) -> Fix | None:
    """The name that was meant, if there is no doubt which."""
    if other or (what == "type" and name.casefold() in _ELSEWHERE):
        return None
    meant = only_nearest(name, known)
    if meant is None or (what == "type" and meant in ("int", "set", "enum")):  # these are more than a word
        return None
    from interlock.dsl.edits import respelling

    return respelling(span, meant)

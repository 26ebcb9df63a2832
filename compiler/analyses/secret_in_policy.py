"""S501 secret-in-policy."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.dsl import syntax as s
from interlock.dsl.credentials import credentials, in_source
from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.load import Program
from interlock.dsl.source import Span

DOC = """\
A literal looks like a credential: the key of a provider (`sk-ant-…`, `AKIA…`, `AIza…` and the like), a token of
GitHub, GitLab, Slack or Hugging Face, a JSON web token, what follows `Bearer`, a private key, a password or a key in
a URL. Only known shapes are found; nothing is guessed from how random a text looks. Neither this nor any other
finding shows the credential.

## Why it hurts
A policy lives in a repository, in build logs and in every gateway that loads it. Whoever may read one of them can
spend on the account, and a key that once was in a repository's history stays there.

## Example
```route
upstream gateway {
    provider anthropic
    region   us_east
    endpoint "https://egress.internal/v1?api_key=4f9a2c71d8e05b36"
}
```

## What to write instead
Revoke the credential. A policy needs none: the gateway has its keys in its own configuration, and a URL that holds
one can come from the environment.

```route
upstream gateway { provider anthropic; region us_east; endpoint env EGRESS_URL }
```
"""

KIND = Kind("S501", "secret-in-policy", "error", DOC)


def check_text(program: Program) -> Iterator[Finding]:
    """One finding for each credential of each file, at the first place where it is written."""
    for module in program.modules:
        if not in_source(module.source):
            continue  # nearly always, and walking over a large policy takes a while
        yield from _in_comments(module)
        places: dict[tuple[str, str], list[s.Name | s.Str | s.Pattern]] = {}
        for literal in _literals(module.declarations):
            for piece in literal.pieces if isinstance(literal, s.Pattern) else (literal.text,):
                for found in credentials(piece):
                    places.setdefault((found.what, piece[found.start : found.end]), []).append(literal)
        for (what, _), literals in places.items():
            first, *others = literals
            yield Finding(
                KIND,
                f"this {_noun(first)} holds what looks like {what}",
                first.span,
                _help(first, module.declarations),
                tuple(Related("and here", other.span) for other in others),
            )


def _in_comments(module: s.Module) -> Iterator[Finding]:
    for comment in module.comments:
        for found in credentials(comment.text):
            at = comment.span.start
            span = Span(module.source, at + found.start, at + found.end)
            yield Finding(KIND, f"this comment holds what looks like {found.what}", span, _TAKE_OUT)


_TAKE_OUT = "revoke it and take it out: whoever reads this file or its history has it"


def _noun(literal: s.Name | s.Str | s.Pattern) -> str:
    if isinstance(literal, s.Pattern):
        return "pattern"
    return "string" if isinstance(literal, s.Str) or literal.quoted else "name"


def _help(literal: s.Name | s.Str | s.Pattern, declarations: tuple[s.Declaration, ...]) -> str:
    for declaration in declarations:
        if isinstance(declaration, s.Upstream):
            for member in declaration.members:
                if isinstance(member, s.Endpoint) and member.value is literal:
                    return "revoke it, and write `endpoint env NAME` to take the URL from the environment"
    return _TAKE_OUT


def _literals(node: object) -> Iterator[s.Name | s.Str | s.Pattern]:
    """Every name, string and pattern in a part of the tree, in the order of the text."""
    if isinstance(node, s.Name | s.Str | s.Pattern):
        yield node
    elif isinstance(node, tuple):
        for item in node:
            yield from _literals(item)
    elif not isinstance(node, Span):
        for name in getattr(node, "__slots__", ()):
            yield from _literals(getattr(node, name))

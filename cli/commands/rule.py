"""``interlock rule``: the documentation of findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, out
from interlock.cli.options import ColorOption

if TYPE_CHECKING:
    from interlock.cli.console import Console
    from interlock.dsl.finding import Kind


def run(
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="A code or a slug: R101, unreachable-rule; or R.", show_default=False),
    ] = None,
    color: ColorOption = "auto",
) -> None:
    """What a finding means.

    Why it hurts, an example, and what to write instead. Without a code: the list.
    """
    from interlock.compiler.catalogue import catalogue

    kinds = catalogue()
    console = out(color)
    word = (code or "").strip()
    slug = word.lower().replace("_", "-").replace(" ", "-")
    kind = next((kind for kind in kinds.values() if slug in (kind.slug, kind.code.lower())), None)
    if kind is not None:
        _document(kind, console)
        return
    listed = [kind for kind in kinds.values() if kind.code.startswith(word.upper())]
    if not listed:
        complain(f"`{word}` is no finding; {_advice(slug, kinds)}", color)
        raise typer.Exit(2)
    _list(listed, console)


def _advice(slug: str, kinds: dict[str, Kind]) -> str:
    """The findings that may have been meant: the nearest, or those that have the word in their names."""
    from interlock.dsl.nearest import nearest

    within = [kind.slug for kind in kinds.values() if slug in kind.slug] if len(slug) > 2 else []
    close = nearest(slug, [kind.slug for kind in kinds.values()]) or nearest(slug.upper(), kinds)
    meant = [close] if close else within[:3]
    if not meant:
        return "`interlock rule` lists them"
    return f"did you mean {' or '.join(f'`{slug}`' for slug in meant)}?"


def _list(kinds: list[Kind], console: Console) -> None:
    from interlock.cli.cells import wrap
    from interlock.cli.render.doc import first_sentence
    from interlock.compiler.catalogue import GROUPS

    slugs = max(len(kind.slug) for kind in kinds)
    indent = 2 + 4 + 2 + slugs + 2 + 7 + 2
    room = max(24, console.width - indent)
    for letter, (heading, _) in GROUPS.items():
        group = [kind for kind in kinds if kind.code.startswith(letter)]
        if not group:
            continue
        console.line(console.paint("strong", heading))
        for kind in group:
            severity = kind.severity if kind.on else "off"
            role = kind.severity if kind.on else "dim"
            head = f"  {kind.code}  {kind.slug:<{slugs}}  {console.paint(role, f'{severity:<7}')}  "
            first, *rest = wrap(first_sentence(kind.doc), room, room)
            console.line(head + console.prose(first))
            for line in rest:
                console.line(" " * indent + console.prose(line))
        console.line()
    console.line(console.prose("`interlock rule CODE` explains one of them"))


def _document(kind: Kind, console: Console) -> None:
    severity = console.paint(kind.severity, kind.severity)
    off = "" if kind.on else ", off by default"
    console.line(f"{console.paint('strong', f'{kind.code} {kind.slug}')} ({severity}{off})")
    console.line()
    doc = kind.doc.strip() + _meant(kind)
    if not console.terminal and not console.colored:
        console.line(doc)  # Markdown, for whatever reads it next
        return
    from interlock.cli.render.doc import doc_lines

    for line in doc_lines(doc, console):
        console.line(line)


def _meant(kind: Kind) -> str:
    if kind.code.startswith("T") or kind.code == "S503":  # neither can be allowed
        return ""
    return f"""

## When it is meant
Say so on the line above the declaration, or set the severity of `{kind.slug}` in `interlock.toml`.

```route
# interlock: allow {kind.slug} -- WHY IT IS MEANT
```"""

"""``interlock rule``: the documentation of a finding."""

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
        typer.Argument(metavar="[CODE]", help="A code or a slug: R101, unreachable-rule.", show_default=False),
    ] = None,
    color: ColorOption = "auto",
) -> None:
    """What a finding means.

    Why it hurts, an example, and what to write instead. Without a code: the list.
    """
    from interlock.compiler.catalogue import catalogue

    kinds = catalogue()
    console = out(color)
    if code is None:
        _list(kinds, console)
        return
    by_slug = {kind.slug: kind for kind in kinds.values()}
    kind = kinds.get(code.upper()) or by_slug.get(code.lower())
    if kind is None:
        from interlock.dsl.nearest import nearest

        close = nearest(code, [*kinds, *by_slug])
        advice = f"did you mean `{close}`?" if close else "`interlock rule` lists them"
        complain(f"`{code}` is no finding; {advice}", color)
        raise typer.Exit(2)
    _document(kind, console)


def _list(kinds: dict[str, Kind], console: Console) -> None:
    from interlock.cli.cells import wrap
    from interlock.cli.render.doc import first_sentence

    slugs = max(len(kind.slug) for kind in kinds.values())
    indent = 4 + 2 + slugs + 2 + 7 + 2
    for kind in kinds.values():
        head = f"{console.paint('strong', kind.code)}  {kind.slug:<{slugs}}  "
        head += console.paint(kind.severity, f"{kind.severity:<7}") + "  "
        room = max(24, console.width - indent)
        first, *rest = wrap(first_sentence(kind.doc), room, room)
        console.line(head + console.prose(first))
        for line in rest:
            console.line(" " * indent + console.prose(line))


def _document(kind: Kind, console: Console) -> None:
    severity = console.paint(kind.severity, kind.severity)
    console.line(f"{console.paint('strong', f'{kind.code} {kind.slug}')} ({severity})")
    console.line()
    if not console.terminal:
        console.line(kind.doc.strip())  # Markdown, for whatever reads it next
        return
    from interlock.cli.render.doc import doc_lines

    for line in doc_lines(kind.doc, console):
        console.line(line)

"""``interlock git-diff``: what git calls for `git diff` of a policy (gitattributes(5), "Defining an external diff
driver"). `interlock init --git` says how to set it up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.cells import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlock.cli.console import Color, Console
    from interlock.compiler.diff.side import Side
    from interlock.dsl.source import Source

_NOTHING = "/dev/null"


def run(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE [NEW-PATH INFO]",
            help="As git gives them.",
        ),
    ],
) -> None:
    """Show a changed file as `git diff` does, and then what changes for whom.

    For git to call; always exits 0 where it could show the text, as git stops at anything else.
    """
    from interlock.cli.console import out

    if len(arguments) not in (1, 7, 9):
        raise typer.BadParameter("it is for git to call: see `interlock init --git`", param_hint="PATH …")
    console = out(_color())
    try:
        _show(arguments, console)
        console.stream.flush()
    except BrokenPipeError:
        os._exit(0)  # whoever read us has seen enough, which is no reason for git to complain


def _show(arguments: Sequence[str], console: Console) -> None:
    if len(arguments) == 1:
        console.line(f"* Unmerged path {plain(arguments[0])}")
        return
    path, old, _, old_mode, new, _, new_mode, *rest = arguments
    renamed = rest[0] if rest else path
    title = f"diff --interlock a/{plain(path)} b/{plain(renamed)}"
    if _NOTHING not in (old, new) and old_mode != new_mode:
        title += f" (mode {old_mode} → {new_mode})"
    console.line(console.paint("strong", title))
    before, after = _source(f"a/{path}", old), _source(f"b/{renamed}", new)
    from interlock.cli.render.diff import write_diff

    write_diff(before, after, console)
    if _NOTHING in (old, new):
        return
    _behaviour((path, before), (renamed, after), console)


def _behaviour(old: tuple[str, Source], new: tuple[str, Source], console: Console) -> None:
    from interlock.cli.commands.diff import write
    from interlock.cli.files import Unusable
    from interlock.cli.versions import Refused
    from interlock.compiler.diff.whole import TooLarge, diff

    console.line()
    try:
        before, after = _side(*old), _side(*new)
        found = diff(before, after)
    except (Unusable, TooLarge) as error:
        console.line(console.paint("dim", f"what changes for whom cannot be said: {plain(str(error))}"))
        for finding in error.findings[:3] if isinstance(error, Refused) else ():
            where = f"{finding.span.file}:{finding.span.first[0]}"
            console.line(f"  {plain(where)}: {plain(finding.message)}")
        return
    write(found, "text", console)
    if any(not key.startswith("std/") for key, _ in (*before.texts[:-1], *after.texts[:-1])):
        console.line()
        console.line(console.paint("dim", "for both, imported files are read as they are in the work tree"))


def _side(path: str, source: Source) -> Side:
    from interlock.cli.settings import Resolver
    from interlock.cli.versions import side_of_data

    data = source.text.encode("utf-8", "surrogateescape")
    return side_of_data(source.name, path, data, Resolver().of(path), None, piped=True)


def _source(name: str, file: str) -> Source:
    """The content that git has for a name. Raises ``OSError``."""
    from interlock.dsl.load import read_bytes
    from interlock.dsl.source import Source

    if file == _NOTHING:
        return Source(_NOTHING, "")
    return Source(name, read_bytes(file).decode("utf-8", "surrogateescape"))


def _color() -> Color:
    """As git is set to do, which tells of a pager that it has started, but not of colours."""
    from interlock.cli.git import says

    paged = "GIT_PAGER_IN_USE" in os.environ
    wanted = says("config", "--get-colorbool", "color.diff", "true" if paged else "false")
    return "always" if paged and wanted == "true" and not os.environ.get("NO_COLOR") else "auto"

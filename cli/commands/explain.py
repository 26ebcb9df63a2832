"""``interlock explain``: where a request goes, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from interlock.cli.console import out
from interlock.cli.options import After, ColorOption, FileOrTable, Format, Root, error_classes, pick_format


def run(
    file: FileOrTable,
    request: Annotated[
        str | None, typer.Option("--request", metavar="JSON", help="The request, as a JSON object.")
    ] = None,
    record: Annotated[
        str | None,
        typer.Option(
            "--record",
            metavar="JSON|@FILE|-",
            help="The record of a decision, as a gateway logged it: its text, a file that holds it, or standard input.",
        ),
    ] = None,
    after: After = None,
    every: Annotated[bool, typer.Option("--all", help="All earlier rules, not only the last 20.")] = False,
    format_: Format = "text",
    root: Root = None,
    color: ColorOption = "auto",
) -> None:
    """Where a request goes, and why.

    Also: why no earlier rule took it, the walk that would follow, and the pool's pick. FILE_OR_TABLE may be
    REV:PATH, a file as it was in git.
    """
    if (request is None) == (record is None):
        raise typer.BadParameter("give one of the two", param_hint="--request / --record")
    if record is not None and after:
        raise typer.BadParameter("a record has its own", param_hint="--after")
    if record == file == "-":
        raise typer.BadParameter("only one of policy and record can be -", param_hint="--record")
    format_ = pick_format(format_)
    classes = error_classes(after)
    from interlock.cli.explained import Explained
    from interlock.cli.requests import request_or_exit
    from interlock.cli.tables import load_table

    if request is not None:
        value = request_or_exit(request, color)
        loaded = load_table(file, root, color)
        explained = Explained.along(loaded, loaded.table.explain(value), classes)
    else:
        from interlock.cli.records import explained_record, record_or_exit

        assert record is not None
        told = record_or_exit(record, color)
        explained = explained_record(load_table(file, root, color), told, file, color)
    console = out(color)
    if format_ == "json":
        from interlock.cli.render.json import write_json

        write_json(explained.to_dict(), console)
        return
    from interlock.cli.render.explanation import write_explanation

    write_explanation(explained, console, every)

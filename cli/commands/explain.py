"""``interlock explain``: where a request goes, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from interlock.cli.console import out
from interlock.cli.options import After, ColorOption, FileOrTable, Format, Root, error_classes, pick_format


def run(
    file: FileOrTable,
    request: Annotated[str, typer.Option("--request", metavar="JSON", help="The request, as a JSON object.")],
    after: After = None,
    every: Annotated[bool, typer.Option("--all", help="All earlier rules, not only the last 20.")] = False,
    format_: Format = "text",
    root: Root = None,
    color: ColorOption = "auto",
) -> None:
    """Where a request goes, and why.

    Also: why no earlier rule took it, the walk that would follow, and the pool's pick.
    """
    format_ = pick_format(format_)
    classes = error_classes(after)
    from interlock.cli.explained import Explained
    from interlock.cli.requests import request_or_exit
    from interlock.cli.tables import load_table

    value = request_or_exit(request, color)
    loaded = load_table(file, root, color)
    explained = Explained.of(loaded, value, classes)
    console = out(color)
    if format_ == "json":
        from interlock.cli.render.json import write_json

        write_json(explained.to_dict(), console)
        return
    from interlock.cli.render.explanation import write_explanation

    write_explanation(explained, console, every)

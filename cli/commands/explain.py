"""``interlock explain``: where a request goes, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from interlock.cli.options import After, ColorOption, FileOrTable, Format, Root


def run(
    file: FileOrTable,
    request: Annotated[str, typer.Option("--request", metavar="JSON", help="The request, as a JSON object.")],
    after: After = None,
    format_: Format = "text",
    root: Root = None,
    color: ColorOption = "auto",
) -> None:
    """Where a request goes, and why.

    Also: why no earlier rule took it, the walk that would follow, and the pool's pick.
    """

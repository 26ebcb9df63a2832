"""Commands that are designed but not built: known by name, so that the answer is clear."""

from __future__ import annotations

import typer

from interlock.cli.options import not_yet

COMMANDS = ("diff",)


def run(context: typer.Context) -> None:
    """Not part of this version yet."""
    not_yet(f"`interlock {context.info_name}`")

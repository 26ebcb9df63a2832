"""A finding as lines of plain text, for formats that have a field for prose and no drawing."""

from __future__ import annotations

from interlock.cli.cells import plain
from interlock.cli.render.text import command
from interlock.dsl.finding import Finding


def commands(finding: Finding, file: str, root: str | None) -> list[str]:
    """The commands that show what a finding claims, one for each request of its witness; none for standard input,
    which no command can name."""
    if finding.witness is None or file == "-":
        return []
    after = finding.witness.after
    return [plain(command("decide", file, request, after, root)) for request in finding.witness.requests]


def remarks(finding: Finding, file: str, root: str | None) -> list[str]:
    """What follows the message and the related places: how to see it happen, what to know, what to write."""
    lines = [f"try: {line}" for line in commands(finding, file, root)]
    lines += [f"note: {plain(note)}" for note in finding.notes]
    return [*lines, f"help: {plain(finding.help)}"] if finding.help else lines

"""What changes in a file, as a unified diff."""

from __future__ import annotations

from interlock.cli.cells import plain
from interlock.cli.console import Console
from interlock.dsl.credentials import starred
from interlock.dsl.source import Source

_ROLES = {"+": "good", "-": "bad", "@": "code"}


def write_diff(old: Source, new: Source, console: Console) -> None:
    """Write the lines that differ, with what is around them. ``old`` and ``new`` have the names to show."""
    from difflib import unified_diff

    # A diff is for looking at, in logs too: it shows no credential.
    before, after = (starred(source).text.splitlines(keepends=True) for source in (old, new))
    for line in unified_diff(before, after, old.name, new.name):
        text = line.rstrip("\n")
        shown = plain(text.replace("\t", "    ")) if console.terminal else text
        console.line(console.paint(_ROLES.get(line[0], "strong"), shown) if line[0] in _ROLES else shown)

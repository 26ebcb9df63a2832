"""The documentation of a finding: its Markdown, of which it uses only a little, for a terminal and in short."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from interlock.cli.cells import plain, wrap

if TYPE_CHECKING:
    from interlock.cli.console import Console


def first_sentence(doc: str) -> str:
    """The first sentence of a finding's documentation: its line in the list."""
    paragraph = " ".join(doc.strip().split("\n\n", 1)[0].split())
    # A colon in backticks is the language's own.
    match = re.match(r"(?:`[^`]*`|[^`])*?(?=[.:](?: |$)|$)", paragraph)
    return match[0] if match else paragraph


def doc_lines(doc: str, console: Console) -> list[str]:
    """Headings, paragraphs, list items and code blocks, wrapped and coloured for a terminal."""
    lines: list[str] = []
    paragraph: list[str] = []
    in_code = False

    def flush() -> None:
        if paragraph:
            text = plain(" ".join(paragraph))
            item = "  " if re.match(r"([-*]|\d+\.) ", text) else ""
            first, *rest = wrap(text, console.width, console.width - len(item))
            lines.append(console.prose(first))
            lines.extend(item + console.prose(line) for line in rest)
            paragraph.clear()

    for line in doc.strip().splitlines():
        if line.startswith("```"):
            flush()
            in_code = not in_code
            lines.append("")
        elif in_code:
            lines.append("    " + console.paint("code", plain(line)))
        elif line.startswith("#"):
            flush()
            lines.append(console.paint("strong", plain(line.lstrip("# "))))
        elif not line.strip():
            flush()
            lines.append("")
        else:
            if re.match(r"([-*]|\d+\.) ", line):
                flush()
            paragraph.append(line.strip())
    flush()
    # One blank line is enough wherever several meet.
    return [line for before, line in zip(["", *lines], lines, strict=False) if line or before]

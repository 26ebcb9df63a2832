"""The documentation of a finding: its Markdown, of which it uses only a little, for a terminal and in short."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from interlock.cli.cells import plain, wrap

if TYPE_CHECKING:
    from interlock.cli.console import Console

_INDENT = "  "


def first_sentence(doc: str) -> str:
    """The first sentence of a finding's documentation: its line in the list."""
    paragraph = " ".join(doc.strip().split("\n\n", 1)[0].split())
    # A colon in backticks is the language's own.
    match = re.match(r"(?:`[^`]*`|[^`])*?(?=[.:](?: |$)|$)", paragraph)
    return match[0] if match else paragraph


def doc_lines(doc: str, console: Console) -> list[str]:
    """Headings, paragraphs, list items and code blocks, wrapped and coloured for a terminal. What stands below a
    heading goes further in, so that headings are seen without colours too."""
    lines: list[str] = []
    paragraph: list[str] = []
    in_code = False
    room = console.width - len(_INDENT)

    def flush() -> None:
        if paragraph:
            text = plain(" ".join(paragraph))
            item = "  " if re.match(r"([-*]|\d+\.) ", text) else ""
            first, *rest = wrap(text, room, room - len(item))
            lines.append(_INDENT + console.prose(first))
            lines.extend(_INDENT + item + console.prose(line) for line in rest)
            paragraph.clear()

    for line in doc.strip().splitlines():
        if line.startswith("```"):
            flush()
            in_code = not in_code
            lines.append("")
        elif in_code:
            lines.append(2 * _INDENT + _code(plain(line), console) if line.strip() else "")
        elif line.startswith("#"):
            flush()
            lines += ["", console.paint("strong", plain(line.lstrip("# "))), ""]
        elif not line.strip():
            flush()
            lines.append("")
        else:
            if re.match(r"([-*]|\d+\.) ", line):
                flush()
            paragraph.append(line.strip())
    flush()
    # One blank line is enough wherever several meet.
    kept = [line for before, line in zip(["", *lines], lines, strict=False) if line or before]
    return kept if not kept or kept[-1] else kept[:-1]


def _code(line: str, console: Console) -> str:
    """A line of a policy, its comment set back. (No string of an example has a `#` in it.)"""
    before, mark, comment = line.partition("#")
    return console.paint("code", before) + console.paint("dim", mark + comment)

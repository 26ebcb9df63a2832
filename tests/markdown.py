"""Fenced blocks of Markdown files, with the HTML comments that stand before them. Examples are the tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^([ >]*)(```+)\s*(\w*)\s*$")
_UNREAD = re.compile(r"^[\s>]*([*+-]|\d+[.)])?\s*(```|~~~)")
"""A fence of another form, whose block would not be found."""
_COMMENT = re.compile(r"^<!--\s*(\w+)\s*:?\s*(.*?)\s*-->$")


@dataclass(frozen=True)
class Block:
    """A fenced block. ``line`` is that of its first line of text; ``notes`` are the comments directly
    before it (``<!-- expect: R101 -->`` is ``{"expect": "R101"}``)."""

    language: str
    text: str
    line: int
    heading: str
    notes: dict[str, str]


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a file, in order. One in a list or a quotation has its text without what stands before its
    fence."""
    found: list[Block] = []
    heading, notes = "", dict[str, str]()
    before, fence, language, start, body = "", "", "", 0, list[str]()
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if fence:
            if line.removeprefix(before).strip() == fence:
                text = "".join(f"{part}\n" for part in body)
                found.append(Block(language, text, start, heading, notes))
                fence, notes = "", {}
            else:
                body.append(line.removeprefix(before) if line.startswith(before) else line.lstrip(" >"))
        elif match := _FENCE.match(line):
            (before, fence, language), start, body = match.groups(), number + 1, []
        elif _UNREAD.match(line):
            raise AssertionError(f"{path}:{number}: a fence stands alone on its line: ```, and one word at most")
        elif match := _COMMENT.match(line.lstrip(" >").rstrip()):
            notes = {**notes, match[1]: match[2]}
        elif line.strip():
            notes = {}
            if line.startswith("#"):
                heading = line.lstrip("#").strip()
    assert not fence, f"{path}: the block at line {start} has no end"
    return found

"""What a stream can show (colour, width, glyphs), and writing to it so that nothing crashes."""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import Literal, NamedTuple, TextIO

Color = Literal["auto", "always", "never"]

PROSE_WIDTH = 100
"""Longer lines of prose are hard to read, however wide the terminal is."""

_CODES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "good": "32",
    "bad": "31",
    "strong": "1",
    "code": "36",
    "gutter": "94",
    "second": "1;94",
    "dim": "2",
}

_BACKTICKED = re.compile(r"`[^`\n]+`")


class Glyphs(NamedTuple):
    """The few characters of a drawing that not every encoding has."""

    corner: str
    side: str
    gap: str
    open: str
    close: str
    arrow: str
    dash: str
    cut: str
    fork: str
    last: str
    tick: str
    cross: str


_UNICODE = Glyphs("┌─", "│", "·", "╭", "╰", "→", "─", "…", "├─", "└─", "✓", "✗")
_ASCII = Glyphs("-->", "|", ":", "/", "\\", "->", "-", "~", "|-", "`-", "ok", "FAILED")


class Console:
    """A text stream with what is known of it.

    ``color`` "auto" means: on a terminal that is not dumb, unless ``NO_COLOR`` is set. ``width`` is the
    terminal's; where there is none, prose is wrapped at 80 columns and source lines are cut at 140.
    """

    def __init__(self, stream: TextIO, color: Color = "auto") -> None:
        self.stream = stream
        self.terminal = _is_terminal(stream)
        self.colored = color == "always" or (
            color == "auto" and self.terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )
        columns = max(40, shutil.get_terminal_size().columns) if self.terminal else 80
        self.width = min(columns, PROSE_WIDTH)
        self.source_width = columns if self.terminal else 140
        self.glyphs = _UNICODE if _can_encode(stream, "┌│·╭╰→─…├└✓✗") else _ASCII

    def paint(self, role: str, text: str) -> str:
        """The text in the colour of its role, or as it is where there are no colours."""
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self.colored and role != "plain" and text else text

    def prose(self, text: str) -> str:
        """Text with its backticked words coloured; the backticks stay."""
        if not self.colored:
            return text
        return _BACKTICKED.sub(lambda match: self.paint("code", match.group()), text)

    def line(self, text: str = "") -> None:
        """Write one line."""
        self.stream.write(text + "\n")


def out(color: Color = "auto") -> Console:
    """Standard output: results."""
    return Console(sys.stdout, color)


def err(color: Color = "auto") -> Console:
    """Standard error: everything else."""
    return Console(sys.stderr, color)


def complain(message: str, color: Color = "auto") -> None:
    """One line on standard error about what the command could not do."""
    from interlock.cli.cells import plain

    console = err(color)
    console.line(f"{console.paint('error', 'error')}: {console.prose(plain(message))}")


def never_crash_on_output() -> None:
    """From now on, characters that the output cannot encode are written as escapes, and a closed output
    takes everything."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for good
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _can_encode(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True

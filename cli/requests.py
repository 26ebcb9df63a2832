"""Requests as they are given to commands: as an option, or one a line."""

from __future__ import annotations

import typer

from interlock.cli.console import Color, complain
from interlock.compiler.json_text import NotJson, parse_json


def request_or_exit(text: str, color: Color) -> object:
    """The request of ``--request``; ends the command with exit 2, after saying why, where it is no JSON."""
    try:
        return parse_json(text)
    except NotJson as error:
        complain(f"--request is not JSON: {error}", color)
        raise typer.Exit(2) from None


def parse_request_line(line: bytes) -> object:
    """The request in one line of a file; None, which is no JSON object, where the line is no JSON."""
    try:
        return parse_json(line.decode("utf-8-sig"))
    except (NotJson, UnicodeDecodeError):
        return None

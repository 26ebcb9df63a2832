"""Requests as they are given to commands: as an option, or one a line."""

from __future__ import annotations

import typer

from interlock.cli.console import Color, complain
from interlock.compiler.json_text import NotJson, parse_json

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Some editors begin a file with it; it is no part of the first line."""


def request_or_exit(text: str, color: Color) -> object:
    """The request of ``--request``; ends the command with exit 2, after saying why, where it is no JSON."""
    try:
        return parse_json(text)
    except NotJson as error:
        value = parse_request_line(text)
        if value is not None:  # nested more deeply than other JSON is read
            return value
        complain(f"--request is not JSON: {error}", color)
        raise typer.Exit(2) from None


def parse_request_line(line: bytes | str) -> object:
    """The request in one line of a file; None, which is no JSON object, where the line is no JSON."""
    from interlock.runtime.request_text import request_of

    return request_of(line)

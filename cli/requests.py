"""Reading requests as JSON, whatever is in them."""

from __future__ import annotations

import json
import math

import typer

from interlock.cli.console import Color, complain

_HUGE = 10**40
"""Stands for every integer of more digits than Python reads: as far out of any range."""


class NotJson(Exception):
    """The text is no JSON; the message says where and why."""


def request_or_exit(text: str, color: Color) -> object:
    """The request of ``--request``; ends the command with exit 2, after saying why, where it is no JSON."""
    try:
        return parse_request(text)
    except NotJson as error:
        complain(f"--request is not JSON: {error}", color)
        raise typer.Exit(2) from None


def parse_request(text: str) -> object:
    """The value of a JSON text. A member given twice counts as given last. Raises ``NotJson``."""
    try:
        return json.loads(text, parse_int=_int, parse_float=_float, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg.lower()} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise NotJson("it is nested too deeply") from error


def parse_request_line(line: bytes) -> object:
    """The request in one line of a file; None, which is no JSON object, where the line is no JSON."""
    try:
        return parse_request(line.decode("utf-8-sig"))
    except (NotJson, UnicodeDecodeError):
        return None


def _int(digits: str) -> int:
    # Python refuses integers of more than 4,300 digits, and is slow long before.
    return int(digits) if len(digits) <= 40 else -_HUGE if digits.startswith("-") else _HUGE


def _float(digits: str) -> float | int:
    number = float(digits)
    if math.isfinite(number):
        return number
    # 1e400 is a number all right, only not one that fits any range.
    return -_HUGE if number < 0 else _HUGE


def _constant(name: str) -> object:
    raise NotJson(f"`{name}` is no JSON")

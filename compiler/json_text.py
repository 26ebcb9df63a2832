"""Reading JSON that anybody may have written: whatever it holds, a value or a reason."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_HUGE = 10**40
"""Stands for every integer of more digits than Python reads: as far out of any range."""


class NotJson(Exception):
    """The text is no JSON; the message says where and why. ``at`` is the place in the text, None where it has none."""

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at


def parse_json(text: str) -> object:
    """The value of a JSON text. A member given twice counts as given last. Raises ``NotJson``."""
    return _read(lambda decoder: decoder.decode(text))


def parse_part(text: str, start: int) -> tuple[object, int]:
    """The JSON value that begins at ``start`` and where it ends. Raises ``NotJson``."""
    return _read(lambda decoder: decoder.raw_decode(text, start))


def _read(read: Callable[[json.JSONDecoder], T]) -> T:
    try:
        try:
            return read(_FAST)
        except json.JSONDecodeError:
            raise
        except ValueError:  # an integer of more than 4,300 digits
            return read(_SLOW)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg.lower()} at line {error.lineno}, column {error.colno}", error.pos) from error
    except RecursionError as error:
        raise NotJson("it is nested too deeply") from error


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


# Told nothing about integers, the decoder reads them itself, twice as fast.
_FAST = json.JSONDecoder(parse_float=_float, parse_constant=_constant)
_SLOW = json.JSONDecoder(parse_float=_float, parse_int=_int, parse_constant=_constant)

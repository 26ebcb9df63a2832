"""Reading a request's text as the format says: whatever it is, a value for ``decide``."""

from __future__ import annotations

import json
import math

_HUGE = 10**40  # stands for every number of more digits than are worth reading: as far out of any range


def request_of(text: str | bytes) -> object:
    """The value of a JSON text, in UTF-8 if it is bytes; None, which is no JSON object, where it is no JSON. Of a key
    that is given twice the last counts. Never raises."""
    try:
        whole = text.decode() if isinstance(text, bytes) else text
        try:
            return _FAST.decode(whole)
        except json.JSONDecodeError:
            return None
        except ValueError:  # an integer of more than 4,300 digits
            return _SLOW.decode(whole)
    except (ValueError, RecursionError):
        return None


def _int(digits: str) -> int:
    return int(digits) if len(digits) <= 40 else -_HUGE if digits.startswith("-") else _HUGE


def _float(digits: str) -> float | int:
    number = float(digits)
    if math.isfinite(number):
        return number
    return -_HUGE if number < 0 else _HUGE  # 1e400 is a number, only not one that fits any range


def _constant(name: str) -> object:
    raise json.JSONDecodeError(f"{name} is no JSON", name, 0)


_FAST = json.JSONDecoder(parse_float=_float, parse_constant=_constant)
_SLOW = json.JSONDecoder(parse_float=_float, parse_int=_int, parse_constant=_constant)

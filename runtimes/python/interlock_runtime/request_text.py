"""Reading a request's text as the format says: whatever it is, a value for ``decide``."""

from __future__ import annotations

import json
import math
import re

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
        except RecursionError:
            return _SLOW.decode(_made_shallow(whole))
        except ValueError:  # an integer of more than 4,300 digits
            return _SLOW.decode(whole)
    except (ValueError, RecursionError):  # the latter where the caller's stack is nearly full
        return None


def _made_shallow(text: str) -> str:
    """``text`` with 0 in the place of each list and object that is so deep that no attribute can hold it. Time is
    linear in the text. Raises ``ValueError`` where what is replaced is no JSON."""
    pieces: list[list[str]] = [[]]  # the text so far: of the whole, and of each container being read that goes
    depth = 0
    at = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            if depth and depth % _AT_ONCE == 0:
                pieces[-1].append(text[at : token.start()])
                pieces.append([])
                at = token.start()
            depth += 1
        elif token[0] in ("]", "}"):
            depth -= 1
            if depth > 0 and depth % _AT_ONCE == 0:
                _SLOW.decode("".join((*pieces.pop(), text[at : token.end()])))
                pieces[-1].append("0")
                at = token.end()
    if depth:
        raise ValueError("a list or an object has no end, or another one too many")
    return "".join((*pieces[0], text[at:]))


def _int(digits: str) -> int:
    return int(digits) if len(digits) <= 40 else -_HUGE if digits.startswith("-") else _HUGE


def _float(digits: str) -> float | int:
    number = float(digits)
    if math.isfinite(number):
        return number
    return -_HUGE if number < 0 else _HUGE  # 1e400 is a number, only not one that fits any range


def _constant(name: str) -> object:
    raise json.JSONDecodeError(f"{name} is no JSON", name, 0)


_AT_ONCE = 50  # containers in one another that are read at once, of a stack that holds a thousand calls or so
_TOKEN = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*"?', re.DOTALL)  # a string without an end goes to the end of the text
_FAST = json.JSONDecoder(parse_float=_float, parse_constant=_constant)
_SLOW = json.JSONDecoder(parse_float=_float, parse_int=_int, parse_constant=_constant)

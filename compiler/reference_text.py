"""The text of a request as the reference evaluator is asked about it."""

from __future__ import annotations

import json
import sys
from json.scanner import py_make_scanner  # type: ignore[attr-defined]

from interlock.compiler.json_text import NotJson, _constant, _float, _int, parse_json

_FRAMES = 200_000


def read_request(text: str | bytes) -> object:
    """The value of a text, UTF-8 if it is bytes; None, which is no JSON object, where it is no JSON.

    However deep it is nested: then the standard library's reader in Python reads it, which takes as much of the stack
    as it needs. Meanwhile the limit of the stack is another one for the whole process, so this is for tests alone.
    """
    try:
        whole = text.decode() if isinstance(text, bytes) else text
        return parse_json(whole)
    except UnicodeDecodeError:
        return None
    except NotJson as error:
        if not isinstance(error.__cause__, RecursionError):
            return None
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(_FRAMES)
    try:
        return _Deep(parse_float=_float, parse_int=_int, parse_constant=_constant).decode(whole)
    except (NotJson, json.JSONDecodeError):
        return None
    finally:
        sys.setrecursionlimit(limit)


class _Deep(json.JSONDecoder):
    def __init__(self, **hooks: object) -> None:
        super().__init__(**hooks)  # type: ignore[arg-type]
        self.scan_once = py_make_scanner(self)

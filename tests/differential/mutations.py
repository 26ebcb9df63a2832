"""Tables that are nearly right: a fault or two in a valid one, with hashes that match again or do not."""

from __future__ import annotations

import copy
import hashlib
import json
import marshal
import random
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 7, 4098, 4099, 2**31, 2**53 - 1, 2**53, 2**63, 10**30, 1.5,
    "", "0", "00", "f" * 40, "g",
    "\ud800", "\x00", "x", "constructor", "__proto__", [], [0], [[]], {}, {"a": 1}, "per session", "header",
)  # fmt: skip


def mutated(table: dict[str, Any], draw: random.Random) -> bytes:
    """The bytes of a table near ``table``, which stays as it is."""
    if draw.random() < 0.25:
        return _bytes_changed(sealed(table), draw)
    changed: dict[str, Any] = marshal.loads(marshal.dumps(table))  # much quicker than deepcopy
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        _change(changed, draw)
    if draw.random() < 0.85:
        return sealed(changed)
    return _written(changed)


def sealed(table: dict[str, Any]) -> bytes:
    """The table with the two hashes that its content has, whatever that is."""
    version = {key: value for key, value in table.items() if key not in ("version", "digest", "source")}
    table = table | {"version": hashlib.sha256(_written(version)).hexdigest()}
    table = table | {"digest": hashlib.sha256(_written({k: v for k, v in table.items() if k != "digest"})).hexdigest()}
    return _written(table)


def _written(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can carry
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _change(table: dict[str, Any], draw: random.Random) -> None:
    """One change at a place drawn by depth first, so that the many entries of a Maglev table are not all of it."""
    at: Any = table
    while True:
        keys: list[Any] = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            break
        key = draw.choice(keys)
        if isinstance(at[key], dict | list) and at[key] and draw.random() < 0.85:
            at = at[key]
            continue
        if isinstance(at, dict):
            _change_member(at, key, draw)
        else:
            _change_item(at, key, draw)
        break


def _change_member(at: dict[str, Any], key: str, draw: random.Random) -> None:
    kind = draw.random()
    if kind < 0.15:
        del at[key]
    elif kind < 0.25:
        at[draw.choice(("more", "", "name", "__proto__", "absent"))] = _drawn(draw)
    else:
        at[key] = _other(at[key], draw)


def _change_item(at: list[Any], key: int, draw: random.Random) -> None:
    kind = draw.random()
    other = draw.randrange(len(at))
    if kind < 0.15:
        del at[key]
    elif kind < 0.3:
        at.insert(other, copy.deepcopy(at[key]))
    elif kind < 0.45:
        at[key], at[other] = at[other], at[key]
    else:
        at[key] = _other(at[key], draw)


def _other(value: Any, draw: random.Random) -> Any:
    """Something else, often of the same type."""
    if type(value) is int and draw.random() < 0.6:
        return value + draw.choice((-1, 1, 2, 1000, -value, -value - 1))
    if type(value) is str and value and draw.random() < 0.5:
        at = draw.randrange(len(value))
        return value[:at] + draw.choice(("", "0", "z", "\u00e9", "A")) + value[at + 1 :]
    if type(value) is bool and draw.random() < 0.5:
        return not value
    return _drawn(draw)


def _nested(draw: random.Random, depth: int) -> bytes:
    kinds = [draw.choice(((b"[", b"]"), (b'{"a":', b"}"))) for _ in range(depth)]
    return b"".join((*(start for start, _ in kinds), b"0", *(end for _, end in reversed(kinds))))


def _drawn(draw: random.Random) -> Any:
    """One of VALUES, for its place alone: a list that is in two places is changed in both, or put into itself. Now and
    then one that is nearly too deep, or a little more."""
    if draw.random() < 0.03:
        return json.loads(_nested(draw, draw.randint(7, 18)))
    return copy.deepcopy(draw.choice(VALUES))


def _bytes_changed(data: bytes, draw: random.Random) -> bytes:
    at, to = sorted((draw.randrange(len(data)), draw.randrange(len(data))))
    match draw.randrange(6):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :]
        case 2:
            return data[:at] + data[min(to, at + 20) :]
        case 3:
            return data[:to] + data[at : min(to, at + 50)] + data[to:]
        case 4:
            # In the place of what is nowhere else: a value, though of another type.
            return data.replace(b"null", _nested(draw, draw.choice((10, 16, 17, 300, 900, 1_100, 5_000))), 1)
    return data[:at] + draw.choice((b" ", b"\n", b"\\u0041", b"[", b"1e5", b"\x00", b",")) + data[at:]

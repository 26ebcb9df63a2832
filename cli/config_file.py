"""Finding the settings of a team: the nearest ``interlock.toml``, or ``pyproject.toml`` with a table
``[tool.interlock]``, and reading its TOML. What the settings mean is ``config_layers``'s business."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NoReturn

from interlock.cli.files import Unusable, read_bytes
from interlock.dsl.record import record

OWN, SHARED = "interlock.toml", "pyproject.toml"
_MAX_BYTES = 1024 * 1024
_KEY = re.compile(r"\s*(?:\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|([A-Za-z0-9_-]+))\s*([.=\]])")


class BadConfig(Unusable):
    """A settings file says something that it cannot mean; the message names the place."""


@record
class ConfigFile:
    """``values`` is the table with the settings, ``prefix`` where it stands in the file. ``shown`` is the path for
    people; settings that name files are relative to ``folder``."""

    path: str
    shown: str
    folder: str
    prefix: tuple[str, ...]
    values: Mapping[str, object]
    lines: Mapping[tuple[str, ...], int]

    def where(self, *keys: str) -> str:
        """The place of a setting, ``interlock.toml:3``: that of the table around it where it has no line of its own."""
        path = (*self.prefix, *keys)
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.shown}:{self.lines[path]}" if path else self.shown

    def refuse(self, message: str, *keys: str) -> NoReturn:
        """Raise ``BadConfig`` with the place of a setting and what is wrong there."""
        raise BadConfig(f"{self.where(*keys)}: {message}")


def config_in(folder: str) -> ConfigFile | None:
    """The settings in a folder itself; None where there are none. Raises ``Unusable``."""
    for name in (OWN, SHARED):
        path = os.path.join(folder, name)
        found = read_config(path) if os.path.isfile(path) else None
        if found is not None:
            return found
    return None


def read_config(path: str) -> ConfigFile | None:
    """The settings in a file; None for a ``pyproject.toml`` without any. Raises ``Unusable``."""
    path = os.path.abspath(path)
    shown = _shown(path)
    prefix = ("tool", "interlock") if os.path.basename(path) == SHARED else ()
    data = read_bytes(shown, _MAX_BYTES + 1)
    if prefix and b"interlock" not in data:
        return None  # most projects' file; reading TOML is not worth its start-up time then
    if len(data) > _MAX_BYTES:
        raise BadConfig(f"{shown}: a settings file is larger than {_MAX_BYTES // 1024 // 1024} MiB")
    import tomllib

    try:
        text = data.decode("utf-8")
        values: object = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise BadConfig(f"{shown}: byte {error.start} is not UTF-8") from error
    except RecursionError as error:
        raise BadConfig(f"{shown}: this is no TOML: it nests too deep") from error
    except ValueError as error:
        raise BadConfig(_broken(shown, str(error))) from error
    lines = _lines(text)
    for depth, key in enumerate(prefix):
        if not isinstance(values, dict) or key not in values:
            return None
        values = values[key]
        if not isinstance(values, dict):
            where = f"{shown}:{lines[prefix[: depth + 1]]}" if prefix[: depth + 1] in lines else shown
            raise BadConfig(f"{where}: `{'.'.join(prefix[: depth + 1])}` is a table: `[tool.interlock]`")
    assert isinstance(values, dict)
    return ConfigFile(path, shown, os.path.dirname(path), prefix, values, lines)


def _broken(shown: str, message: str) -> str:
    """What the TOML reader says, its place put where places stand."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    if found is None:
        return f"{shown}: this is no TOML: {message[:1].lower()}{message[1:]}"
    place = f"{shown}:{found[2]}:{found[3]}" if found[2] else shown
    end = "" if found[2] else " at the end of the file"
    return f"{place}: this is no TOML: {found[1][:1].lower()}{found[1][1:]}{end}"


def _shown(path: str) -> str:
    """The shorter of a path from here and the whole path."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # on another drive
        return path
    return relative if len(relative) <= len(path) else path


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """The line of each table and each key that has one to itself. Only for messages: what it misses, they leave out."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.strip()
        is_table = words.startswith("[")
        keys = _keys(words.lstrip("["), "]" if is_table else "=")
        if keys and is_table:
            table = keys
            found.setdefault(table, number)
        elif keys:
            for depth in range(1, len(keys) + 1):
                found.setdefault(table + keys[:depth], number)
    return found


def _keys(text: str, end: str) -> tuple[str, ...]:
    """The keys that a line begins with, ``a."b c".d`` before ``end``; none if it begins otherwise."""
    keys: list[str] = []
    at = 0
    while match := _KEY.match(text, at):
        keys.append(next(part for part in match.groups()[:3] if part is not None))
        at = match.end()
        if match[4] == end:
            return tuple(keys)
        if match[4] != ".":
            break
    return ()

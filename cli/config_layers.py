"""What the words of a settings file, and of the options that say the same, mean: one layer of settings each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from interlock.dsl.record import record

if TYPE_CHECKING:
    from interlock.cli.config_file import ConfigFile
    from interlock.dsl.finding import Kind

FailOn = Literal["error", "warning", "info"]
Level = Literal["error", "warning", "info", "off"]
LEVELS: tuple[Level, ...] = ("error", "warning", "info", "off")
NUMBERS = ("max-attempts", "max-wait", "client-retries")
_KEYS = ("severity", "select", "ignore", *NUMBERS, "fail-on", "root", "models")
_DURATION = re.compile(r"[0-9]+(?:_[0-9]+)*(?:ms|s|m|h)")


@record
class Codes:
    """What a ``select`` or an ``ignore`` names; ``exact`` are those that it names one by one."""

    codes: frozenset[str]
    exact: frozenset[str]
    where: str


@record
class Layer:
    """Settings of one origin, each with where it was said. Where something is not said, the layer below holds.
    Of ``numbers`` the durations are milliseconds."""

    severities: Mapping[str, tuple[Level, str]] = {}
    select: Codes | None = None
    ignore: Codes | None = None
    numbers: Mapping[str, tuple[int, str]] = {}
    fail_on: tuple[FailOn, str] | None = None
    root: tuple[str, str] | None = None
    models: tuple[str, str] | None = None


@record
class FileLayer:
    """A layer of a settings file: for the files that ``glob`` matches, or for all."""

    glob: str | None
    layer: Layer


class UnknownCode(Exception):
    """A word that names no finding; the message says so, and what may have been meant."""

    def __init__(self, message: str, where: str) -> None:
        """``where`` is the option or the place in a file that has the word."""
        super().__init__(message)
        self.where = where


def codes_of(words: Iterable[str], kinds: Mapping[str, Kind], where: str) -> Codes:
    """The findings that codes, slugs and beginnings of codes name. Raises ``UnknownCode``."""
    slugs = {kind.slug: code for code, kind in kinds.items()}
    chosen: set[str] = set()
    exact: set[str] = set()
    for word in words:
        if word.lower() in slugs or word.upper() in kinds:
            exact.add(slugs.get(word.lower(), word.upper()))
            continue
        matching = {code for code in kinds if word and code.startswith(word.upper())}
        if not matching:
            raise UnknownCode(unknown(word, [*kinds, *slugs]), where)
        chosen |= matching
    return Codes(frozenset(chosen | exact), frozenset(exact), where)


def unknown(word: str, known: Iterable[str]) -> str:
    """That a word names no finding, and which one it is near to."""
    from interlock.dsl.nearest import nearest

    close = nearest(word, known)
    return f"`{word}` is no finding; " + (f"did you mean `{close}`?" if close else "see `interlock rule`")


def file_layers(config: ConfigFile, kinds: Mapping[str, Kind]) -> tuple[FileLayer, ...]:
    """The layers of a settings file, in the order in which they apply. Raises ``BadConfig``."""
    layers = [FileLayer(None, _layer(config, config.values, (), kinds))]
    globs = config.values.get("per-file", {})
    if not isinstance(globs, dict):
        config.refuse('`per-file` is a table for each pattern: `[per-file."legacy/*"]`', "per-file")
    for glob, values in globs.items():
        at = ("per-file", glob)
        if not isinstance(values, dict):
            config.refuse(f"the settings of some files are a table: `[per-file.{_quoted(glob)}]`", *at)
        if not glob.strip("/"):
            config.refuse("a pattern names files: `legacy/*`", *at)
        layers.append(FileLayer(glob, _layer(config, values, at, kinds)))
    return tuple(layers)


def _layer(config: ConfigFile, values: Mapping[str, object], at: tuple[str, ...], kinds: Mapping[str, Kind]) -> Layer:
    for key in values:
        if key not in _KEYS and (at or key != "per-file"):
            config.refuse(_unknown_key(key, inside=bool(at)), *at, key)
    numbers: dict[str, tuple[int, str]] = {}
    for key in NUMBERS:
        if key in values:
            numbers[key] = _number(config, values[key], at, key), config.where(*at, key)
    fail_on: FailOn | None = None
    if "fail-on" in values:
        level = _one_of(config, values["fail-on"], LEVELS[:3], "`fail-on`", (*at, "fail-on"))
        assert level != "off"
        fail_on = level
    root = values.get("root")
    if root is not None:
        root = _folder(config, root, (*at, "root"))
    models = values.get("models")
    if models is not None:
        models = _file(config, models, (*at, "models"))
    return Layer(
        _severities(config, values.get("severity", {}), (*at, "severity"), kinds),
        _codes(config, values, at, "select", kinds),
        _codes(config, values, at, "ignore", kinds),
        numbers,
        None if fail_on is None else (fail_on, config.where(*at, "fail-on")),
        None if root is None else (root, config.where(*at, "root")),
        None if models is None else (models, config.where(*at, "models")),
    )


def _unknown_key(key: str, *, inside: bool) -> str:
    from interlock.dsl.nearest import nearest

    if inside and key == "per-file":
        return "`per-file` cannot stand inside of another; give its pattern a table of its own"
    known = _KEYS if inside else (*_KEYS, "per-file")
    close = nearest(key, known)
    listed = ", ".join(f"`{name}`" for name in known)
    return f"there is no setting `{key}`; " + (f"did you mean `{close}`?" if close else f"the settings are {listed}")


def _severities(
    config: ConfigFile, table: object, at: tuple[str, ...], kinds: Mapping[str, Kind]
) -> dict[str, tuple[Level, str]]:
    if not isinstance(table, dict):
        config.refuse('`severity` is a table: under `[severity]`, a line such as `F206 = "off"`', *at)
    slugs = {kind.slug: code for code, kind in kinds.items()}
    found: dict[str, tuple[Level, str]] = {}
    words: dict[str, str] = {}
    for word, value in table.items():
        code = slugs.get(word.lower(), word.upper())
        if code not in kinds:
            config.refuse(unknown(word, [*kinds, *slugs]), *at, word)
        if code in found:
            config.refuse(f"`{words[code]}` and `{word}` are the same finding", *at, word)
        level = _one_of(config, value, LEVELS, f"the severity of `{word}`", (*at, word))
        if code.startswith("T") and level != "error":
            config.refuse(_not_text(word), *at, word)
        found[code], words[code] = (level, config.where(*at, word)), word
    return found


def _codes(
    config: ConfigFile, values: Mapping[str, object], at: tuple[str, ...], key: str, kinds: Mapping[str, Kind]
) -> Codes | None:
    if key not in values:
        return None
    words = values[key]
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        config.refuse(f'`{key}` is a list of codes and slugs: `{key} = ["F206", "C"]`', *at, key)
    try:
        found = codes_of(words, kinds, config.where(*at, key))
    except UnknownCode as error:
        config.refuse(str(error), *at, key)
    text = next((word for word in words if word.upper().startswith("T") or _slug_of_text(word, kinds)), None)
    if key == "ignore" and text is not None and any(code.startswith("T") for code in found.codes):
        config.refuse(_not_text(text), *at, key)
    return found


def _slug_of_text(word: str, kinds: Mapping[str, Kind]) -> bool:
    return any(kind.slug == word.lower() and code.startswith("T") for code, kind in kinds.items())


def _not_text(word: str) -> str:
    return f"`{word}` can be neither lowered nor switched off: what it finds leaves nothing to be checked"


def _number(config: ConfigFile, value: object, at: tuple[str, ...], key: str) -> int:
    if key == "max-wait":
        if not isinstance(value, str) or not _DURATION.fullmatch(value):
            config.refuse(f'`{key}` is a duration: `{key} = "120s"`', *at, key)
        from interlock.dsl.literals import milliseconds

        return milliseconds(value)
    least = 1 if key == "max-attempts" else 0
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        config.refuse(f"`{key}` is a whole number of {least} or more", *at, key)
    return value


def _one_of(config: ConfigFile, value: object, known: Iterable[Level], what: str, at: tuple[str, ...]) -> Level:
    from interlock.dsl.nearest import nearest

    for level in known:
        if value == level:
            return level
    close = nearest(value, known) if isinstance(value, str) else None
    listed = ", ".join(f"`{level}`" for level in known)
    config.refuse(f"{what} is one of {listed}" + (f"; did you mean `{close}`?" if close else ""), *at)


def _folder(config: ConfigFile, value: object, at: tuple[str, ...]) -> str:
    import os

    path = _beside(config, value)
    if path is None:
        config.refuse('`root` is a folder, relative to this file: `root = "."`', *at)
    if "\0" in path or not os.path.isdir(path):
        config.refuse(f"`root` is {_quoted(str(value))}, and there is no such folder", *at)
    return path


def _file(config: ConfigFile, value: object, at: tuple[str, ...]) -> str:
    import os

    path = _beside(config, value)
    if path is None:
        config.refuse('`models` is a file, relative to this one: `models = "models.json"`', *at)
    if "\0" in path or not os.path.isfile(path):
        config.refuse(f"`models` is {_quoted(str(value))}, and there is no such file", *at)
    return path


def _beside(config: ConfigFile, value: object) -> str | None:
    """A path relative to the settings file; None for what is none."""
    import os

    if not isinstance(value, str) or not value:
        return None
    return os.path.normpath(os.path.join(os.path.dirname(config.shown), value))


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)

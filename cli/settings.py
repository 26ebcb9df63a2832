"""The settings that hold for a file: the defaults, the settings file nearest to it, and the options over both.

Layers apply one after the other. ``select`` starts anew, ``ignore`` takes off, a severity sets one. A finding that a
``select`` names by itself is looked for, also where it was off.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from interlock.cli.config_file import BadConfig, ConfigFile, config_in, read_config
from interlock.cli.config_layers import FailOn, FileLayer, Layer, Level, codes_of, file_layers
from interlock.cli.files import STDIN
from interlock.dsl.record import record

if TYPE_CHECKING:
    from interlock.compiler.settings import Settings
    from interlock.dsl.finding import Kind

DEFAULT = "default"
"""Where a setting comes from that nobody has made."""

ALWAYS = "S504"
"""What a ``select`` cannot leave out, though an ``ignore`` can: that something was not decided."""


@record
class Effective:
    """What holds for one file. ``config`` is its settings file, for people; ``models`` the file of model facts (None:
    the one that ships). ``origins`` says by key and by code where a setting comes from that is not a default:
    ``interlock.toml:3``, ``--select``."""

    config: str | None
    settings: Settings
    fail_on: FailOn
    root: str | None
    models: str | None
    origins: Mapping[str, str]

    def origin(self, key: str) -> str:
        """Where a setting comes from."""
        return self.origins.get(key, DEFAULT)


class Resolver:
    """Finds the settings of files. Every settings file is read once."""

    def __init__(
        self,
        *,
        config: str | None = None,
        isolated: bool = False,
        select: str | None = None,
        ignore: str | None = None,
        fail_on: FailOn | None = None,
        root: str | None = None,
    ) -> None:
        """Takes the options as they were given: ``config`` is the settings file to use for all files, ``isolated``
        says to use none. Raises ``UnknownCode`` for a ``select`` or ``ignore`` that names no finding."""
        self._config = config
        self._isolated = isolated
        self._found: dict[str, tuple[ConfigFile, tuple[FileLayer, ...]] | BadConfig | None] = {}
        self._options = Layer(
            select=None if select is None else codes_of(_words(select), _kinds(), "--select"),
            ignore=None if ignore is None else codes_of(_words(ignore), _kinds(), "--ignore"),
            fail_on=None if fail_on is None else (fail_on, "--fail-on"),
            root=None if root is None else (root, "--root"),
        )

    def of(self, name: str) -> Effective:
        """The settings for a file, or for standard input (``-``), which stands in the current folder.

        Raises ``Unusable`` where there are settings, but not such as can be used."""
        found = self._read(os.curdir if name == STDIN else os.path.dirname(name) or os.curdir)
        layers: list[Layer] = []
        if found is not None:
            config, of_file = found
            path = name if name == STDIN else os.path.relpath(os.path.abspath(name), config.folder).replace(os.sep, "/")
            layers = [part.layer for part in of_file if part.glob is None or matches(path, part.glob)]
        return _effective(None if found is None else found[0].shown, [*layers, self._options])

    def _read(self, folder: str) -> tuple[ConfigFile, tuple[FileLayer, ...]] | None:
        if self._isolated:
            return None
        here = os.path.abspath(self._config or folder)
        passed: list[str] = []
        while here not in self._found:
            passed.append(here)
            try:
                config = config_in(here) if self._config is None else _given(self._config)
                found = None if config is None else (config, file_layers(config, _kinds()))
            except BadConfig as error:
                self._found[here] = error
                break
            above = os.path.dirname(here)
            if found is not None or above == here:
                self._found[here] = found
                break
            here = above
        result = self._found[here]
        self._found.update(dict.fromkeys(passed, result))
        if isinstance(result, BadConfig):
            raise result
        return result


def reading(file: str, root: str | None) -> tuple[str | None, str | None]:
    """What reading a file depends on: the folder no import may leave (the option's, else that of the settings file
    nearest to it), and the file of model facts.

    Raises ``Unusable``."""
    own = Resolver(root=root).of(file)
    return own.root, own.models


def matches(path: str, glob: str) -> bool:
    """Whether a pattern matches a path below the folder of its settings file: ``*`` stands for a part of one name,
    ``**`` for any folders; a pattern of one name is looked for in all folders; one that names a folder takes
    all that is in it."""
    names = [name for name in glob.split("/") if name not in ("", ".")]
    if "/" not in glob.rstrip("/"):
        names.insert(0, "**")
    parts = path.split("/")
    reached = {0}  # after how many names of the path the pattern can be so far
    for name in names:
        if name == "**":
            reached = set(range(min(reached), len(parts) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(parts) and fnmatch.fnmatchcase(parts[at], name)}
        if not reached:
            return False
    return True


def _given(path: str) -> ConfigFile:
    """The settings of the file that ``--config`` names. Raises ``Unusable``."""
    found = read_config(path)
    if found is None:
        raise BadConfig(f"`{path}` has no table `[tool.interlock]`")
    return found


def _effective(config: str | None, layers: list[Layer]) -> Effective:
    from interlock.compiler.settings import DEFAULTS, Settings

    numbers = {
        "max-attempts": DEFAULTS.max_attempts,
        "max-wait": DEFAULTS.max_wait_ms,
        "client-retries": DEFAULTS.client_retries,
    }
    fail_on: FailOn = "error"
    root: str | None = None
    models: str | None = None
    origins: dict[str, str] = {}
    for layer in layers:
        for key, (number, where) in layer.numbers.items():
            numbers[key], origins[key] = number, where
        if layer.fail_on is not None:
            fail_on, origins["fail-on"] = layer.fail_on
        if layer.root is not None:
            root, origins["root"] = layer.root
        if layer.models is not None:
            models, origins["models"] = layer.models
    severities = _severities(layers, origins)
    settings = Settings(severities, numbers["max-attempts"], numbers["max-wait"], numbers["client-retries"])
    return Effective(config, settings, fail_on, root, models, origins)


def _severities(layers: list[Layer], origins: dict[str, str]) -> dict[str, Level]:
    """What is not as by default, or was set by itself. Adds to ``origins`` what made it so."""
    if not any(layer.select or layer.ignore or layer.severities for layer in layers):
        return {}  # the catalogue takes a moment to read
    kinds = _kinds()
    default: dict[str, Level] = {code: kind.severity if kind.on else "off" for code, kind in kinds.items()}
    level = dict(default)
    chosen = dict.fromkeys(kinds, True)
    named: set[str] = set()
    for layer in layers:
        if layer.select is not None:
            for code in kinds:
                chosen[code] = code in layer.select.codes or code == ALWAYS
                if code[0] != "T" and (code != ALWAYS or code in layer.select.codes):
                    origins[code] = layer.select.where
                if code in layer.select.exact and level[code] == "off":
                    level[code] = kinds[code].severity
        if layer.ignore is not None:
            for code in layer.ignore.codes:
                if code[0] == "T":
                    continue
                chosen[code], origins[code] = False, layer.ignore.where
        for code, (severity, where) in layer.severities.items():
            level[code] = severity
            named.add(code)
            if chosen[code]:
                origins[code] = where
    found: dict[str, Level] = {code: level[code] if chosen[code] else "off" for code in kinds}
    # T findings are what they are. What somebody has named a severity for has it even where a finding has its own.
    return {c: found[c] for c in kinds if c[0] != "T" and (c in named or found[c] != default[c])}


def _words(option: str) -> list[str]:
    return [word for part in option.split(",") if (word := part.strip())]


def _kinds() -> dict[str, Kind]:
    from interlock.compiler.catalogue import catalogue

    return catalogue()

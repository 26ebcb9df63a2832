"""Configurations of gateways among the files that a user names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from interlock.cli.files import STDIN, Unusable, read_bytes, route_files
from interlock.dsl.limits import MAX_FILE_BYTES
from interlock.dsl.source import Source

if TYPE_CHECKING:
    from interlock.compiler.sources.check import Imported
    from interlock.compiler.sources.formats import Format
    from interlock.dsl.load import Files

EXTENSIONS = (".yaml", ".yml", ".json")


def may_be_configuration(name: str) -> bool:
    """Whether a file is to be looked at as a gateway's configuration, by its name."""
    return name.lower().endswith(EXTENSIONS)


def configuration(names: Sequence[str], format_: Format | None, models: str | None) -> Imported | None:
    """The policy of a gateway's configuration, which is in one file or several. Without ``format_`` their content has
    to tell what it is; None for a file that is a policy by its name. ``models`` is the file of model facts. Raises
    ``Unusable``."""
    if format_ is None and not may_be_configuration(names[0]):
        return None
    return configuration_of([read_source(name) for name in names], format_, models)


def configuration_of(
    sources: Sequence[Source], format_: Format | None, models: str | None, files: Files | None = None
) -> Imported:
    """The policy of a gateway's configuration. Without ``format_`` its content has to tell what it is; ``files`` is
    where what it includes is read from (default: the disk). Raises ``Unusable``."""
    from interlock.compiler.sources.check import import_sources
    from interlock.compiler.sources.formats import FORMATS, recognized
    from interlock.dsl.load import DISK

    found = format_ or next((known for source in sources if (known := recognized(source)) is not None), None)
    if found is None:
        listed = ", ".join(f"`--from {known}`" for known in FORMATS)
        raise Unusable(f"`{sources[0].name}` does not say which gateway it is for: pass {listed}")
    return import_sources(found, sources, models, files or DISK)


def together(names: Sequence[str], format_: Format | None) -> list[tuple[str, ...]]:
    """The files that are looked at as one, in the order of their first ones: a gateway's whose configuration is spread
    over files, with the resources beside them. Others are each alone."""
    if len(names) < 2 or (format_ is None and sum(map(may_be_configuration, names)) < 2):
        return [(name,) for name in names]
    from interlock.compiler.sources.formats import TOGETHER, may_belong, recognized

    parts = list(names) if format_ in TOGETHER else []
    if format_ is None:
        sources = {name: source for name in names if (source := _readable(name)) is not None}
        known = {name: recognized(source) for name, source in sources.items()}
        if any(found in TOGETHER for found in known.values()):
            parts = [n for n in sources if known[n] in TOGETHER or (known[n] is None and may_belong(sources[n]))]
    first = next(iter(parts), None)
    return [tuple(parts) if name == first else (name,) for name in names if name == first or name not in parts]


def _readable(name: str) -> Source | None:
    if name == STDIN or not may_be_configuration(name):
        return None
    try:
        return read_source(name)
    except Unusable:
        return None


def read_source(name: str, data: bytes | None = None) -> Source:
    """The text of a configuration, from the file of this name or, where that is known, from its ``data``. Raises
    ``Unusable``."""
    if data is None:
        data = read_bytes(name, MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise Unusable(f"`{name}` is larger than {MAX_FILE_BYTES // 1024 // 1024} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable(f"`{name}` is not UTF-8 (byte {error.start})") from None
    return Source("<stdin>" if name == STDIN else name, text)


def files_of(names: Sequence[str], format_: Format | None) -> list[str]:
    """The files to look at, each once, in the order given: a folder stands for the configurations of a gateway in it
    and below, or, where none is named, for the policies. Raises ``Unusable`` for a folder without any."""
    if format_ is None:
        return route_files(names)
    found: dict[str, None] = {}
    for name in names:
        inside = _inside(name, format_) if name != STDIN and os.path.isdir(name) else [name]
        found.update(dict.fromkeys(inside))
    return list(found)


def _inside(folder: str, format_: Format) -> list[str]:
    from interlock.compiler.sources.formats import TOGETHER, may_belong, recognized

    found, beside = [], False
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.normpath(os.path.join(here, name))
            if may_be_configuration(name) and not name.startswith("."):
                source = read_source(path)
                known = recognized(source)
                if known == format_ or (known is None and format_ in TOGETHER and may_belong(source)):
                    found.append(path)
                    beside = beside or known == format_
    if not beside:
        raise Unusable(f"there is no configuration of {format_} in `{folder}`")
    return found

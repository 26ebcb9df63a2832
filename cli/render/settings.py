"""The settings that hold for each file, and where each comes from."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.cli.cells import plain, width
from interlock.cli.console import Console
from interlock.cli.settings import Effective
from interlock.compiler.catalogue import catalogue
from interlock.dsl.finding import Kind

_UNITS = ((3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms"))


def write_settings(files: Mapping[str, Effective], format_: str, console: Console) -> None:
    """Write the settings of files, as text or as JSON."""
    kinds = catalogue()
    if format_ == "json":
        from interlock.cli.render.json import write_json

        write_json({"files": [_json(name, own, kinds) for name, own in files.items()]}, console)
        return
    for number, (name, own) in enumerate(files.items()):
        if number:
            console.line()
        _text(name, own, kinds, console)


def _text(name: str, own: Effective, kinds: Mapping[str, Kind], console: Console) -> None:
    shown = "<stdin>" if name == "-" else name
    console.line(console.paint("strong", plain(shown)))
    rows = [("settings", own.config or "none", "")]
    rows += [(key, str(value), own.origin(key)) for key, value in _values(own).items()]
    _rows(rows, console)
    changed = [
        kind for code, kind in kinds.items() if own.settings.severity(kind) != _default(kind) or code in _set(own)
    ]
    listed = [(f"{k.code} {k.slug}", str(own.settings.severity(k)), own.origin(k.code)) for k in changed]
    console.line()
    if listed:
        _rows([*listed, ("all others", "as `interlock rule` lists them", "")], console)
    else:
        _rows([("all findings", "as `interlock rule` lists them", "")], console)


def _rows(rows: list[tuple[str, str, str]], console: Console) -> None:
    """Three columns; the last says where a value comes from."""
    first = max(width(row[0]) for row in rows)
    second = max((width(plain(row[1])) for row in rows if row[2]), default=0)
    for key, value, origin in rows:
        text = f"  {key}{' ' * (first - width(key))}  "
        role = value if value in ("error", "warning", "info") else "dim" if value == "off" else "plain"
        text += console.paint(role, plain(value)) if origin else console.prose(plain(value))
        if origin:
            text += " " * (second - width(plain(value))) + "  " + console.paint("dim", plain(origin))
        console.line(text)


def _values(own: Effective) -> dict[str, str | int | None]:
    settings = own.settings
    return {
        "root": own.root or "the file's folder",
        "models": own.models or "those that ship",
        "fail-on": own.fail_on,
        "max-attempts": settings.max_attempts,
        "max-wait": duration(settings.max_wait_ms),
        "client-retries": settings.client_retries,
    }


def duration(ms: int) -> str:
    """Milliseconds as the language writes them, in the largest unit that fits."""
    size, unit = next(((size, unit) for size, unit in _UNITS if ms and ms % size == 0), (1_000, "s"))
    return f"{ms // size}{unit}"


def _default(kind: Kind) -> str:
    return kind.severity if kind.on else "off"


def _set(own: Effective) -> set[str]:
    return set(own.settings.severities)


def _json(name: str, own: Effective, kinds: Mapping[str, Kind]) -> dict[str, object]:
    values = {**_values(own), "root": own.root, "models": own.models}
    return {
        "file": "<stdin>" if name == "-" else name,
        "config": own.config,
        "settings": {key: {"value": value, "from": own.origin(key)} for key, value in values.items()},
        "severity": {
            code: {"value": own.settings.severity(kind), "from": own.origin(code)} for code, kind in kinds.items()
        },
    }

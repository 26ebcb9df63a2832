"""Baselines: the findings a team starts with, in a file, so that only new ones fail the check.

An entry is known by its finding's fingerprint, which survives shifted lines; the rest of it is for people. File names
are relative to the folder of the baseline.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from interlock.cli.files import STDIN, Unusable, read_bytes, write_atomically
from interlock.cli.fingerprint import fingerprints
from interlock.cli.paths import path_of, relative
from interlock.cli.render.json import dumps
from interlock.dsl.record import record

if TYPE_CHECKING:
    from interlock.compiler.settings import Settings
    from interlock.dsl.finding import Finding, Kind

DEFAULT_FILE = "interlock-baseline.json"
_FORMAT, _VERSION = "interlock-baseline", 1
_TEXTS = ("code", "file", "fingerprint", "message", "slug")
_MAX_BYTES = 64 * 1024 * 1024


@record
class Entry:
    """One finding of a baseline. ``policy`` is the file whose check found it, where that is not ``file``."""

    code: str
    file: str
    fingerprint: str
    message: str
    slug: str
    policy: str | None


@record
class Compared:
    """Findings beside a baseline: those that are ``new``, with the file asked about and the entry they would have; the
    entries of those in it, as they would be written now; the ``stale`` entries, whose findings are gone; and ``other``
    ones, of which the run says nothing."""

    new: tuple[tuple[str, Finding, Entry], ...]
    known: tuple[Entry, ...]
    stale: tuple[Entry, ...]
    other: tuple[Entry, ...]


def compare(
    found: Sequence[tuple[str, Finding]],
    entries: Iterable[Entry],
    path: str,
    judged: Mapping[str, Settings],
    kinds: Mapping[str, Kind],
) -> Compared:
    """The findings of a run beside the entries of the baseline at ``path``.

    ``judged`` are the files that were checked to the end, with their settings: an entry of one of them that no finding
    answers to is stale, unless such findings were not looked for; so is an entry of a file that is gone."""
    folder = os.path.dirname(os.path.abspath(path))
    by_path = {_home(name, folder): settings for name, settings in judged.items()}
    left = {entry.fingerprint: entry for entry in entries}
    new: list[tuple[str, Finding, Entry]] = []
    known: list[Entry] = []
    for (name, finding), entry in zip(found, _entries(found, path), strict=True):
        if not finding.kind.code.startswith("T") and left.pop(entry.fingerprint, None) is not None:
            known.append(entry)
        else:
            new.append((name, finding, entry))
    stale: list[Entry] = []
    other: list[Entry] = []
    for entry in left.values():
        home = entry.policy or entry.file
        kind, settings = kinds.get(entry.code), by_path.get(home)
        if settings is None:
            gone = not home.startswith("<") and not os.path.exists(os.path.join(folder, home))
        else:
            gone = kind is None or settings.severity(kind) != "off"
        (stale if gone else other).append(entry)
    return Compared(tuple(new), tuple(known), tuple(stale), tuple(other))


def _entries(found: Sequence[tuple[str, Finding]], path: str) -> list[Entry]:
    """An entry for each finding, for a baseline at ``path``."""
    folder = os.path.dirname(os.path.abspath(path))
    marks = fingerprints([finding for _, finding in found], folder)
    entries: list[Entry] = []
    for (name, finding), mark in zip(found, marks, strict=True):
        file = path_of(finding.span.source, folder)
        policy = _home(name, folder)
        kind = finding.kind
        entries.append(Entry(kind.code, file, mark, finding.message, kind.slug, None if policy == file else policy))
    return entries


def read_baseline(path: str) -> tuple[Entry, ...]:
    """The entries of a baseline. Raises ``Unusable``."""
    if not os.path.exists(path):
        raise Unusable(f"there is no baseline `{path}`; `--write-baseline` makes one")
    data = read_bytes(path, _MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise Unusable(f"the baseline `{path}` is larger than {_MAX_BYTES // 1024 // 1024} MiB")
    try:
        text = data.decode("utf-8-sig")
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        if any(line.startswith("<<<<<<< ") for line in text.split("\n")):
            why = "a merge left its conflict in it; take either side and run `--write-baseline`"
        else:
            why = f"it is no JSON at line {error.lineno}, column {error.colno}"
        raise Unusable(f"the baseline `{path}` cannot be read: {why}") from error
    except (ValueError, RecursionError) as error:
        raise Unusable(f"the baseline `{path}` cannot be read: it is no JSON in UTF-8") from error
    if not isinstance(value, dict) or value.get("format") != _FORMAT:
        raise Unusable(f"`{path}` is no baseline: its `format` is not `{_FORMAT}`")
    if value.get("format_version") != _VERSION or isinstance(value["format_version"], bool):
        version = dumps(value.get("format_version"))
        raise Unusable(
            f"the baseline `{path}` has `format_version` {version[:20]}, and this interlock knows {_VERSION}"
        )
    listed = value.get("findings")
    if not isinstance(listed, list):
        raise Unusable(f"the baseline `{path}` has no list of `findings`")
    return tuple(_entry(path, number, item) for number, item in enumerate(listed, start=1))


def write_baseline(path: str, entries: Iterable[Entry]) -> None:
    """Write a baseline: sorted, an entry a line, so that changes on two branches merge. Raises ``Unusable``."""
    write_atomically(path, baseline_text(entries).encode("utf-8", "surrogatepass"))


def baseline_text(entries: Iterable[Entry]) -> str:
    """The text of a baseline: canonical, so that the same findings give the same bytes."""
    ordered = sorted(entries, key=lambda e: (e.file, e.code, e.message, e.fingerprint))
    lines = [
        "    "
        + dumps({key: getattr(entry, key) for key in sorted((*_TEXTS, "policy")) if getattr(entry, key) is not None})
        for entry in ordered
    ]
    findings = "[\n" + ",\n".join(lines) + "\n  ]" if lines else "[]"
    return f'{{\n  "findings": {findings},\n  "format": "{_FORMAT}",\n  "format_version": {_VERSION}\n}}\n'


def _home(name: str, folder: str) -> str:
    """How a baseline calls a file that was asked about."""
    return "<stdin>" if name == STDIN else relative(name, folder)


def _entry(path: str, number: int, item: object) -> Entry:
    if not isinstance(item, dict):
        raise Unusable(f"the baseline `{path}` is broken: entry {number} is no object")
    for key in _TEXTS:
        if not isinstance(item.get(key), str):
            raise Unusable(f"the baseline `{path}` is broken: entry {number} has no `{key}`")
    policy = item.get("policy")
    if policy is not None and not isinstance(policy, str):
        raise Unusable(f"the baseline `{path}` is broken: the `policy` of entry {number} is no text")
    return Entry(item["code"], item["file"], item["fingerprint"], item["message"], item["slug"], policy)

"""``check --baseline`` and ``--write-baseline``: what of a run is new, and what to say of the rest."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from interlock.cli.baseline import DEFAULT_FILE, Compared, Entry, compare, read_baseline, write_baseline
from interlock.cli.cells import plain
from interlock.cli.console import Color, Console, err
from interlock.cli.render.text import counted
from interlock.dsl.record import record

if TYPE_CHECKING:
    from interlock.cli.checking import Run
    from interlock.dsl.finding import Finding


@record
class Baseline:
    """A baseline that a run is held against; ``write``: and that is then made anew from it."""

    path: str
    entries: tuple[Entry, ...]
    write: bool


_SHOWN = 5
"""So many stale entries are named."""


def open_baseline(path: str | None, write: bool) -> Baseline:
    """The baseline at ``path``, empty if it is to be written for the first time. Raises ``Unusable``."""
    path = path or DEFAULT_FILE
    return Baseline(path, () if write and not os.path.exists(path) else read_baseline(path), write)


def beside_baseline(run: Run, baseline: Baseline, color: Color) -> tuple[list[tuple[str, Finding]], int]:
    """The findings of a run that are not in the baseline, and how many are.

    If it is to be written, all of them but T findings are in it afterwards, and what is stale is not; if not, stale
    entries are told of on standard error. Raises ``Unusable``."""
    from interlock.compiler.catalogue import catalogue

    path = baseline.path
    compared = compare(run.found, baseline.entries, path, run.decided, catalogue())
    if not baseline.write:
        _tell_stale(compared.stale, path, err(color))
        return [(name, finding) for name, finding, _ in compared.new], len(compared.known)
    added = [entry for _, finding, entry in compared.new if not finding.kind.code.startswith("T")]
    write_baseline(path, [*compared.known, *compared.other, *added])
    err(color).line(_written(path, compared, len(added)))
    left = [(name, finding) for name, finding, _ in compared.new if finding.kind.code.startswith("T")]
    return left, len(compared.known) + len(added)


def _written(path: str, compared: Compared, added: int) -> str:
    total = len(compared.known) + len(compared.other) + added
    changes = [f"{added:,} new"] if added else []
    changes += [f"{len(compared.stale):,} stale removed"] if compared.stale else []
    return f"wrote {path}: {counted(total, 'finding')}" + (f" ({', '.join(changes)})" if changes else "")


def _tell_stale(stale: tuple[Entry, ...], path: str, console: Console) -> None:
    """A line for each entry whose finding is gone, and how to be rid of them."""
    if not stale:
        return
    if len(stale) == 1:
        text = f"1 entry is stale in {plain(path)}: its finding is gone (`--write-baseline` takes it out)"
    else:
        text = f"{len(stale):,} entries are stale in {plain(path)}: their findings are gone"
        text += " (`--write-baseline` takes them out)"
    console.line(console.prose(text))
    for entry in stale[:_SHOWN]:
        console.line(f"  {plain(entry.file)}: {entry.code} {console.prose(plain(entry.message))}")
    if len(stale) > _SHOWN:
        console.line(f"  and {len(stale) - _SHOWN:,} more")

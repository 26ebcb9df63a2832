"""From what the user named, a policy or a compiled table, to a table that decides."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from interlock.cli.configurations import configuration
from interlock.cli.console import Color, complain, err
from interlock.cli.explained import Loaded
from interlock.cli.files import STDIN, Unusable, read_bytes

if TYPE_CHECKING:
    from interlock.compiler.pipeline import Front
    from interlock.compiler.sources.check import Imported


def load_table(file: str, root: str | None, color: Color) -> Loaded:
    """The table in ``file``, or of the policy in it. Ends the command with exit 2, after saying why, where
    there is none."""
    from interlock.runtime import TableError, load

    try:
        if ":" in file:
            from interlock.cli.git import names_revision

            if names_revision(file):
                return _at_revision(file, root, color)
        data = read_once(file)
        start = read_bytes(file, 4096) if data is None else data[:4096]
        if is_table(start):
            return Loaded(load(file if data is None else data), None)
        return _of_policy(read_front(file, root, data, color), file, color)
    except (Unusable, TableError) as error:
        what = f"`{file}` is no usable table: " if isinstance(error, TableError) else ""
        complain(f"{what}{error}", color)
        raise typer.Exit(2) from None


def _at_revision(file: str, root: str | None, color: Color) -> Loaded:
    """The table, or the policy with what it imports, as it was at a revision. Raises as ``load_table``'s parts do."""
    from interlock.cli.git import at_revision
    from interlock.cli.settings import reading
    from interlock.compiler.pipeline import Unreadable, front
    from interlock.runtime import load

    at = at_revision(file)
    data = at.read()
    if is_table(data):
        return Loaded(load(data), None)
    around, models = reading(at.on_disk, root)
    around = os.path.realpath(around) if around else os.path.dirname(at.on_disk)
    try:
        found = front(at.shown, root=around, models=models, files=at.files)
    except Unreadable as error:
        raise Unusable(str(error)) from error
    return _of_policy(_sound(found, file, root, color), file, color)


def is_table(data: bytes) -> bool:
    """Whether data, of which the beginning is enough, is to be a compiled table: a JSON object, and by how it starts no
    gateway's configuration."""
    start = data[:4096]
    marks = (b'"model_list"', b'"strategy"', b'"targets"', b'"_format_version"', b'"apiVersion"')
    known = b'"interlock-table"' not in start and any(mark in start for mark in marks)
    return start.lstrip().startswith(b"{") and not known


def read_front(file: str, root: str | None, data: bytes | None, color: Color) -> Front:
    """The policy in ``file``, or in ``data`` where the file can only be read once. Ends the command with
    exit 2, after showing the findings, where its text has errors. Raises ``Unusable``."""
    from interlock.cli.settings import reading
    from interlock.compiler.pipeline import Unreadable, front

    around, models = reading(file, root)
    try:
        imported = configuration([file], None, models) if data is None else None
        if imported is not None:
            found = _front_of(imported, color)
        elif data is None:
            found = front(file, root=around, models=models)
        else:
            name = "<stdin>" if file == STDIN else file
            found = front(name, root=around, text=data.decode("utf-8", "surrogateescape"), models=models)
    except Unreadable as error:
        raise Unusable(str(error)) from error
    return _sound(found, file, root, color)


def _sound(found: Front, file: str, root: str | None, color: Color) -> Front:
    """What was read, if its text has no errors; else ends the command with exit 2, after showing them."""
    if found.findings:
        from interlock.cli.render.text import summary, write_findings

        console = err(color)
        write_findings([(file, finding) for finding in found.findings], console, root)
        console.line(f"{summary(found.findings, 1, console)}; fix these first")
        raise typer.Exit(2)
    return found


def _front_of(imported: Imported, color: Color) -> Front:
    """The policy that a gateway's configuration means. Ends the command with exit 2 where it means none."""
    from interlock.compiler.sources.check import policy_of

    if imported.draft is None:
        from interlock.cli.render.text import write_findings

        write_findings([(imported.title, finding) for finding in imported.findings], err(color), None)
        raise typer.Exit(2)
    return policy_of(imported)


def read_once(file: str) -> bytes | None:
    """What a pipe holds, which can be read only once; None for a file, which can be read again."""
    if file == STDIN or (os.path.exists(file) and not os.path.isfile(file)):
        return read_bytes(file, 64 * 1024 * 1024 + 1)
    return None


def _of_policy(found: Front, file: str, color: Color) -> Loaded:
    from interlock.compiler.artifact import encode
    from interlock.runtime import load

    if found.policy is None or found.table is None:
        raise Unusable(f"`{file}` is a module: it has no rules to decide by")
    return Loaded(load(encode(found.table)), found.policy)

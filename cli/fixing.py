"""``check --fix`` and ``--diff``: what findings can be mended without changing a decision, written or shown."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from interlock.cli.cells import plain
from interlock.cli.console import Color, complain, err, out
from interlock.cli.files import STDIN, Unusable, read_bytes, read_text_of_stdin, write_atomically
from interlock.cli.render.text import counted
from interlock.dsl.limits import MAX_FILE_BYTES
from interlock.dsl.record import record
from interlock.dsl.source import Source

if TYPE_CHECKING:
    from interlock.cli.settings import Resolver
    from interlock.compiler.fixes import Fixed

_MARK = "\ufeff"
"""How some editors begin a file; it stays where it is."""


@record
class _File:
    """A file, its text without the mark, and what fixes make of it."""

    name: str
    shown: str
    mark: str
    text: str
    fixed: Fixed


def write_fixes(names: Sequence[str], resolver: Resolver, unsafe: bool, color: Color) -> str | None:
    """Fix files in place; says on standard error what was done. The fixed text of standard input goes to standard
    output and is given back. What cannot be read is left to who checks it. Raises ``Unusable`` where a file cannot be
    written."""
    done: list[_File] = []
    stdin: str | None = None
    waiting = list(names)
    while waiting:
        changed = False
        for name in waiting:
            try:
                file = _fixed(name, resolver, unsafe)
            except Unusable:
                continue
            done.append(file)
            new = file.mark + file.fixed.text
            if name == STDIN:
                stdin = new
                stream = out(color).stream
                stream.flush()
                stream.buffer.write(new.encode("utf-8", "surrogateescape"))  # whatever the bytes are
            elif file.fixed.fixed:
                write_atomically(name, new.encode())
                changed = True
        # A policy free of mistakes only now, as a module that it imports is, may have more to fix.
        waiting = [name for name in names if name != STDIN] if changed and unsafe and len(names) > 1 else []
    _tell("fixed", done, color)
    return stdin


def show_fixes(names: Sequence[str], resolver: Resolver, unsafe: bool, color: Color) -> int:
    """Write to standard output how fixes would change files; gives the exit code of the command: 1 if they would."""
    from interlock.cli.render.diff import write_diff

    files: list[_File] = []
    told: list[str] = []
    for name in names:
        try:
            file = _fixed(name, resolver, unsafe)
        except Unusable as error:
            if str(error) not in told:  # settings that many files share are named once
                complain(str(error), color)
            told.append(str(error))
            continue
        files.append(file)
        write_diff(
            Source(f"{file.shown} (now)", file.text), Source(f"{file.shown} (fixed)", file.fixed.text), out(color)
        )
    _tell("would fix", files, color)
    return 2 if told else int(any(file.fixed.fixed for file in files))


def _fixed(name: str, resolver: Resolver, unsafe: bool) -> _File:
    """A file with its fixes. Raises ``Unusable`` for one that cannot be read."""
    from interlock.compiler.fixes import Fixed, fix
    from interlock.compiler.pipeline import Checked, Unreadable, check

    own = resolver.of(name)
    if name == STDIN:
        shown, root, text = "<stdin>", own.root, read_text_of_stdin()
    else:
        shown, root = name, own.root or os.path.dirname(name) or os.curdir
        text = read_bytes(name, MAX_FILE_BYTES + 1).decode("utf-8", "surrogateescape")

    def again(text: str) -> Checked:
        try:
            return check(shown, root=root, text=text, models=own.models, settings=own.settings)
        except Unreadable as error:
            raise Unusable(str(error)) from error

    found = again(text)
    mark = _MARK if text.startswith(_MARK) else ""
    # The bytes of a file that is too large or no UTF-8 are not those of its source: nothing in it can be fixed.
    fixed = fix(found, again, unsafe=unsafe)
    text = text.removeprefix(_MARK)
    return _File(name, shown, mark, text, fixed if fixed.fixed else Fixed(text, (), fixed.refused))


def _tell(verb: str, files: Iterable[_File], color: Color) -> None:
    """How many findings are gone, and whose fixes were left."""
    console = err(color)
    findings = sum(len(file.fixed.fixed) for file in files)
    changed = {file.name for file in files if file.fixed.fixed}
    refused = {finding.sort_key: finding for file in files for finding in file.fixed.refused}
    for finding in refused.values():
        line, column = finding.span.first
        ahead = "fewer mistakes are left" if finding.kind.code[0] == "T" else "the policy decides as before"
        place = f"{plain(finding.span.file)}:{line}:{column}"
        head = f"{console.paint('warning', 'not fixed')}: {finding.kind.code} at {place}"
        console.line(f"{head}, as it was not proved that {ahead}")
    if findings:
        console.line(f"{verb} {counted(findings, 'finding')} in {counted(len(changed), 'file')}")

"""``interlock fmt``: the one canonical layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, err, out
from interlock.cli.options import ColorOption, Files

if TYPE_CHECKING:
    from interlock.cli.console import Console


def run(
    files: Files,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a file is not laid out.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change, exit 1.")] = False,
    color: ColorOption = "auto",
) -> None:
    """Lay policies out, in the one canonical way.

    Files are changed in place; standard input goes to standard output.
    """
    from interlock.cli.files import STDIN, Unusable, route_files, write_atomically
    from interlock.cli.render.text import counted

    result, notes = out(color), err(color)
    changed = broken = 0
    try:
        names = route_files(files)
    except Unusable as error:
        complain(str(error), color)
        raise typer.Exit(2) from None
    for name in names:
        try:
            old, new = _formatted(name, notes)
            if check or diff:
                if old != new:
                    _report(name, old, new, diff, result)
            elif name == STDIN:
                result.stream.write(new)
            elif old != new:
                write_atomically(name, new.encode())
                notes.line(f"reformatted {name}")
        except Unusable as error:
            complain(str(error), color)
            broken += 1
            continue
        changed += old != new
    if check or diff or names != [STDIN]:
        verb = "would be reformatted" if check or diff else "reformatted"
        same = len(names) - changed - broken
        parts = [f"{counted(changed, 'file')} {verb}"] if changed else []
        parts += [f"{counted(same, 'file')} left as {'it is' if same == 1 else 'they are'}"] if same else []
        parts += [f"{counted(broken, 'file')} not formatted"] if broken else []
        notes.line(", ".join(parts))
    if broken:
        raise typer.Exit(2)
    if changed and (check or diff):
        raise typer.Exit(1)


def _formatted(name: str, notes: Console) -> tuple[str, str]:
    """The text of a file and its canonical form. Raises ``Unusable`` for a file that is no policy text,
    after showing what is wrong with it."""
    from interlock.cli.files import STDIN, Unusable, read_bytes
    from interlock.cli.render.text import write_findings
    from interlock.dsl.credentials import hide
    from interlock.dsl.format import format_module
    from interlock.dsl.limits import MAX_FILE_BYTES
    from interlock.dsl.parse import parse
    from interlock.dsl.source import Source

    data = read_bytes(name, MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise Unusable(f"`{name}` is larger than {MAX_FILE_BYTES // 1024 // 1024} MiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unusable(f"`{name}` is not UTF-8 (byte {error.start})") from error
    shown = "<stdin>" if name == STDIN else name
    # A byte order mark is dropped, and line ends become \n: there is one canonical form.
    module, findings = parse(Source(shown, text.removeprefix("\ufeff")))
    if findings:
        findings = hide(findings, [module.source])
        write_findings([(shown, finding) for finding in findings], notes)
        raise Unusable(f"`{shown}` has errors and stays as it is")
    new = format_module(module)
    again, wrong = parse(Source(shown, new))
    if wrong or format_module(again) != new:
        # The formatter's own tests prove this away; a policy is worth the second look.
        raise RuntimeError(f"the layout of {shown} would not be stable; the file stays as it is")
    return text, new


def _report(name: str, old: str, new: str, diff: bool, result: Console) -> None:
    if not diff:
        result.line(f"would reformat {name}")
        return
    from interlock.cli.render.diff import write_diff
    from interlock.dsl.source import Source

    write_diff(Source(f"{name} (now)", old), Source(f"{name} (formatted)", new), result)

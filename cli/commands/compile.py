"""``interlock compile``: the decision table, checked and proved equal to the policy's meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, err
from interlock.cli.options import ColorOption, Config, Isolated, Root, settings_of

if TYPE_CHECKING:
    from interlock.cli.console import Color
    from interlock.cli.settings import Effective
    from interlock.compiler.pipeline import Checked
    from interlock.compiler.progress import Progress
    from interlock.compiler.verify import Mismatch


def run(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The policy, or - for standard input.")],
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="OUT", help="Where to; - is standard output. [default: NAME.table.json]"
        ),
    ] = None,
    root: Root = None,
    config: Config = None,
    isolated: Isolated = False,
    color: ColorOption = "auto",
) -> None:
    """Compile a policy to its decision table.

    A policy with errors gives exit 1, and nothing is written.
    """
    from interlock.cli.files import Unusable
    from interlock.compiler.pipeline import Unreadable

    resolver = settings_of(config, isolated, root)
    try:
        _compile(file, output, root, resolver.of(file), color)
    except (Unreadable, Unusable) as error:
        complain(str(error), color)
        raise typer.Exit(2) from None


def _compile(file: str, output: str | None, root: str | None, settings: Effective, color: Color) -> None:
    import sys

    from interlock.cli.files import STDIN, Unusable, write_atomically
    from interlock.cli.progress import Bar
    from interlock.compiler.artifact import encode
    from interlock.compiler.verify import verify

    with Bar(file) as bar:
        checked = _checked(file, settings, bar)
    _refuse_errors(file, checked, root, color)
    policy, table = checked.front.policy, checked.front.table
    if policy is None or table is None:
        raise Unusable(f"`{file}` is a module: only a policy has a decision table")
    data = encode(table)
    with Bar(file) as bar:
        mismatch = verify(policy, table, bar)
    if mismatch is not None:
        complain(
            f"internal error: the table would not decide as the policy says, so nothing was written: "
            f"{_told(mismatch)} (this is a bug of interlock; please report it with the policy)",
            color,
        )
        raise typer.Exit(2)
    target = output if output is not None else f"{policy.name}.table.json"
    if target == STDIN:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_atomically(target, data)
    err(color).line(_summary("standard output" if target == STDIN else target, data))


def _told(mismatch: Mismatch) -> str:
    from interlock.cli.render.json import dumps

    after = f" after {', '.join(mismatch.after)}" if mismatch.after else ""
    return (
        f"for {dumps(mismatch.request)}{after} the table says {dumps(mismatch.table)} "
        f"and the policy {dumps(mismatch.reference)}"
    )


def _checked(file: str, settings: Effective, progress: Progress) -> Checked:
    from interlock.cli.files import STDIN, read_text_of_stdin
    from interlock.compiler.pipeline import check

    if file == STDIN:
        text = read_text_of_stdin()
        return check("<stdin>", root=settings.root, text=text, models=settings.models, settings=settings.settings)
    return check(file, root=settings.root, models=settings.models, settings=settings.settings, progress=progress)


def _refuse_errors(file: str, checked: Checked, root: str | None, color: Color) -> None:
    if not any(finding.severity == "error" for finding in checked.findings):
        return
    from interlock.cli.render.text import summary, write_findings

    console = err(color)
    write_findings([(file, finding) for finding in checked.findings], console, root)
    console.line(f"{summary(checked.findings, 1, console)}; nothing was written")
    raise typer.Exit(1)


def _summary(target: str, data: bytes) -> str:
    import json

    table = json.loads(data)
    numbers = ", ".join(f"{len(table[name]):,} {name}" for name in ("rules", "columns", "rows"))
    return f"wrote {target}: {numbers}, {len(data):,} bytes, version {table['version'][:12]}"

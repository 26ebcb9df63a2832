"""The decision table of a policy that may be put to use: without errors, and compared with the policy's meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from interlock.cli.console import complain, err

if TYPE_CHECKING:
    from interlock.cli.console import Color
    from interlock.cli.settings import Effective
    from interlock.compiler.pipeline import Checked
    from interlock.compiler.progress import Progress
    from interlock.compiler.table import Table
    from interlock.compiler.verify import Mismatch


def proved(file: str, root: str | None, settings: Effective, color: Color) -> Table:
    """The table of a policy without errors, compared with its meaning. Ends the command where there is none."""
    from interlock.cli.files import Unusable
    from interlock.cli.progress import Bar
    from interlock.compiler.verify import verify

    with Bar(file) as bar:
        checked = _checked(file, settings, bar)
    _refuse_errors(file, checked, root, color)
    policy, table = checked.front.policy, checked.front.table
    if policy is None or table is None:
        raise Unusable(f"`{file}` is a module: only a policy has a decision table")
    with Bar(file) as bar:
        mismatch = verify(policy, table, bar)
    if mismatch is not None:
        complain(
            f"internal error: the table would not decide as the policy says, so nothing was written: "
            f"{_told(mismatch)} (this is a bug of interlock; please report it with the policy)",
            color,
        )
        raise typer.Exit(2)
    return table


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

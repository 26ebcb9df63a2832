"""``interlock compile``: the decision table, checked and proved equal to the policy's meaning; or a query in SQL."""

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
    from interlock.compiler.table import Table
    from interlock.compiler.targets.sql.dialects import Dialect
    from interlock.compiler.verify import Mismatch


def run(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The policy, or - for standard input.")],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="Where to; - is standard output. [default: NAME.table.json, for sql -]",
        ),
    ] = None,
    to: Annotated[str, typer.Option("--to", metavar="table|sql", help="What to write.")] = "table",
    dialect: Annotated[
        str | None, typer.Option("--dialect", metavar="NAME", help="Whose SQL: duckdb, spark, or one that is untested.")
    ] = None,
    relation: Annotated[
        str | None, typer.Option("--relation", metavar="NAME", help="The table with the requests. [default: requests]")
    ] = None,
    prefix: Annotated[
        str | None,
        typer.Option("--prefix", metavar="TEXT", help="What names of added columns begin with. [default: interlock_]"),
    ] = None,
    root: Root = None,
    config: Config = None,
    isolated: Isolated = False,
    color: ColorOption = "auto",
) -> None:
    """Compile a policy to its decision table, or to a query in SQL.

    A policy with errors gives exit 1, and nothing is written.
    """
    from interlock.cli.files import Unusable
    from interlock.cli.sql import pick_dialect, pick_prefix
    from interlock.compiler.pipeline import Unreadable

    chosen = pick_dialect(to, dialect)
    for option, value in (("--relation", relation), ("--prefix", prefix)):
        if chosen is None and value is not None:
            raise typer.BadParameter("it is for --to sql", param_hint=option)
    begin = pick_prefix("interlock_" if prefix is None else prefix)
    resolver = settings_of(config, isolated, root)
    try:
        table = _proved(file, root, resolver.of(file), color)
        if chosen is None:
            _write_table(table, output, color)
        else:
            _write_sql(table, chosen, "requests" if relation is None else relation, begin, output, color)
    except (Unreadable, Unusable) as error:
        complain(str(error), color)
        raise typer.Exit(2) from None


def _proved(file: str, root: str | None, settings: Effective, color: Color) -> Table:
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


def _write_table(table: Table, output: str | None, color: Color) -> None:
    from interlock.compiler.artifact import encode

    data = encode(table)
    target = output if output is not None else f"{table.policy.name}.table.json"
    _write(target, data)
    err(color).line(_summary(_named(target), data))


def _write_sql(table: Table, dialect: Dialect, relation: str, prefix: str, output: str | None, color: Color) -> None:
    from interlock.cli.sql import sql_text

    data = sql_text(table, dialect, relation, prefix).encode()
    target = "-" if output is None else output
    _write(target, data)
    err(color).line(f"wrote {_named(target)}: a query for {dialect}, {len(data):,} bytes")


def _named(target: str) -> str:
    return "standard output" if target == "-" else target


def _write(target: str, data: bytes) -> None:
    import sys

    from interlock.cli.files import STDIN, write_atomically

    if target == STDIN:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_atomically(target, data)


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

"""``interlock compile``: the decision table, checked and proved equal to the policy's meaning; or a query in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, err
from interlock.cli.options import ColorOption, Config, Isolated, Root, settings_of

if TYPE_CHECKING:
    from interlock.cli.console import Color
    from interlock.compiler.table import Table
    from interlock.compiler.targets.sql.dialects import Dialect


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
    from interlock.cli.proved import proved
    from interlock.cli.sql import pick_dialect, pick_prefix
    from interlock.compiler.pipeline import Unreadable

    chosen = pick_dialect(to, dialect)
    for option, value in (("--relation", relation), ("--prefix", prefix)):
        if chosen is None and value is not None:
            raise typer.BadParameter("it is for --to sql", param_hint=option)
    begin = pick_prefix("interlock_" if prefix is None else prefix)
    resolver = settings_of(config, isolated, root)
    try:
        table = proved(file, root, resolver.of(file), color)
        if chosen is None:
            _write_table(table, output, color)
        else:
            _write_sql(table, chosen, "requests" if relation is None else relation, begin, output, color)
    except (Unreadable, Unusable) as error:
        complain(str(error), color)
        raise typer.Exit(2) from None


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


def _summary(target: str, data: bytes) -> str:
    import json

    table = json.loads(data)
    numbers = ", ".join(f"{len(table[name]):,} {name}" for name in ("rules", "columns", "rows"))
    return f"wrote {target}: {numbers}, {len(data):,} bytes, version {table['version'][:12]}"

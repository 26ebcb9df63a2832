"""``interlock decide``: where requests go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, out
from interlock.cli.options import After, ColorOption, FileOrTable, Root, error_classes, pick_format

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interlock.cli.console import Color
    from interlock.runtime import Decision, Table


def run(
    file: FileOrTable,
    request: Annotated[
        str | None, typer.Option("--request", metavar="JSON", help="One request, as a JSON object.")
    ] = None,
    requests: Annotated[
        str | None,
        typer.Option("--requests", metavar="FILE", help="A file (or -) with a request a line."),
    ] = None,
    after: After = None,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="text|json", help="Default: text; json for --requests.")
    ] = None,
    root: Root = None,
    color: ColorOption = "auto",
) -> None:
    """Where a request goes.

    At first, or after errors. Exits 0 for any decision, failures and invalid requests included.
    """
    if (request is None) == (requests is None):
        raise typer.BadParameter("give one of the two", param_hint="--request / --requests")
    if requests is not None:
        if (format_ or "json") != "json":
            raise typer.BadParameter("--requests writes JSON, one line a request", param_hint="--format")
        if requests == file == "-":
            raise typer.BadParameter("only one of policy and requests can be -", param_hint="--requests")
    format_ = pick_format(format_ or "text")
    classes = error_classes(after)
    from interlock.cli.tables import load_table

    if request is not None:
        from interlock.cli.requests import request_or_exit

        value = request_or_exit(request, color)
        decision = _walk(load_table(file, root, color).table, value, classes)
        _write(decision, format_, color)
        return
    assert requests is not None
    _stream(load_table(file, root, color).table, requests, classes, color)


def _walk(table: Table, request: object, classes: Sequence[str]) -> Decision:
    """The decision for a request after errors of these classes."""
    decision = table.decide(request)
    for name in classes:
        decision = table.after(decision, name)
    return decision


def _write(decision: Decision, format_: str, color: Color) -> None:
    console = out(color)
    if format_ == "json":
        from interlock.cli.render.json import write_json

        write_json(decision.to_dict(), console)
        return
    from interlock.cli.render.decision import decision_lines

    for line in decision_lines(decision, console):
        console.line(line)


def _stream(table: Table, requests: str, classes: Sequence[str], color: Color) -> None:
    import sys

    from interlock.cli.files import STDIN, reason
    from interlock.cli.render.json import write_json
    from interlock.cli.requests import BYTE_ORDER_MARK, parse_request_line

    console = out(color)

    def answer(lines: Iterable[bytes]) -> None:
        for number, line in enumerate(lines):
            text = line if number else line.removeprefix(BYTE_ORDER_MARK)
            decision = _walk(table, parse_request_line(text), classes)
            write_json(decision.to_dict(), console)
            if requests == STDIN:
                console.stream.flush()  # whoever feeds us may be waiting for the answer

    if requests == STDIN:
        answer(sys.stdin.buffer)
        return
    try:
        file = open(requests, "rb")  # noqa: SIM115 - closed below; only opening may fail with this message
    except (OSError, ValueError) as error:
        complain(f"cannot read `{requests}`: {reason(error)}", color)
        raise typer.Exit(2) from None
    with file:
        answer(file)

"""``interlock traffic``: what gateways have logged, as requests of a policy, and what it says of the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, err, out
from interlock.cli.options import ColorOption, Format, Root, pick_format

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from interlock.compiler.traffic.logs import Kind
    from interlock.compiler.traffic.write import Form


def run(
    file: Annotated[str, typer.Argument(metavar="POLICY", help="The policy whose attributes the requests have.")],
    logs: Annotated[
        list[str], typer.Argument(metavar="FILES…", help="Logs or files of requests, .gz too, or - for standard input.")
    ],
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="LOG",
            help="What the files are: litellm-spend, otlp, portkey, requests. [default: what they look like]",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="OUT", help="Write the requests to it: .jsonl, .csv, .parquet, or -."),
    ] = None,
    take: Annotated[
        list[str] | None,
        typer.Option("--take", metavar="ATTRIBUTE=POINTER", help="Where it is in a record: tier=/metadata/plan"),
    ] = None,
    session: Annotated[
        str | None,
        typer.Option(
            "--session", metavar="ATTRIBUTES", help="What makes a session. [default: session_id, with agent_id]"
        ),
    ] = None,
    no_audit: Annotated[bool, typer.Option("--no-audit", help="Only read and write.")] = False,
    format_: Format = "text",
    root: Root = None,
    color: ColorOption = "auto",
) -> None:
    """Make requests of logs, and hold a policy's declarations against them.

    Only declared attributes are taken, never prompts or keys. Exit 1: something does not hold, or could not be read.
    """
    format_ = pick_format(format_)
    kind, form = _kind(from_), _form(output)
    pointers = _pointers(take or [])
    if file == "-" and "-" in logs:
        raise typer.BadParameter("only one of policy and logs can be -", param_hint="FILES")
    from interlock.cli.files import Unusable
    from interlock.cli.log_files import opened
    from interlock.cli.progress import Bar
    from interlock.cli.render.traffic import write_traffic
    from interlock.cli.tables import read_front, read_once
    from interlock.compiler.traffic.parquet import MissingDuckDB
    from interlock.compiler.traffic.record import UnreadableLog
    from interlock.compiler.traffic.whole import take as take_traffic

    try:
        front = read_front(file, root, read_once(file), color)
        if front.policy is None or front.table is None:
            raise Unusable(f"`{file}` is a module: it has no rules, and perhaps not all attributes")
        with _opened(output) as target, Bar(logs[0]) as bar:
            found = take_traffic(
                front.policy,
                front.table,
                opened(logs),
                kind=kind,
                pointers=pointers,
                session=None if session is None else [name.strip() for name in session.split(",") if name.strip()],
                out=None if target is None or form is None else (form, target),
                audit=not no_audit,
                progress=bar,
            )
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--take / --session") from None
    except MissingDuckDB as error:
        complain(f"{error}" + ("" if no_audit else "; `--no-audit` makes requests without it"), color)
        raise typer.Exit(2) from None
    except (Unusable, UnreadableLog) as error:
        complain(str(error), color)
        raise typer.Exit(2) from None
    write_traffic(found, output, format_, err(color) if output == "-" else out(color))
    if not found.read.requests and found.read.unread:
        raise typer.Exit(2)
    if found.read.unread or (found.audit is not None and found.audit.faults):
        raise typer.Exit(1)


def _kind(name: str | None) -> Kind | None:
    from interlock.compiler.traffic.logs import KINDS
    from interlock.dsl.nearest import nearest

    known = next((kind for kind in KINDS if kind == name), None)
    if name is not None and known is None:
        close = nearest(name, KINDS)
        advice = f"did you mean {close!r}?" if close else f"there are {', '.join(KINDS)}"
        raise typer.BadParameter(f"{name!r} is no kind of log that is understood; {advice}", param_hint="--from")
    return known


def _form(output: str | None) -> Form | None:
    from interlock.compiler.traffic.write import FORMS, form_of

    if output is None or output == "-":
        return None if output is None else "jsonl"
    form = form_of(output)
    if form is None:
        endings = ", ".join(f".{form}" for form in FORMS)
        raise typer.BadParameter(
            f"{output!r} does not say its form: it ends in none of {endings}", param_hint="--output"
        )
    return form


def _pointers(given: list[str]) -> dict[str, str]:
    pointers = {}
    for one in given:
        name, equals, pointer = one.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{one!r} is not like tier=/metadata/plan", param_hint="--take")
        pointers[name] = pointer
    return pointers


def _opened(output: str | None) -> AbstractContextManager[BinaryIO | None]:
    import sys
    from contextlib import nullcontext

    from interlock.cli.files import replacing

    if output is None:
        return nullcontext(None)
    return nullcontext(sys.stdout.buffer) if output == "-" else replacing(output)

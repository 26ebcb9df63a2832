"""``interlock ask``: a question about a policy, answered for every request there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, err, out
from interlock.cli.options import ColorOption, Format, Root, pick_format

if TYPE_CHECKING:
    from interlock.cli.console import Color
    from interlock.compiler.question import Answer
    from interlock.dsl.finding import Finding


def run(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The policy, or - for standard input.")],
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help='As in `assert`: "every hop.provider != bedrock".')],
    when: Annotated[
        str | None, typer.Option("--when", metavar="EXPR", help='Ask about these requests only: "tier == free".')
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every different pool and walk for which it does not hold.")
    ] = False,
    format_: Format = "text",
    root: Root = None,
    color: ColorOption = "auto",
) -> None:
    """Ask whether something holds of every request.

    Exit 0: it does, and that is proved. Exit 1: it does not; a request and the walk show it.
    """
    format_ = pick_format(format_)
    from interlock.cli.files import Unusable
    from interlock.cli.tables import read_front, read_once
    from interlock.compiler.question import Answer, ask

    try:
        front = read_front(file, root, read_once(file), color)
        if front.policy is None:
            raise Unusable(f"`{file}` is a module: it has no rules to ask about")
    except Unusable as error:
        complain(str(error), color)
        raise typer.Exit(2) from None
    answer = ask(front.program, when, claim, every=every)
    if not isinstance(answer, Answer):
        _explain(file, answer, color)
        raise typer.Exit(2)
    _write(file, answer, format_, root, every, color)
    if answer.broken:
        raise typer.Exit(1)
    if answer.undecided is not None:
        complain(f"this was not decided: it takes more than {answer.undecided}; ask with a simpler `--when`", color)
        raise typer.Exit(2)


def _explain(file: str, findings: list[Finding], color: Color) -> None:
    from interlock.cli.render.text import write_findings

    write_findings([(file, finding) for finding in findings], err(color))
    complain("the question could not be understood", color)


def _write(file: str, answer: Answer, format_: str, root: str | None, every: bool, color: Color) -> None:
    console = out(color)
    if format_ == "json":
        from interlock.cli.render.answer import answer_json
        from interlock.cli.render.json import write_json

        write_json(answer_json(answer), console)
        return
    from interlock.cli.render.answer import write_answer

    write_answer(file, answer, console, root, every)

"""``interlock check``: every finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from interlock.cli.console import complain
from interlock.cli.options import ColorOption, Files, Root
from interlock.cli.report import CheckFormat, Report, write_report

if TYPE_CHECKING:
    from interlock.dsl.finding import Finding

FailOn = Literal["error", "warning", "info"]


def run(
    files: Files,
    format_: Annotated[CheckFormat, typer.Option("--format", help="How to write the findings.")] = "text",
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="What gives exit 1.")] = "error",
    select: Annotated[
        str | None,
        typer.Option("--select", metavar="CODES", help="Only these: R101,F,never-matches. (T always.)"),
    ] = None,
    ignore: Annotated[str | None, typer.Option("--ignore", metavar="CODES", help="All but these.")] = None,
    root: Root = None,
    color: ColorOption = "auto",
) -> None:
    """Find what is wrong with policies.

    Each finding comes with its place, a request that shows it, and what to write instead.
    """
    wanted = _wanted(select, ignore)
    from interlock.cli.files import STDIN, Unusable, read_text_of_stdin, route_files
    from interlock.compiler.pipeline import Unreadable, check

    found: dict[tuple[object, ...], tuple[str, Finding]] = {}
    read: list[str] = []
    unread: list[tuple[str, str]] = []
    try:
        names = route_files(files)
    except Unusable as error:
        complain(str(error), color)
        raise typer.Exit(2) from None
    for name in names:
        try:
            if name == STDIN:
                findings = check("<stdin>", root=root, text=read_text_of_stdin()).findings
            else:
                findings = check(name, root=root).findings
        except (Unreadable, Unusable) as error:
            complain(str(error), color)
            unread.append((name, str(error)))
            continue
        read.append("<stdin>" if name == STDIN else name)
        for finding in findings:
            if wanted is None or finding.kind.code in wanted:
                # A module that two policies import is found twice.
                found.setdefault((finding.sort_key, finding.span.file), (name, finding))
    ordered = sorted(found.values(), key=lambda item: item[1].sort_key)
    report = Report(tuple(ordered), tuple(read), tuple(unread), fail_on, root)
    write_report(report, format_, color)
    if unread:
        raise typer.Exit(2)
    if any(report.fails(finding) for finding in report.findings):
        raise typer.Exit(1)


def _wanted(select: str | None, ignore: str | None) -> set[str] | None:
    """The codes to show, or None for all. T findings always are among them: the rest says nothing while
    there is one."""
    if select is None and ignore is None:
        return None
    from interlock.compiler.catalogue import catalogue

    kinds = catalogue()
    slugs = {kind.slug: code for code, kind in kinds.items()}

    def codes(text: str, option: str) -> set[str]:
        chosen: set[str] = set()
        for word in (part.strip() for part in text.split(",")):
            if not word:
                continue
            matching = {slugs[word]} if word in slugs else {c for c in kinds if c.startswith(word.upper())}
            if not matching:
                raise typer.BadParameter(_unknown(word, [*kinds, *slugs]), param_hint=option)
            chosen |= matching
        return chosen

    chosen = set(kinds) if select is None else codes(select, "--select")
    if ignore is not None:
        chosen -= codes(ignore, "--ignore")
    return chosen | {code for code in kinds if code.startswith("T")}


def _unknown(word: str, known: list[str]) -> str:
    from interlock.dsl.nearest import nearest

    close = nearest(word, known)
    return f"{word!r} is no finding" + (f"; did you mean {close!r}?" if close else "; see `interlock rule`")

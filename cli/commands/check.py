"""``interlock check``: every finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from interlock.cli.console import complain, out
from interlock.cli.options import ColorOption, Files, Format, Root, pick_format

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interlock.cli.console import Color
    from interlock.dsl.finding import Finding

FailOn = Literal["error", "warning", "info"]
_LATER = ("sarif", "github", "junit")


def run(
    files: Files,
    format_: Format = "text",
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
    format_ = pick_format(format_, _LATER)
    wanted = _wanted(select, ignore)
    from interlock.cli.files import STDIN, Unusable, read_text_of_stdin, route_files
    from interlock.compiler.pipeline import Unreadable, check

    found: dict[tuple[object, ...], tuple[str, Finding]] = {}
    read = 0
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
            continue
        read += 1
        for finding in findings:
            if wanted is None or finding.kind.code in wanted:
                # A module that two policies import is found twice.
                found.setdefault((finding.sort_key, finding.span.file), (name, finding))
    ordered = sorted(found.values(), key=lambda item: item[1].sort_key)
    _write(ordered, read, format_, root, color)
    if read < len(names):
        raise typer.Exit(2)
    if _fails((finding for _, finding in ordered), fail_on):
        raise typer.Exit(1)


def _write(found: list[tuple[str, Finding]], files: int, format_: str, root: str | None, color: Color) -> None:
    console = out(color)
    findings = [finding for _, finding in found]
    if format_ == "json":
        from interlock.cli.render.json import findings_json, write_json

        write_json(findings_json(findings), console)
        return
    from interlock.cli.render.text import summary, write_findings

    write_findings(found, console, root)
    if files:
        console.line(summary(findings, files, console))


def _fails(findings: Iterable[Finding], fail_on: FailOn) -> bool:
    failing = {"error": {"error"}, "warning": {"error", "warning"}, "info": {"error", "warning", "info"}}
    return any(finding.severity in failing[fail_on] for finding in findings)


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

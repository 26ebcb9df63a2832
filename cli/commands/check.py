"""``interlock check``: every finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from interlock.cli.console import complain, out
from interlock.cli.options import ColorOption, Config, Files, Isolated, Root, settings_of
from interlock.cli.report import CheckFormat, Report

if TYPE_CHECKING:
    from interlock.cli.settings import Effective
    from interlock.dsl.finding import Finding

FailOn = Literal["error", "warning", "info"]


def run(
    files: Files,
    format_: Annotated[CheckFormat, typer.Option("--format", help="How to write the findings.")] = "text",
    fail_on: Annotated[
        FailOn | None, typer.Option("--fail-on", help="What gives exit 1. [default: error]", show_default=False)
    ] = None,
    select: Annotated[
        str | None,
        typer.Option("--select", metavar="CODES", help="Only these: R101,F,never-matches. (T always.)"),
    ] = None,
    ignore: Annotated[str | None, typer.Option("--ignore", metavar="CODES", help="All but these.")] = None,
    root: Root = None,
    config: Config = None,
    isolated: Isolated = False,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Show what holds for each file, and where it comes from.")
    ] = False,
    color: ColorOption = "auto",
) -> None:
    """Find what is wrong with policies.

    Each finding comes with its place, a request that shows it, and what to write instead.
    """
    resolver = settings_of(config, isolated, root, select=select, ignore=ignore, fail_on=fail_on)
    from interlock.cli.files import STDIN, Unusable, read_text_of_stdin, route_files
    from interlock.cli.render.report import write_report
    from interlock.compiler.pipeline import Unreadable, check

    found: dict[tuple[object, ...], tuple[str, Finding]] = {}
    read: list[str] = []
    unread: list[tuple[str, str]] = []
    settings: dict[str, Effective] = {}
    try:
        names = route_files(files)
    except Unusable as error:
        complain(str(error), color)
        raise typer.Exit(2) from None
    for name in names:
        try:
            own = resolver.of(name)
            settings[name] = own
            if show_settings:
                continue
            if name == STDIN:
                text = read_text_of_stdin()
                findings = check("<stdin>", root=own.root, text=text, settings=own.settings).findings
            else:
                findings = check(name, root=own.root, settings=own.settings).findings
        except (Unreadable, Unusable) as error:
            if all(str(error) != told for _, told in unread):  # settings that many files share are named once
                complain(str(error), color)
            unread.append((name, str(error)))
            continue
        read.append("<stdin>" if name == STDIN else name)
        for finding in findings:
            # A module that two policies import is found twice.
            found.setdefault((finding.sort_key, finding.span.file), (name, finding))
    if show_settings:
        from interlock.cli.render.settings import write_settings

        write_settings(settings, format_, out(color))
        raise typer.Exit(2 if unread else 0)
    ordered = sorted(found.values(), key=lambda item: item[1].sort_key)
    least = {name: own.fail_on for name, own in settings.items()}
    report = Report(tuple(ordered), tuple(read), tuple(unread), least, root)
    write_report(report, format_, color)
    if unread:
        raise typer.Exit(2)
    if any(report.fails(finding) for finding in report.findings):
        raise typer.Exit(1)

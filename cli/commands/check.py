"""``interlock check``: every finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from interlock.cli.console import complain, err, out
from interlock.cli.options import ColorOption, Config, Files, From, Isolated, Root, gateway, settings_of
from interlock.cli.report import CheckFormat, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlock.compiler.sources.formats import Format
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
    from_: From = None,
    root: Root = None,
    config: Config = None,
    isolated: Isolated = False,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Show what holds for each file, and where it comes from.")
    ] = False,
    baseline: Annotated[
        str | None, typer.Option("--baseline", metavar="FILE", help="Show and fail on only what is not in it.")
    ] = None,
    write_baseline: Annotated[
        bool,
        typer.Option("--write-baseline", help="Put all findings in the baseline. [default: interlock-baseline.json]"),
    ] = False,
    add_allows: Annotated[
        bool, typer.Option("--add-allows", help="Allow all findings by comments in the policies: a start to work from.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="What --add-allows gives as the reason.")
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Change the files where it is proved that they then decide as before.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what --fix would change, exit 1.")] = False,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="With --fix, respell names where one is meant.")] = False,
    color: ColorOption = "auto",
) -> None:
    """Find what is wrong with policies, or with the configurations of gateways.

    Each finding comes with its place, a request that shows it, and what to write instead.
    """
    format_from = gateway(from_)
    if add_allows and write_baseline:
        raise typer.BadParameter("findings are allowed or in the baseline, not both", param_hint="--add-allows")
    if reason is not None and not add_allows:
        raise typer.BadParameter("it is for --add-allows", param_hint="--reason")
    if unsafe and not (fix or diff):
        raise typer.BadParameter("it is for --fix and --diff", param_hint="--unsafe")
    if show_settings and format_ not in ("text", "json"):
        raise typer.BadParameter("--show-settings is written as text or json", param_hint="--format")
    resolver = settings_of(config, isolated, root, select=select, ignore=ignore, fail_on=fail_on)
    from interlock.cli.checking import check_files
    from interlock.cli.configurations import files_of
    from interlock.cli.files import STDIN, Unusable
    from interlock.cli.render.report import write_report

    try:
        names = files_of(files, format_from)
        if fix or diff or add_allows:
            _refuse_configurations(names, format_from)
        if show_settings:
            from interlock.cli.render.settings import write_settings

            write_settings({name: resolver.of(name) for name in names}, format_, out(color))
            return
        stdin = None
        if diff:
            from interlock.cli.fixing import show_fixes

            raise typer.Exit(show_fixes(names, resolver, unsafe, color))
        if fix:
            from interlock.cli.fixing import write_fixes

            stdin = write_fixes(names, resolver, unsafe, color)
        beside = None
        if baseline is not None or write_baseline:
            from interlock.cli.baseline_run import beside_baseline, open_baseline

            beside = open_baseline(baseline, write_baseline)
        run = check_files(names, resolver, color, stdin, from_=format_from)
        found: Sequence[tuple[str, Finding]] = run.found
        baselined = None
        if beside is not None:
            found, baselined = beside_baseline(run, beside, color)
        if add_allows:
            from interlock.cli.add_allows import allow_all

            found = allow_all(run, found, reason, lambda also: check_files(run.read, resolver, color, also=also), color)
    except Unusable as error:
        complain(str(error), color)
        raise typer.Exit(2) from None
    read = tuple("<stdin>" if name == STDIN else name for name in run.read)
    least = {name: own.fail_on for name, own in run.settings.items()}
    report = Report(tuple(found), read, run.unread, least, root, baselined)
    # The fixed text has gone to standard output.
    write_report(report, format_, out(color) if stdin is None else err(color))
    if run.unread:
        raise typer.Exit(2)
    if any(report.fails(finding) for finding in report.findings):
        raise typer.Exit(1)


def _refuse_configurations(names: Sequence[str], from_: Format | None) -> None:
    """Changes are for policies. Raises ``Unusable``."""
    from interlock.cli.configurations import may_be_configuration
    from interlock.cli.files import Unusable

    named = next((name for name in names if from_ is not None or may_be_configuration(name)), None)
    if named is not None:
        raise Unusable(
            f"`{named}` is the configuration of a gateway, and only policies are changed; "
            "`--write-baseline` keeps its findings for later"
        )

"""``interlock diff``: what changes for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, err, out
from interlock.cli.options import ColorOption, Config, From, Isolated, Root, gateway, settings_of
from interlock.dsl.record import record

if TYPE_CHECKING:
    from interlock.cli.console import Color, Console
    from interlock.compiler.diff.side import Side
    from interlock.compiler.diff.weight import Weight
    from interlock.compiler.diff.whole import Diff

FORMATS = ("text", "json", "markdown", "html")
_CLASSES = ("refactor", "fallback-only", "routing", "interface")
_FINDINGS = "new-findings"


def run(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A policy, a compiled table, a gateway's configuration …")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="… or any of them at a revision: HEAD~1:policy.route.")],
    format_: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="How to write it.")] = "text",
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="CLASS,…",
            help="What gives exit 1: the least class (refactor, fallback-only, routing, interface), new-findings, or "
            "both. [default: fallback-only]",
        ),
    ] = None,
    traffic: Annotated[
        list[str] | None,
        typer.Option(
            "--traffic", metavar="FILE", help="Requests to weigh it by: .jsonl, .csv or .parquet; repeatable."
        ),
    ] = None,
    from_: From = None,
    root: Root = None,
    config: Config = None,
    isolated: Isolated = False,
    color: ColorOption = "auto",
) -> None:
    """Show what changes for whom between two versions of a policy.

    Every request that is treated otherwise is found, and none that is not: no change is a proof. Exit 0: every request
    is treated as before. Exit 1: some are not. Exit 2: that could not be found out.
    """
    if format_ not in FORMATS:
        raise typer.BadParameter(f"{format_!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    if old == new == "-":
        raise typer.BadParameter("only one of the two can be -", param_hint="OLD NEW")
    limits = _limits(fail_on)
    from_format = gateway(from_)
    resolver = settings_of(config, isolated, root)
    from interlock.cli.files import Unusable
    from interlock.cli.versions import Refused, version

    try:
        before, after = (version(name, resolver, from_format) for name in (old, new))
    except Refused as error:
        from interlock.cli.render.text import write_findings

        write_findings([(error.title, finding) for finding in error.findings], err(color))
        complain(str(error), color)
        raise typer.Exit(2) from None
    except Unusable as error:
        complain(str(error), color)
        raise typer.Exit(2) from None
    found = compared(before, after, color)
    write(found, format_, out(color), weighed(before, after, traffic, color) if traffic else None)
    if found.undecided:
        complain("not everything was decided within the limits; what was not is listed", color)
        raise typer.Exit(2)
    if limits.met(found):
        raise typer.Exit(1)


def compared(old: Side, new: Side, color: Color) -> Diff:
    """The difference, with a bar while it takes long. Ends the command with exit 2 where it cannot be found out."""
    from interlock.cli.progress import Bar
    from interlock.compiler.diff.whole import TooLarge, diff

    try:
        with Bar(f"{old.title} → {new.title}") as bar:
            return diff(old, new, bar)
    except TooLarge as error:
        complain(f"the two are too large to be compared: {error}", color)
        raise typer.Exit(2) from None


def weighed(old: Side, new: Side, files: list[str], color: Color) -> Weight:
    """The difference by requests in files, with a bar. Ends the command with exit 2 where they cannot be read."""
    from interlock.cli.files import Unusable
    from interlock.cli.log_files import opened
    from interlock.cli.progress import Bar
    from interlock.compiler.traffic.parquet import MissingDuckDB
    from interlock.compiler.traffic.record import UnreadableLog

    try:
        try:
            from interlock.compiler.diff.traffic import weigh
        except ModuleNotFoundError as error:
            if error.name != "sqlglot":
                raise
            raise Unusable("weighing by traffic needs sqlglot: `pip install 'interlock[traffic]'`") from None
        with Bar(files[0]) as bar:
            return weigh(old, new, opened(files), bar)
    except (Unusable, MissingDuckDB, UnreadableLog) as error:
        complain(str(error), color)
        raise typer.Exit(2) from None


def write(diff: Diff, format_: str, console: Console, weight: Weight | None = None) -> None:
    """Write a difference in one of the formats; with what traffic says of it."""
    from interlock.cli.render.diff_json import diff_json

    if weight is None:
        shown = diff_json(diff)
    else:
        from interlock.cli.render.diff_traffic import add_traffic, by_traffic

        diff, requests = by_traffic(diff, weight)
        shown = diff_json(diff)
        add_traffic(shown, weight, requests)
    if format_ == "json":
        from interlock.cli.render.json import write_json

        write_json(shown, console)
    elif format_ == "markdown":
        from interlock.cli.render.diff_markdown import markdown

        console.stream.write(markdown(shown))
    elif format_ == "html":
        from interlock.cli.render.diff_html import html

        console.stream.write(html(diff, shown))
    else:
        from interlock.cli.render.diff_text import write_text

        write_text(shown, console)


@record
class Limits:
    """What gives exit 1: a difference of the class ``least`` or more (None: of none), new findings."""

    least: str | None
    findings: bool

    def met(self, diff: Diff) -> bool:
        """Whether a difference, all of it decided, is as much."""
        from interlock.compiler.diff.whole import KINDS

        assert diff.kind is not None
        if self.least is not None and KINDS.index(diff.kind) >= _CLASSES.index(self.least) + 1:
            return True
        new = () if diff.findings is None else diff.findings.new
        return self.findings and any(finding.severity != "info" for finding in new)


def _limits(fail_on: str | None) -> Limits:
    """The limits of ``--fail-on``. Raises a usage error, with the nearest name."""
    from interlock.dsl.nearest import nearest

    names = [part.strip() for part in (fail_on or "fallback-only").split(",") if part.strip()]
    for name in names:
        if name not in (*_CLASSES, _FINDINGS):
            close = nearest(name, (*_CLASSES, _FINDINGS))
            advice = f"did you mean {close!r}?" if close else f"there are {', '.join((*_CLASSES, _FINDINGS))}"
            raise typer.BadParameter(f"{name!r} is no class of change; {advice}", param_hint="--fail-on")
    least = min((name for name in names if name != _FINDINGS), key=_CLASSES.index, default=None)
    return Limits(least, _FINDINGS in names)

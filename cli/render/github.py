"""Findings as workflow commands of GitHub Actions, which become annotations of a run and of a pull request.

The form is that of the runner's ``IssueCommandExtension``: ``::error file=…,line=…::message``. A command is one line,
so line ends are escaped; what the runner shows in the log is the message alone, so that names the place again.
"""

from __future__ import annotations

from interlock.cli.cells import plain
from interlock.cli.paths import base_folder, is_file, is_outside, path_of
from interlock.cli.render.lines import remarks
from interlock.cli.report import Report
from interlock.dsl.finding import Finding, Severity
from interlock.dsl.source import Span

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def github_lines(report: Report) -> list[str]:
    """One workflow command a finding, and one for each file that could not be read."""
    base = base_folder()
    lines = [_command(finding, file, report.root, base) for file, finding in report.found]
    lines += [f"::error title=interlock::{_data(plain(why))}" for _, why in report.unread]
    return lines


def _command(finding: Finding, file: str, root: str | None, base: str) -> str:
    span = finding.span
    properties: dict[str, str] = {}
    if is_file(span.source):
        (line, column), (end_line, end_column) = span.first, span.last
        properties = {"file": _path(span, base), "line": str(line), "endLine": str(end_line)}
        if line == end_line:  # GitHub takes columns only there
            properties |= {"col": str(column), "endColumn": str(end_column)}
    properties["title"] = f"{finding.kind.code} {finding.kind.slug}"
    text = [f"{_place(span, base)}: {plain(finding.message)}"]
    text += [f"{_place(related.span, base)}: {plain(related.message)}" for related in finding.related]
    text += remarks(finding, file, root)
    fields = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {fields}::{_data(chr(10).join(text))}"


def _path(span: Span, base: str) -> str:
    path = path_of(span.source, base)
    # The runner makes a path below the checkout of an absolute one too, where there is one.
    return span.file if is_outside(path) else path


def _place(span: Span, base: str) -> str:
    line, column = span.first
    return plain(f"{_path(span, base)}:{line}:{column}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""A report in the format that was asked for."""

from __future__ import annotations

from interlock.cli.console import Console
from interlock.cli.report import CheckFormat, Report


def write_report(report: Report, format_: CheckFormat, console: Console) -> None:
    """Write a report."""
    if format_ == "json":
        from interlock.cli.render.json import findings_json, write_json

        write_json(findings_json(report.findings, report.baselined), console)
    elif format_ == "sarif":
        from interlock.cli.render.json import write_json
        from interlock.cli.render.sarif import sarif

        write_json(sarif(report), console)
    elif format_ == "github":
        from interlock.cli.render.github import github_lines

        for line in github_lines(report):
            console.line(line)
    elif format_ == "junit":
        from interlock.cli.render.junit import check_suites, junit

        console.line(junit("check", check_suites(report)))
    else:
        from interlock.cli.render.text import in_baseline, summary, to_fix, write_findings

        write_findings(report.found, console, report.root)
        if report.files:
            rest = f"; {in_baseline(report.baselined)}" if report.baselined else ""
            fixes = to_fix(report.findings, report.files)
            console.line(summary(report.findings, len(report.files), console) + console.prose(fixes) + rest)

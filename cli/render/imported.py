"""What ``interlock import`` has to say of what it wrote."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.cli.cells import plain, wrap
from interlock.cli.console import Console
from interlock.cli.render.json import findings_json, place, write_json
from interlock.cli.render.text import counted, summary, write_findings
from interlock.compiler.sources.check import Imported
from interlock.dsl.finding import Finding


def write_imported(
    imported: Imported, refused: Sequence[Finding], written: str | None, form: str, console: Console
) -> None:
    """The report. ``refused`` are the findings that keep the configuration from being imported; ``written`` is where
    the policy is, None on standard output."""
    if form == "json":
        write_json(_as_json(imported, refused, written), console)
    elif refused:
        write_findings([(imported.title, finding) for finding in refused], console)
        console.line(f"{summary(refused, 1, console)}: not imported")
    else:
        _write_text(imported, written, console)


def _write_text(imported: Imported, written: str | None, console: Console) -> None:
    plan = imported.plan
    assert plan is not None
    if written is not None:
        parts = (counted(len(plan.rules), "rule"), counted(len(plan.pools), "pool"), counted(len(plan.chains), "chain"))
        console.line(f"wrote {plain(written)}: {', '.join(parts)}")
    if plan.remarks:
        console.line()
        console.line("what the gateway does and the policy does not say:")
        for remark in plan.remarks:
            where = f"{plain(remark.span.file)}:{remark.span.first[0]}"
            lines = wrap(f"{plain(remark.text)} ({where})", console.width - 4, console.width - 4)
            for number, line in enumerate(lines):
                console.line(f"  {'-' if number == 0 else ' '} {console.prose(line)}")
    if imported.findings:
        console.line()
        told = summary(imported.findings, len(imported.sources), console)
        console.line(f"{told} as it is written: `interlock check {plain(imported.title)}` shows them")


def _as_json(imported: Imported, refused: Sequence[Finding], written: str | None) -> dict[str, object]:
    plan = imported.plan
    remarks = () if plan is None or refused else plan.remarks
    return {
        "policy": None if refused else written,
        "format": imported.format,
        "remarks": [{"text": remark.text, **place(remark.span)} for remark in remarks],
        **findings_json(refused or imported.findings),
    }

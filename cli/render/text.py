"""Findings as text for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from interlock.cli.cells import plain, width, wrap
from interlock.cli.console import Console
from interlock.cli.render.json import dumps
from interlock.cli.render.snippet import Label, draw
from interlock.dsl.finding import Finding, Severity, Witness

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


def write_findings(findings: Sequence[tuple[str, Finding]], console: Console, root: str | None = None) -> None:
    """Write each finding, a blank line after each. Each comes with the file that was asked about, which
    is the one to give to ``decide``."""
    for file, finding in findings:
        for line in finding_lines(finding, console, file, root):
            console.line(line)
        console.line()


def finding_lines(finding: Finding, console: Console, file: str, root: str | None = None) -> list[str]:
    """One finding: what, where, how to see it happen, what to write instead."""
    role = finding.severity
    labels = [Label(finding.span, role=role, primary=True)]
    labels += [Label(related.span, related.message) for related in finding.related]
    lines = _title(finding, console)
    lines += draw(labels, console)
    if finding.witness is not None:
        lines += witness_lines(finding.witness, console, file, root)
    for note in finding.notes:
        lines += _remark("note", note, console)
    if finding.help:
        lines += _remark("help", finding.help, console)
    return lines


def summary(findings: Iterable[Finding], files: int, console: Console) -> str:
    """``2 errors, 1 warning in 1 file``."""
    where = f"in {counted(files, 'file')}"
    numbers = tally(findings)
    parts = [console.paint(severity, counted(number, severity)) for severity, number in numbers.items() if number]
    return f"{', '.join(parts)} {where}" if parts else f"{console.paint('good', 'no findings')} {where}"


def in_baseline(number: int) -> str:
    """``3 findings are in the baseline``."""
    return f"{counted(number, 'finding')} {'is' if number == 1 else 'are'} in the baseline"


def to_fix(findings: Iterable[Finding], files: Collection[str]) -> str:
    """``, 2 fixable with `--fix```; nothing where no finding has a fix for one of ``files``."""
    fixes = [f.fix for f in findings if f.fix is not None and all(edit.span.file in files for edit in f.fix.edits)]
    safe = sum(fix.safe for fix in fixes)
    parts = [f", {safe:,} fixable with `--fix`"] if safe else []
    parts += [f", {len(fixes) - safe:,} with `--fix --unsafe`"] if len(fixes) > safe else []
    return "".join(parts)


def tally(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings there are of each severity."""
    numbers = dict.fromkeys(SEVERITIES, 0)
    for finding in findings:
        numbers[finding.severity] += 1
    return numbers


def counted(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def command(
    verb: str, file: str, request: Mapping[str, object], after: Sequence[str] = (), root: str | None = None
) -> str:
    """The line that asks ``interlock`` about a request, ready to be pasted into a shell."""
    from shlex import quote

    words = ["interlock", verb, quote(file), "--request", quote(dumps(request))]
    words += ["--after", ",".join(after)] if after else []
    words += ["--root", quote(root)] if root else []
    return " ".join(words)


def walk(hops: Sequence[str], after: Sequence[str], console: Console) -> str:
    """``opus[us_east] ─overloaded→ spare``, or only the hops where the classes do not fit between them.
    As many classes as hops: the last one ends the walk."""
    dash, arrow = console.glyphs.dash, console.glyphs.arrow
    if len(after) == len(hops):
        hops = [*hops, "end"]
    if len(after) != len(hops) - 1:
        return f" {arrow} ".join(hops)
    text = hops[0]
    for error, hop in zip(after, hops[1:], strict=True):
        text += f" {dash}{error}{arrow} {hop}"
    return text


def _title(finding: Finding, console: Console) -> list[str]:
    kind = finding.kind
    head, slug = f"{finding.severity}[{kind.code}]", f"{kind.slug}:"
    used = width(f"{head} {slug} ")
    words = wrap(plain(finding.message), console.width - used, console.width - 4)
    first, *rest = [console.paint("strong", line) for line in words]
    start = f"{console.paint(finding.severity, head)} {console.paint('dim', slug)} "
    return [start + first, *("    " + line for line in rest)]


def witness_lines(witness: Witness, console: Console, file: str, root: str | None = None) -> list[str]:
    """How to see it happen: a command for each request, and the walk."""
    lines: list[str] = []
    for number, request in enumerate(witness.requests, start=1):
        if file == "-":  # there is no file to name in a command
            tag, text = "request", dumps(request)
        else:
            tag, text = "try", command("decide", file, request, witness.after, root)
        if len(witness.requests) > 1:
            tag = f"turn {number}"
        lines.append(_tagged(tag, plain(text), console))  # never wrapped: it is there to be copied
    hops = [plain(hop) for hop in witness.hops]
    if witness.after and len(witness.after) not in (len(hops) - 1, len(hops)):
        lines += _remark("after", ", ".join(witness.after), console)
    if hops:
        lines += _remark("hops", walk(hops, witness.after, console), console)
    return lines


def _remark(tag: str, text: str, console: Console) -> list[str]:
    room = console.width - len(tag) - 4
    first, *rest = wrap(plain(text), room, room)
    lines = [_tagged(tag, console.prose(first), console)]
    return lines + [" " * (len(tag) + 4) + console.prose(line) for line in rest]


def _tagged(tag: str, text: str, console: Console) -> str:
    role = "good" if tag == "help" else "second"
    return f"  {console.paint(role, tag + ':')} {text}"

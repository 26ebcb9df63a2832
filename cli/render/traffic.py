"""What was read of traffic and what it says of a policy, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.cli.cells import plain, width, wrap
from interlock.cli.console import Console
from interlock.cli.render.json import place, write_json
from interlock.cli.render.snippet import Label, draw
from interlock.cli.render.text import counted
from interlock.compiler.traffic.found import Audit, Fault
from interlock.compiler.traffic.logs import LOGS
from interlock.compiler.traffic.read import Read, Sourced
from interlock.compiler.traffic.whole import Traffic

_FILES = 6
_UNDECLARED = 8


def write_traffic(found: Traffic, output: str | None, form: str, console: Console) -> None:
    """The report. ``output`` is where the requests were written, None where they were not."""
    if form == "json":
        write_json(_json(found, output), console)
        return
    for line in _read_lines(found.read, console):
        console.line(line)
    if output not in (None, "-"):
        console.line(f"wrote {plain(str(output))}: {counted(found.read.requests, 'request')}")
    if any(sourced.where is not None for sourced in found.read.sourced):
        console.line()
        for line in _sourced_lines(found.read, console):
            console.line(line)
    if found.audit is not None:
        console.line()
        for line in _audit_lines(found.audit, console):
            console.line(line)


def _read_lines(read: Read, console: Console) -> Iterator[str]:
    for name, kind in read.files[:_FILES]:
        title = LOGS[kind].title if kind in LOGS else "requests"
        yield f"read {plain(name)}: {title}"
    if len(read.files) > _FILES:
        yield f"and {counted(len(read.files) - _FILES, 'file')} more"
    parts = [counted(read.requests, "request")]
    if read.left_out:
        parts.append(f"{read.left_out:,} {'is' if read.left_out == 1 else 'are'} no request to a model")
    unread = sum(one.rows for one in read.unread)
    if unread:
        parts.append(console.paint("bad", f"{unread:,} could not be read"))
    yield f"{counted(read.rows, 'row')}: {', '.join(parts)}"
    for one in read.unread[:10]:
        yield f"  {one.rows:,}  {plain(one.reason)}  {console.paint('dim', plain(', '.join(one.places)))}"
    if len(read.unread) > 10:
        yield f"  and for {len(read.unread) - 10} more reasons"
    if read.undeclared:
        names = [f"`{plain(name)}` ({count:,})" for name, count in list(read.undeclared.items())[:_UNDECLARED]]
        more = len(read.undeclared) - _UNDECLARED
        told = f"not declared, and ignored: {', '.join(names)}{f' and {more} more' if more > 0 else ''}"
        yield from map(console.prose, wrap(told, console.width, console.width))


def _sourced_lines(read: Read, console: Console) -> Iterator[str]:
    rows = [("attribute", "from", "found in", "")]
    for one in read.sourced:
        rows.append((one.attribute, one.where or "", f"{one.found:,}", percent(one.found, read.requests)))
    yield from table(rows, console, right=(2, 3))
    for why, names in _absent(read.sourced):
        told = f"{', '.join(f'`{name}`' for name in names)} {'is' if len(names) == 1 else 'are'} in none: {why}"
        yield ""
        yield from map(console.prose, wrap(told, console.width, console.width))
    if any(not one.found for one in read.sourced):
        yield console.prose("`--take ATTRIBUTE=/JSON/POINTER` takes one from elsewhere in each record")


def _absent(sourced: Sequence[Sourced]) -> list[tuple[str, list[str]]]:
    """The attributes that no request had, by why."""
    grouped: dict[str, list[str]] = {}
    for one in sourced:
        if not one.found:
            why = "; ".join(one.why) if one.kind is not None else "the policy does not say `from` where"
            grouped.setdefault(why or "nothing stands at that place", []).append(one.attribute)
    return list(grouped.items())


def _audit_lines(audit: Audit, console: Console) -> Iterator[str]:
    rows = [("rule", "requests", "")]
    rows += [(met.rule, f"{met.requests:,}", percent(met.requests, audit.requests)) for met in audit.met]
    invalid = sum(one.requests for one in audit.refused)
    if invalid:
        rows.append(("(invalid)", f"{invalid:,}", percent(invalid, audit.requests)))
    yield from table(rows, console, right=(1, 2))
    yield ""
    for fault in audit.faults:
        yield from _fault_lines(fault, console)
    if audit.sessions is not None:
        made = ", ".join(f"`{name}`" for name in audit.session)
        yield console.prose(f"{counted(audit.sessions, 'session')}, told apart by {made}")
    else:
        yield from map(
            console.prose, wrap(f"sessions were not looked at: {audit.unlooked}", console.width, console.width)
        )
    if audit.faults:
        told = f"{counted(len(audit.faults), 'declaration')} {'is' if len(audit.faults) == 1 else 'are'} not borne out"
        yield f"{console.paint('bad', told)} by {counted(audit.requests, 'request')}"
    else:
        tick = console.paint("good", console.glyphs.tick)
        yield f"{tick} every declaration is borne out by {counted(audit.requests, 'request')}"


def _fault_lines(fault: Fault, console: Console) -> Iterator[str]:
    cross = console.paint("bad", console.glyphs.cross)
    first, *rest = wrap(plain(fault.message), console.width - 2, console.width - 2)
    yield f"{cross} {console.paint('strong', first)}"
    yield from (f"  {console.paint('strong', line)}" for line in rest)
    yield from draw([Label(fault.span, "", "bad", primary=True)], console)
    if fault.example is not None:
        told = f"{fault.example.words}  at {', '.join(fault.example.places)}"
        yield from (f"  {console.prose(line)}" for line in wrap(plain(told), console.width - 2, console.width - 2))
    for number, line in enumerate(wrap(fault.help, console.width - 8, console.width - 8)):
        yield f"  {console.paint('good', 'help') + ': ' if number == 0 else '      '}{console.prose(line)}"
    yield ""


def percent(part: int, whole: int) -> str:
    """A share in words, never 0 or 100 % where it is only near that."""
    if not whole or part == whole:
        return "100 %" if part else "-"
    share = 100 * part / whole
    return "0 %" if not part else "<0.1 %" if share < 0.1 else f"{min(share, 99.9):.1f} %"


def table(rows: Sequence[tuple[str, ...]], console: Console, right: tuple[int, ...]) -> Iterator[str]:
    """Rows in columns, the first as a heading; those in ``right`` line up at their right."""
    cells = [tuple(map(plain, row)) for row in rows]
    widths = [max(width(row[column]) for row in cells) for column in range(len(cells[0]))]
    for number, row in enumerate(cells):
        line = "  ".join(
            " " * (wide - width(cell)) + cell if column in right else cell + " " * (wide - width(cell))
            for column, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        yield console.paint("strong", line) if number == 0 else line


def _json(found: Traffic, output: str | None) -> dict[str, object]:
    read = found.read
    return {
        "files": [{"file": name, "from": kind} for name, kind in read.files],
        "output": output,
        "rows": read.rows,
        "requests": read.requests,
        "left_out": read.left_out,
        "unread": [{"reason": one.reason, "rows": one.rows, "places": list(one.places)} for one in read.unread],
        "attributes": [
            {"attribute": one.attribute, "from": one.where, "found": one.found, "why": list(one.why)}
            for one in read.sourced
        ],
        "undeclared": dict(read.undeclared),
        "audit": None if found.audit is None else _audit_json(found.audit),
    }


def _audit_json(audit: Audit) -> dict[str, object]:
    return {
        "requests": audit.requests,
        "session": list(audit.session),
        "sessions": audit.sessions,
        "rules": [{"rule": met.rule, "requests": met.requests} for met in audit.met],
        "invalid": [
            {"attribute": one.attribute, "reason": one.reason, "requests": one.requests, "example": one.place}
            for one in audit.refused
        ],
        "faults": [
            {
                "slug": fault.slug,
                "subject": fault.subject,
                "message": fault.message,
                **place(fault.span),
                "count": fault.count,
                "total": fault.total,
                "unit": fault.unit,
                "example": None
                if fault.example is None
                else {"words": fault.example.words, "places": list(fault.example.places)},
                "help": fault.help,
            }
            for fault in audit.faults
        ],
    }

"""JSON as the command line writes it: one line, readable characters where the output can carry them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from interlock.cli.console import Console
from interlock.dsl.finding import Finding, Severity, Witness
from interlock.dsl.source import Span


def dumps(value: object) -> str:
    """JSON on one line. Lone surrogates, which no encoding can carry, are written as escapes."""
    text = json.dumps(value, ensure_ascii=False)
    return text if _encodes(text, "utf-8") else json.dumps(value)


def write_json(value: object, console: Console) -> None:
    """Write a value as one line, in ASCII where the stream's encoding lacks a character."""
    text = dumps(value)
    if not _encodes(text, console.stream.encoding or "ascii"):
        text = json.dumps(value)
    console.line(text)


def findings_json(findings: Iterable[Finding], baselined: int | None = None) -> dict[str, object]:
    """The object of ``check --format json``. ``baselined`` is how many findings a baseline holds back."""
    numbers: dict[Severity, int] = {"error": 0, "warning": 0, "info": 0}
    listed: list[object] = []
    for finding in findings:
        numbers[finding.severity] += 1
        listed.append(_finding(finding))
    summary = {"errors": numbers["error"], "warnings": numbers["warning"], "infos": numbers["info"]}
    if baselined is not None:
        summary["baselined"] = baselined
    return {"findings": listed, "summary": summary}


def place(span: Span) -> dict[str, object]:
    """``file``, ``start`` and ``end`` of a span."""
    return {"file": span.file, "start": _position(span.first), "end": _position(span.last)}


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.kind.code,
        "slug": finding.kind.slug,
        "severity": finding.severity,
        "message": finding.message,
        **place(finding.span),
        "help": finding.help,
        "related": [{"message": r.message, **place(r.span)} for r in finding.related],
        "witness": None if finding.witness is None else witness_json(finding.witness),
    }


def witness_json(witness: Witness) -> dict[str, object]:
    """The object of a witness."""
    return {
        "requests": [dict(request) for request in witness.requests],
        "after": list(witness.after),
        "hops": list(witness.hops),
    }


def _position(at: tuple[int, int]) -> dict[str, int]:
    return {"line": at[0], "column": at[1]}


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True

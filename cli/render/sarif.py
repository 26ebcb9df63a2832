"""Findings as SARIF 2.1.0 (OASIS, errata 01), the format of code scanning."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from interlock import __version__
from interlock.cli.cells import plain
from interlock.cli.fingerprint import fingerprints
from interlock.cli.paths import base_folder
from interlock.cli.render.json import dumps, witness_json
from interlock.cli.render.lines import commands
from interlock.cli.render.sarif_places import Places, region
from interlock.cli.render.sarif_rules import LEVELS, descriptors, sentence
from interlock.cli.report import Report
from interlock.compiler.catalogue import catalogue
from interlock.dsl.finding import Finding, Fix, Related, Witness

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(report: Report) -> dict[str, object]:
    """A log of one run. All rules are in it, also those that found nothing: a reader can tell what was looked for,
    and a rule has the same index in every run of a version."""
    base = base_folder()
    kinds = catalogue()
    index = {code: number for number, code in enumerate(kinds)}
    places = Places(base, report.files)
    marks = fingerprints(report.findings, base)
    results = [
        _result(finding, file, report.root, index[finding.kind.code], mark, places)
        for (file, finding), mark in zip(report.found, marks, strict=True)
    ]
    driver = {
        "name": "interlock",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": descriptors(kinds),
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report)],
        "originalUriBaseIds": places.bases(),
        "artifacts": places.artifacts(),
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(report: Report) -> dict[str, object]:
    told = [{"level": "error", "message": {"text": _text(why)}} for _, why in report.unread]
    return {"executionSuccessful": not told} | ({"toolExecutionNotifications": told} if told else {})


def _result(finding: Finding, file: str, root: str | None, rule: int, mark: str, places: Places) -> dict[str, object]:
    result: dict[str, Any] = {
        "ruleId": finding.kind.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": "\n".join(_message(finding, places))},
        "locations": [{"physicalLocation": places.physical(finding.span)}],
        "partialFingerprints": {"interlock/v1": mark},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": _text(r.message)}, "physicalLocation": places.physical(r.span)}
            for number, r in enumerate(finding.related, start=1)
        ]
    if finding.fix is not None:
        result["fixes"] = [_fix(finding.fix, places)]
    if finding.witness is not None:
        result["properties"] = {
            "witness": witness_json(finding.witness),
            "commands": commands(finding, file, root),
        }
    return result


def _message(finding: Finding, places: Places) -> Iterable[str]:
    """What it is, where else to look, for which request, what to write. Code scanning shows no other field, where
    room is short no more than the first sentence, and the places that this links to, no others."""
    yield _text(finding.message)
    for number, related in enumerate(finding.related, start=1):
        yield f"{_escaped(related.message)} ({_link(related, number, places)}).".lstrip()
    if finding.witness is not None:
        yield from map(_text, _requests(finding.witness))
    yield from (_text(f"Note: {note}") for note in finding.notes)
    if finding.help:
        yield _text(f"Help: {finding.help}")


def _requests(witness: Witness) -> Iterable[str]:
    for number, request in enumerate(witness.requests, start=1):
        tag = "Request" if len(witness.requests) == 1 else f"Turn {number}"
        words = ", ".join(f"{name} {dumps(value)}" for name, value in request.items())
        after = f", after {', '.join(witness.after)}" if witness.after else ""
        yield f"{tag}: {words or 'no attribute'}{after}."


def _link(related: Related, number: int, places: Places) -> str:
    words = f"{places.name(related.span)}:{related.span.first[0]}"
    escaped = re.sub(r"([\\\[\]])", r"\\\1", _escaped(words))
    return f"[{escaped}]({number})"


def _text(text: str) -> str:
    """A message string, as a sentence."""
    return _escaped(sentence(text))


def _escaped(text: str) -> str:
    """Part of a message string: braces are placeholders and ``[…](…)`` a link, unless written otherwise (3.11.5,
    3.11.6)."""
    return plain(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _fix(fix: Fix, places: Places) -> dict[str, object]:
    replacements = [{"deletedRegion": region(edit.span), "insertedContent": {"text": edit.text}} for edit in fix.edits]
    file = places.artifact(fix.edits[0].span)  # all edits are of one file
    return {
        "description": {"text": _text(fix.message)},
        "artifactChanges": [{"artifactLocation": file, "replacements": replacements}],
        "properties": {"safe": fix.safe},
    }

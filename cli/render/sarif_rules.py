"""The catalogue of findings as SARIF describes the rules of a tool, in the fields that code scanning shows."""

from __future__ import annotations

from interlock.cli.render.doc import first_sentence
from interlock.dsl.finding import Kind, Severity

LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}

_SCANNING: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "recommendation"}
"""The same for GitHub, which has words of its own (its page "SARIF support for code scanning")."""

_TAGS = {
    "T": "language",
    "R": "reachability",
    "F": "fallback",
    "C": "prompt-cache",
    "A": "assertion",
    "G": "configuration",
    "S": "hygiene",
}


def descriptors(kinds: dict[str, Kind]) -> list[dict[str, object]]:
    """A ``reportingDescriptor`` for each kind of finding, in the order given."""
    return [_descriptor(kind) for kind in kinds.values()]


def sentence(text: str) -> str:
    """A text with a full stop, unless it ends in one or in the like."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _descriptor(kind: Kind) -> dict[str, object]:
    doc = kind.doc.strip()
    return {
        "id": kind.code,
        "name": kind.slug,
        "shortDescription": {"text": sentence(first_sentence(doc))},
        "fullDescription": {"text": sentence(" ".join(doc.split("\n\n", 1)[0].split()))},
        "help": {"text": _plain(doc), "markdown": doc},
        "defaultConfiguration": {"enabled": kind.on, "level": LEVELS[kind.severity]},
        "properties": {
            "tags": [_TAGS[kind.code[0]]],
            "precision": "very-high",  # exact: found if and only if it is so
            "problem.severity": _SCANNING[kind.severity],
        },
    }


def _plain(doc: str) -> str:
    """Markdown without the marks: headings and code as paragraphs of their own."""
    lines: list[str] = []
    inside = False
    for line in doc.splitlines():
        if line.startswith("```"):
            inside = not inside
            lines.append("")
        elif inside:
            lines.append(f"    {line}".rstrip())
        elif line.startswith("#"):
            lines += ["", line.lstrip("# "), ""]
        else:
            lines.append(line)
    kept = [line for before, line in zip(["", *lines], lines, strict=False) if line or before]
    return "\n".join(kept).strip()

"""What a phase has to say about a policy. Phases return findings; only the command line writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from interlock.dsl.source import Span

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One entry of the catalogue of findings.

    ``doc`` is Markdown: what it finds, why that hurts, an example, what to write instead. ``severity`` is the
    default; one that is not ``on`` is looked for only where settings or ``--select`` ask for it.
    """

    code: str
    slug: str
    severity: Severity
    doc: str
    on: bool = True


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding, with a few words on why."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Witness:
    """Concrete requests (JSON values; absent attributes left out), the error classes that follow
    the first decision, and the pools visited. Given to ``decide``, it shows what the finding claims."""

    requests: tuple[Mapping[str, object], ...] = ()
    after: tuple[str, ...] = ()
    hops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """``text`` instead of what the span covers."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits, all of one file, that make a finding go away; ``message`` says what they do. ``safe``: the policy
    then decides as before; else it is a guess at what was meant."""

    message: str
    edits: tuple[Edit, ...]
    safe: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. ``message`` is one lower-case sentence without a full stop, with the user's own
    words in backticks; ``help`` is one line that says what to write instead; ``notes`` are further lines.
    ``level`` is its severity where that is not its kind's."""

    kind: Kind
    message: str
    span: Span
    help: str
    related: tuple[Related, ...] = ()
    witness: Witness | None = None
    notes: tuple[str, ...] = field(default=())
    fix: Fix | None = None
    level: Severity | None = None

    @property
    def severity(self) -> Severity:
        """Its own severity, or that of its kind."""
        return self.level or self.kind.severity

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """By file, then place, then code."""
        return (self.span.file, self.span.start, self.span.end, self.kind.code, self.message)

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

    ``doc`` is Markdown: what it finds, why that hurts, an example, what to write instead.
    """

    code: str
    slug: str
    severity: Severity
    doc: str


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
class Finding:
    """One thing found. ``message`` is one lower-case sentence without a full stop, with the user's own
    words in backticks; ``help`` is one line that says what to write instead; ``notes`` are further lines."""

    kind: Kind
    message: str
    span: Span
    help: str
    related: tuple[Related, ...] = ()
    witness: Witness | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """By file, then place, then code."""
        return (self.span.file, self.span.start, self.span.end, self.kind.code, self.message)

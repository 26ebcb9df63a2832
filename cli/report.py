"""What ``interlock check`` has to say. ``render/report.py`` writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from interlock.dsl.finding import Finding, Severity

CheckFormat = Literal["text", "json", "sarif", "github", "junit"]


@dataclass(frozen=True)
class Report:
    """The outcome of a check.

    ``found`` holds each finding once, sorted, with the file that was asked about; ``files`` are the names of the
    files that were checked, as findings show them; ``unread`` those that could not be, each with what to say of it.
    ``fail_on`` is the least severity that fails the check, by the file that was asked about, where that is not
    ``error``; ``root`` is what ``--root`` said. ``baselined`` is how many further findings are in the baseline, None
    without one.
    """

    found: tuple[tuple[str, Finding], ...]
    files: tuple[str, ...]
    unread: tuple[tuple[str, str], ...] = ()
    fail_on: Mapping[str, Severity] = field(default_factory=dict)
    root: str | None = None
    baselined: int | None = None

    @property
    def findings(self) -> list[Finding]:
        """The findings alone."""
        return [finding for _, finding in self.found]

    def fails(self, finding: Finding) -> bool:
        """Whether a finding is one that fails the check."""
        return id(finding) in self._failing

    @cached_property
    def _failing(self) -> frozenset[int]:
        order: tuple[Severity, ...] = ("error", "warning", "info")
        least = {file: order.index(severity) for file, severity in self.fail_on.items()}
        return frozenset(
            id(finding) for file, finding in self.found if order.index(finding.severity) <= least.get(file, 0)
        )

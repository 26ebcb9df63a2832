"""What a team may set about the analysis of its policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from interlock.dsl.finding import Finding, Kind, Severity
from interlock.dsl.record import record


@record
class Settings:
    """``severities`` by code, where they are not the defaults; what is ``off`` is not looked for.
    ``max_attempts`` and ``max_wait_ms`` are the limits of F204 and F205; ``client_retries`` is how often the
    client itself tries again (10 is what Claude Code does)."""

    severities: Mapping[str, Severity | Literal["off"]]
    max_attempts: int
    max_wait_ms: int
    client_retries: int

    def severity(self, kind: Kind) -> Severity | Literal["off"]:
        """What a kind of finding is after settings. T findings are always errors."""
        if kind.code.startswith("T"):
            return "error"
        return self.severities.get(kind.code, kind.severity if kind.on else "off")

    def graded(self, finding: Finding) -> Finding:
        """A finding with the severity that is set for its kind, also where it had one of its own."""
        level = self.severities.get(finding.kind.code)
        if level is None or level == "off" or finding.kind.code.startswith("T"):
            return finding
        return replace(finding, level=level)

    def looking_for(self, kind: Kind) -> Settings:
        """These settings, but that a kind of finding is looked for also where they switch it off."""
        if self.severity(kind) != "off":
            return self
        severities: dict[str, Severity | Literal["off"]] = {**self.severities, kind.code: kind.severity}
        return Settings(severities, self.max_attempts, self.max_wait_ms, self.client_retries)


DEFAULTS = Settings({}, 6, 120_000, 10)

"""What the analyses find about the policy that a Portkey configuration stands for, as advice on the configuration."""

from __future__ import annotations

from dataclasses import replace

from interlock.compiler.sources.plan import Pool
from interlock.dsl.finding import Finding

HELP = {
    "F202": "add the codes to `on_status_codes`, or put the target into a fallback with another",
    "F203": "remove one of the two targets",
    "F204": 'set `"retry": {{"attempts": 0}}` where the client tries again by itself',
    "F205": "set a shorter `request_timeout`, or fewer `attempts` in `retry`",
    "F207": "fall back to a model that takes as much",
    "F209": "see whether a spare of the same class would do",
    "S502": "write `https://`, or keep the traffic within one machine",
}
SILENT = frozenset({"R104", "R105", "R107", "R108", "C301", "C302", "C303", "C304", "C305", "C306", "C307", "F206"})
"""What such a file cannot say otherwise, or what a finding of its own says better (G106)."""


def advise(finding: Finding, pool: Pool | None) -> Finding | None:
    """A finding at its place in the configuration, as one about the configuration. ``pool`` is the one it names. None
    where it says nothing to the author."""
    code = finding.kind.code
    if code in SILENT:
        return None
    if code == "F202":
        # A target without fallbacks is common, and often meant.
        message = finding.message.replace("the pool has", "the target has").replace(
            "no chain covers it", "no fallback is for it"
        )
        finding = replace(finding, level="warning", message=message)
    return replace(finding, help=HELP[code].format()) if code in HELP else finding

"""What the analyses find about the policy that routes stand for, as advice on the routes."""

from __future__ import annotations

import re
from dataclasses import replace

from interlock.compiler.sources.plan import Pool
from interlock.dsl.finding import Finding

HELP = {
    "F203": "lower `numRetries`: attempts beyond the last priority begin again with the first",
    "F204": "lower `numRetries`, or `numAttemptsPerPriority`",
    "F207": "give the lower priority a model that takes as much",
    "F209": "see whether a backend of the same class would do",
    "R101": "remove the match, or make it more specific: more headers come first, then more exact ones",
}
SILENT = frozenset({"R104", "R105", "R107", "R108", "C301", "C302", "C303", "C304", "C305", "C306", "C307", "F206"})
"""What such a file cannot say otherwise, or what a finding of its own says better (G105, G106, G110)."""


def advise(finding: Finding, pool: Pool | None) -> Finding | None:
    """A finding at its place in the configuration, as one about the configuration. ``pool`` is the one it names. None
    where it says nothing to the author."""
    code = finding.kind.code
    if code in SILENT or (code == "R101" and re.match(r"`(otherwise|\S+-not-found(-\d+)?)`", finding.message)):
        return None
    if code == "R101" and re.search(r"-not-found(-\d+)?` first", finding.message):
        help_ = "each route ends with a 404 for all: write a rule for everything into the oldest one, here the first"
        return replace(finding, help=help_ + " by name")
    if code == "F202":
        if pool is None or pool.note is not None or "no chain covers" in finding.message:
            return None  # G105 and G110 say it
        # A rule with one backend is common, and often meant.
        message = finding.message.replace("the pool has", "the rule has")
        help_ = "add a backend with `priority: 1`, and `retry` in a BackendTrafficPolicy"
        return replace(finding, level="warning", message=message, help=help_)
    if code == "F204" and pool is not None and "before the next hop" in finding.message:
        # All rules have it from one place: they then read alike.
        _, _, rest = finding.message.partition("` ")
        message = "a priority " + rest.replace(" before the next hop", "")
        return replace(finding, message=message, span=pool.retry_span or finding.span, help=HELP[code])
    if code == "F203":
        text = finding.span.source.text[finding.span.start : finding.span.end]
        if text.strip("\"'") not in ("numRetries", "retry"):
            return None  # a retry that is meant as one
        return replace(finding, level="warning", help=HELP[code])
    return replace(finding, help=HELP[code]) if code in HELP else finding

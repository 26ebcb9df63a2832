"""What the analyses find about the policy that a Portkey configuration stands for, as advice on the configuration."""

from __future__ import annotations

import re
from dataclasses import replace

from interlock.compiler.sources.plan import Pool
from interlock.compiler.sources.portkey.ways import BOTH
from interlock.dsl.finding import Finding

HELP = {
    "C301": "choose between the two by `metadata` that stays the same in a session",
    "R101": "put the condition before the one that takes its requests, or remove it",
    "F203": "remove one of the two targets",
    "F204": 'set `"retry": {"attempts": 0}` where the client tries again by itself',
    "F205": "set a shorter `request_timeout`, or fewer `attempts` in `retry`",
    "F207": "fall back to a model that takes as much",
    "F209": "see whether a spare of the same class would do",
    "S502": "write `https://`, or keep the traffic within one machine",
}
SILENT = frozenset({"R104", "R105", "R107", "R108", "C302", "C303", "C304", "C305", "C306", "C307", "F202", "F206"})
"""What such a file cannot say otherwise, or what findings of its own say better (G105, G106)."""
_SMALLER = "less than the first target takes"


def advise(finding: Finding, pool: Pool | None) -> Finding | None:
    """A finding at its place in the configuration, as one about the configuration. ``pool`` is the one it names. None
    where it says nothing to the author."""
    code = finding.kind.code
    if code in SILENT:
        return None
    if code in ("R101", "R102") and (named := re.search(r"`([\w-]+)`", finding.message)) and BOTH in named[1]:
        return None  # nobody has written that combination
    if code == "F207":
        finding = replace(finding, message=finding.message.replace("too small for its `input_tokens`", _SMALLER))
    if code == "F204" and pool is not None and "before the next hop" in finding.message:
        # What inherits its retries from one place reads alike.
        _, _, rest = finding.message.partition("` ")
        finding = replace(finding, message=f"a target {rest}", span=pool.retry_span or finding.span)
    if code == "C301" and "`request_id`" in finding.message:
        return None  # G106 says it
    return replace(finding, help=HELP[code]) if code in HELP else finding

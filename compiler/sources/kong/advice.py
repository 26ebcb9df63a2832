"""What the analyses find about the policy that a decK file stands for, as advice on the file."""

from __future__ import annotations

from dataclasses import replace

from interlock.compiler.sources.plan import Pool
from interlock.dsl.finding import Finding

HELP = {
    "F202": "add a target, and `failover_criteria` with `non_idempotent`, to the plugin",
    "F203": "remove one of the two from the targets",
    "F204": "write fewer `retries` in `balancer`",
    "F205": "set a shorter `read_timeout`, or fewer `retries`, in `balancer`",
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
    if code == "F205" and finding.witness is not None and set(finding.witness.after) == {"unreachable"}:
        return None  # nobody waits for an answer of whom he cannot reach
    if code == "F202":
        hops = () if finding.witness is None else finding.witness.hops
        if "no fallback" not in finding.message or len(hops) > 1:
            return None  # of several targets, findings of their own say in Kong's words after which errors they fail
        # A single target is common, and often meant.
        finding = replace(finding, level="warning", message=finding.message.replace("the pool has", "the target has"))
    return replace(finding, help=HELP[code]) if code in HELP else finding

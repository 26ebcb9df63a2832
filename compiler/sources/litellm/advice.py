"""What the analyses find about the policy that a LiteLLM configuration stands for, as advice on the configuration."""

from __future__ import annotations

from dataclasses import replace

from interlock.compiler.sources.plan import Pool
from interlock.dsl.finding import Finding

HELP = {
    "F203": "remove one of the two from the fallbacks",
    "F204": "set `num_retries: 0` in `router_settings` where the client tries again by itself",
    "F205": "set a shorter `timeout` in `router_settings`, or fewer `num_retries`",
    "F207": "fall back to a model that takes as much, or set `context_window_fallbacks`",
    "F209": "see whether a spare of the same class would do",
    "S502": "write `https://`, or keep the traffic within one machine",
}
_SMALLER = "less than the group itself takes"
SILENT = frozenset(
    {"R104", "R105", "R107", "R108", "C301", "C302", "C303", "C304", "C305", "C306", "C307", "F202", "F206"}
)
"""What such a file cannot say otherwise, or what a finding of its own says better (G106), or more briefly (F202)."""


def advise(finding: Finding, pool: Pool | None) -> Finding | None:
    """A finding at its place in the configuration, as one about the configuration. ``pool`` is the one it names. None
    where it says nothing to the author."""
    code = finding.kind.code
    if code in SILENT:
        return None
    if code == "S502" and "`host.docker.internal` is" in finding.message:
        return None  # the machine that the container runs on
    if code == "F207":
        finding = replace(finding, message=finding.message.replace("too small for its `input_tokens`", _SMALLER))
    if code == "F204" and pool is not None and not pool.retry_said:
        return None  # the author of the file has said nothing, and nothing is wrong yet
    if code == "F204" and pool is not None and "before the next hop" in finding.message:
        finding = _retries(finding, pool)
    named = "GROUP" if pool is None else pool.shown
    return replace(finding, help=HELP[code].format(pool=named)) if code in HELP else finding


def _retries(finding: Finding, pool: Pool) -> Finding:
    """The same for all groups that have their retries from one place: they then read alike."""
    _, _, rest = finding.message.partition("` ")
    return replace(finding, message=f"a group {rest}", span=pool.retry_span or finding.span)

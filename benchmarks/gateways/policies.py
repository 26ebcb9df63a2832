"""The policies that are served, with `URL` for the upstream's address and `COUNT` for what it takes."""

from __future__ import annotations

from interlock.compiler.pipeline import front
from interlock.compiler.table import Table

LOAD = """
policy load
import "std/claude_code"
import "std/models"
request { home : enum(east, west)   per session   from header "x-region"   default east }
upstream east {
    provider anthropic
    endpoint "URL/east"
    limit    100000/s burst 100000
    breaker  50% of 20 in 10s, probe after 5s
}
upstream west { provider anthropic  endpoint "URL/west" }
pool haiku  { sticky by session_id  serve east with claude-haiku-4-5  serve west with claude-haiku-4-5 }
pool sonnet { serve east with claude-sonnet-4-6 }
pool opus   { serve east with claude-opus-4-7 }
fallback haiku  -> sonnet -> fail 503
fallback sonnet -> fail 503
fallback opus   -> sonnet -> fail 503
rule large  when input_tokens >= 400K or model_hint == opus -> opus
rule medium when input_tokens >= 100K -> sonnet
rule small -> haiku
"""
BURST = """
policy burst
import "std/claude_code"
import "std/models"
upstream east { provider anthropic  endpoint "URL/east"  limit COUNT/s burst COUNT else spill }
upstream west { provider anthropic  endpoint "URL/west"  limit COUNT/s burst COUNT else fail 429 }
pool first { serve east with claude-haiku-4-5 }
pool next  { serve west with claude-haiku-4-5 }
fallback first -> next -> fail 503
rule all -> first
"""


def burst_policy(rate: float) -> str:
    """The policy of a burst of ten times ``rate``: each of two upstreams takes twice as many a second as there are
    before and after it, and has as many in store."""
    return BURST.replace("COUNT", f"{2 * rate:.0f}")


def compiled(text: str, upstream: int) -> Table:
    """The table of one of these, with the upstream at a port of loopback."""
    made = front("load.route", text=text.replace("URL", f"http://127.0.0.1:{upstream}"))
    assert made.table is not None, [finding.message for finding in made.findings]
    return made.table

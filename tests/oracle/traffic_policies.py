"""Policies whose requests belong to sessions, and slightly other ones."""

from __future__ import annotations

SESSIONS = """policy p
request {
    session_id : string  per session
    agent_id : string?  per session
    n : int(0..=9)  rising
    tags : set(enum(a, b))
    fast : bool?
    who : string  default "x"
}
model m { price input $3, output $15, cache_read $0.30 }
model k { price input $1, output $5 }
upstream u { provider q; account x; region r }
upstream v { provider q; account y; region r }
upstream w { provider o }
pool one { serve u with m; serve v with m; serve w with k; sticky by session_id }
pool two { serve u with k; serve w with m weight 3; sticky by who }
fallback one -> fail 503
fallback two -> fail 503
rule a when sample(session_id) < 30% and not fast -> fail 429 "no"
rule b when n > 3 and not tags contains a -> two
rule c -> one
"""
SECOND = (
    SESSIONS.replace("n > 3", "n > 5"),
    SESSIONS.replace("weight 3", "weight 9").replace("30%", "20%"),
    SESSIONS.replace("serve v with m; ", "").replace("0..=9", "0..=7"),
    SESSIONS.replace("rule c -> one", "rule c -> two").replace("price input $1, output $5", ""),
    SESSIONS.replace("fast : bool?", "fast : string?").replace("not fast", 'fast == "x"'),
    SESSIONS.replace("agent_id", "agent").replace("region r", ""),
)

"""F205 slow-walk."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import Facts, class_names
from interlock.compiler.keyed import Keyed
from interlock.compiler.reach import Reach
from interlock.compiler.search import Incomplete
from interlock.compiler.slowest import Slowest, Waits
from interlock.compiler.walks import Walks
from interlock.compiler.wording import listed, seconds
from interlock.dsl.finding import Finding, Kind, Witness

DOC = """\
Some request can wait longer than `max-wait` (120 s unless you set it): the timeouts along its longest walk add up to
more, for every hop `total`, or else `connect` and `first_token`, and that again for each `retry`. Walks count as far as
every hop has timeouts.

## Why it hurts
Somebody waits all that time for a first word, or gives up earlier: a load balancer in front of the gateway after a
minute or so, Claude Code after 300 s without a word. Then the client tries again, while the gateway still works for a
request that nobody waits for.

## Example
```route
upstream slow_east { provider anthropic; region us_east; timeout total 90s }
upstream slow_west { provider anthropic; region us_west; timeout total 90s }
pool opus { serve slow_east with claude-opus-4-7 }
pool spare { serve slow_west with claude-opus-4-7 }
fallback opus -> spare -> fail 503
```

## What to write instead
Timeouts that leave the last hop its time. What a model needs for a first token is much less than for a whole answer.

```route
upstream slow_east { provider anthropic; region us_east; timeout connect 2s, first_token 30s }
upstream slow_west { provider anthropic; region us_west; timeout connect 2s, first_token 30s }
pool opus { serve slow_east with claude-opus-4-7 }
pool spare { serve slow_west with claude-opus-4-7 }
fallback opus -> spare -> fail 503
```
"""

KIND = Kind("F205", "slow-walk", "warning", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """At most one finding, for the slowest walk, at the pool where it starts."""
    walks = Walks(facts.policy, facts.table.automaton)
    waits = Waits(facts, walks, Keyed(facts, Reach(facts)))
    try:
        found = waits.slowest(facts.settings.max_wait_ms)
    except Incomplete:
        help_ = "let the members of a pool have the same timeouts, or fewer attributes be sticky"
        limit = f"{waits.limit:,} combinations of picks"
        facts.give_up(facts.policy.span, "how long the slowest walk takes", limit, help_)
        return
    if found is not None:
        yield _finding(facts, walks, found)


def _finding(facts: Facts, walks: Walks, found: Slowest) -> Finding:
    walk = found.walk
    hops = tuple(walks.pool(state) for state in walks.after(walk.start, walk.classes))
    limit = seconds(facts.settings.max_wait_ms)
    if walk.total is None:
        message = "one request can wait without end: its fallbacks have a loop, and every hop of it takes time"
        help_ = "end the loop with `fail 503` (F201)"
    else:
        message = f"one request can wait {seconds(walk.total)}: the timeouts along its walk add up to more than {limit}"
        retrying = any(facts.policy.pools[hop].retry for hop in hops)
        less = ", fewer retries" if retrying else ""
        help_ = (
            f"write shorter timeouts{less} or a shorter chain" if len(hops) > 1 or retrying else "shorten its timeout"
        )
    parts = [f"{seconds(wait)} at `{hop}`" for wait, hop in zip(found.waits, hops, strict=True)]
    return Finding(
        KIND,
        message,
        facts.policy.pools[hops[0]].span,
        help_,
        (),
        Witness((found.request,), class_names(walk.classes), hops),
        (f"it waits {listed(parts, most=9)}",),
    )

"""F204 retry-amplification."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.automaton import Hop
from interlock.compiler.facts import Facts, class_names
from interlock.compiler.walks import Longest, Walks
from interlock.compiler.wording import listed, of_family
from interlock.dsl.finding import Finding, Kind, Witness
from interlock.dsl.policy import Pool

DOC = """\
One request can cause more attempts than `max-attempts` (6 unless you set it): every hop of the longest walk it can take
counts once, and once more for each `retry`. Or a pool retries more than once by itself. Clients retry too, so the
message multiplies by `client-retries` (10 unless you set it, which is what Claude Code does).

## Why it hurts
Retries multiply just when everything is overloaded: three hops of three attempts each, behind a client that tries ten
times more, are a hundred requests where there was one. That is how a brief overload becomes an outage. Gateways add to
it: in LiteLLM a fallback starts the retries anew (LiteLLM issue 19985), Bifrost gives each hop a full budget of them.

## Example
```route
pool opus { serve east with claude-opus-4-7; retry 3 }
fallback opus -> spare -> fail 503
```

## What to write instead
One retry at most, and another place soon: what a hop has failed to do twice, it will not do the third time.

```route
pool opus { serve east with claude-opus-4-7; retry 1 }
fallback opus -> spare -> fail 503
```
"""

KIND = Kind("F204", "retry-amplification", "warning", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for the worst walk of the policy, one for each declared pool that retries more than once."""
    pools = facts.policy.pools
    walks = Walks(facts.policy, facts.table.automaton)
    starts = [s for s, (_, before) in facts.reached_states.items() if not before and walks.is_hop(s)]
    longest = walks.longest(starts, lambda pool: 1 + pools[pool].retry)
    if longest is not None and (longest.total is None or longest.total > facts.settings.max_attempts):
        yield _worst(facts, walks, longest)
    states = facts.table.automaton.states
    reached = {there.pool: state for state in reversed(facts.reached_states) if isinstance(there := states[state], Hop)}
    copies: dict[tuple[str, int], list[Pool]] = {}
    for pool in pools.values():
        if pool.name in reached and pool.retry > 1:
            copies.setdefault((pool.span.file, pool.span.start), []).append(pool)
    for pool, *others in copies.values():
        column, classes = facts.reached_states[reached[pool.name]]
        request = facts.request_for(column)
        yield Finding(
            KIND,
            f"{of_family(pool.name, len(others))} gets each request up to {1 + pool.retry} times before the next hop"
            + _multiplied(facts, 1 + pool.retry),
            pool.span,
            "write `retry 1`, or leave it out: another hop is worth more than another try",
            (),
            Witness(
                (request,) if request is not None else (),
                class_names(classes),
                facts.pools_along(facts.table.columns[column].state, classes),
            ),
        )


def _worst(facts: Facts, walks: Walks, longest: Longest) -> Finding:
    pools = facts.policy.pools
    hops = tuple(walks.pool(state) for state in walks.after(longest.start, longest.classes))
    column = facts.reached_states[longest.start][0]
    request = facts.request_for(column)
    notes: tuple[str, ...] = ()
    if longest.total is None:
        message = "one request can cause attempts without end: its fallbacks have a loop"
        help_ = "end the loop with `fail 503` (F201)"
    else:
        limit = facts.settings.max_attempts
        message = f"one request can cause {longest.total:,} attempts where {limit} should do"
        message += _multiplied(facts, longest.total)
        retrying = list(dict.fromkeys(pools[hop].family for hop in hops if pools[hop].retry))
        help_ = f"leave out `retry` in {listed([f'`pool {name}`' for name in retrying])}, or" if retrying else "let"
        help_ += " fall back to fewer pools" if retrying else " these pools fall back to fewer others"
        if retrying:
            counts = [f"{1 + pools[hop].retry} at `{hop}`" for hop in hops]
            notes = (f"attempts: {listed(counts, most=9)}",)
    return Finding(
        KIND,
        message,
        pools[hops[0]].span,
        help_,
        (),
        Witness((request,) if request is not None else (), class_names(longest.classes), hops),
        notes,
    )


def _multiplied(facts: Facts, attempts: int) -> str:
    retries = facts.settings.client_retries
    if not retries:
        return ""
    client = "1 retry of the client makes" if retries == 1 else f"{retries:,} retries of the client make"
    return f"; {client} {attempts * retries:,} more"

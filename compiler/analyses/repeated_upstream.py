"""F203 repeated-upstream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from interlock.compiler.facts import Facts, class_names
from interlock.compiler.homes import shown
from interlock.compiler.keyed import ANY, Keyed, picking
from interlock.compiler.maglev import SIZE
from interlock.compiler.reach import Reach
from interlock.compiler.repeats import MAX_WORK, Repeat, Repeats, try_of
from interlock.compiler.search import Incomplete
from interlock.compiler.walks import Walks
from interlock.compiler.wording import of_family
from interlock.dsl.finding import Finding, Kind, Related, Witness
from interlock.dsl.policy import Chain, StringType

DOC = """\
A fallback tries again what has just failed: it leads to a place (provider, account, region, endpoint) and model that
was tried before on the same walk and failed there with `overloaded`, `rate_limited`, `server_error`, `timeout` or
`unreachable`. Pools of several members count where one key can pick the same in both.

## Why it hurts
It is a retry in disguise: what was overloaded a moment ago gets the same request again, when it can bear it least, and
the chain looks safer than it is. The outage it was written for takes both hops at once. In a gateway it may be all
there is: three tries that were to go down the priorities all went to the first (kgateway issue 11116).

## Example
```route
pool main { serve east with claude-sonnet-4-6 }
pool backup { serve east with claude-sonnet-4-6 }
fallback main -> backup -> fail 503
```

## What to write instead
A hop that does not share the fate of the first: another region, account, provider, or another model. If a second try is
what you want, `retry 1` in the pool says so.

```route
pool main { serve east with claude-sonnet-4-6 }
pool backup { serve west with claude-sonnet-4-6 }
fallback main -> backup -> fail 503
```
"""

KIND = Kind("F203", "repeated-upstream", "error", DOC)

_COPIES = 16
"""Copies of a family that are looked at for a request to show."""


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each declared chain that leads to the second try; the copies of a family count as one."""
    policy = facts.policy
    walks = Walks(policy, facts.table.automaton)
    repeats = Repeats(facts.table, walks)
    undecided: list[Chain] = []
    declared: dict[tuple[str, int], list[tuple[Chain, Sequence[tuple[int, int]], Repeat]]] = {}
    for index, moves in repeats.moves().items():
        chain = policy.chains[index]
        try:
            found = next((r for state, class_ in moves if (r := repeats.find(state, class_)) is not None), None)
        except Incomplete:
            undecided.append(chain)
            continue
        if found is not None:
            declared.setdefault((chain.span.file, chain.span.start), []).append((chain, moves, found))
    if undecided:
        chain, *others = undecided
        chains = (
            f"chain of `{chain.pool}` tries" if not others else f"chains of `{chain.pool}` and {len(others)} more try"
        )
        help_ = "let the chains have fewer loops (F201)"
        limit = f"{MAX_WORK:,} steps"
        facts.give_up(facts.place(chain.span), f"whether the {chains} something twice", limit, help_)
    keyed = _keyed(facts)
    for copies in declared.values():
        chain, _, repeat = copies[0]
        request = None
        for copy, moves, _ in copies[:_COPIES]:
            shown = None if keyed is None else _shown(facts, walks, repeats, keyed, moves)
            if shown is not None:
                chain, (repeat, request) = copy, shown
                break
        yield _finding(facts, walks, repeats, chain, repeat, request, len(copies) - 1)


def _keyed(facts: Facts) -> Keyed | None:
    try:
        return Keyed(facts, Reach(facts))
    except Incomplete:
        return None  # S504; the chains are what they are all the same


def _shown(
    facts: Facts, walks: Walks, repeats: Repeats, keyed: Keyed, moves: Sequence[tuple[int, int]]
) -> tuple[Repeat, Mapping[str, object]] | None:
    """A repeating walk that some request takes, with the request: its own keys pick the same twice."""
    for state, class_ in moves:
        try:
            repeat = repeats.find(state, class_, frozenset(keyed.starts))
            if repeat is None:
                continue
            states = walks.after(repeat.start, repeat.classes)
            one, two = (keyed.reach.picks(walks.pool(s)) for s in (states[repeat.earlier], states[-1]))
            for earlier in one:
                for later in two:
                    keys = picking(ANY, earlier, later)
                    if keys is not None and try_of(facts.policy, earlier.member) == try_of(facts.policy, later.member):
                        request = keyed.request(repeat.start, keys)
                        if request is not None:
                            return repeat, request
        except Incomplete:
            continue  # one to show is not worth more
    return None


def _finding(
    facts: Facts,
    walks: Walks,
    repeats: Repeats,
    chain: Chain,
    repeat: Repeat,
    request: Mapping[str, object] | None,
    more: int,
) -> Finding:
    states = walks.after(repeat.start, repeat.classes)
    hops = tuple(walks.pool(state) for state in states)
    earlier, later = hops[repeat.earlier], hops[-1]
    shared = repeats.shared(earlier, later)
    provider, account, region, _, model = next(iter(shared))
    home = shown((provider, account, region))
    what = f"`{earlier}`" if earlier == later else f"`{model}` at {home}"
    where = "" if earlier == later else f" at `{later}`"
    failed = "there" if earlier == later else f"at `{earlier}`"
    before = states[repeat.earlier - 1] if repeat.earlier else None
    first = facts.policy.pools[earlier].span
    if before is not None:
        first = walks.written(before, repeat.classes[repeat.earlier - 1])
    share = 100 * sum(slots.bit_count() for slots in shared.values()) / SIZE
    # Of a key with few values the share of the Maglev table says nothing about how many of them.
    keys = {facts.policy.pools[pool].sticky for pool in (earlier, later)} - {None}
    many = all(isinstance(facts.policy.attributes[key].type, StringType) for key in keys if key is not None)
    return Finding(
        KIND,
        f"the fallback of {of_family(chain.pool, more)} tries {what} again{where}, after an error {failed}",
        walks.written(states[-2], repeat.classes[-1]),
        _help(facts, earlier, later),
        (Related("tried first here", first),),
        Witness((request,) if request is not None else (), class_names(repeat.classes), hops),
        (f"for {max(share, 1):.0f}% of the keys, which pick the same in both pools",) if share < 100 and many else (),
    )


def _help(facts: Facts, earlier: str, later: str) -> str:
    pools = facts.policy.pools
    if earlier == later or len(pools[earlier].members) == len(pools[later].members) == 1:
        again = "" if pools[earlier].retry else f"; for a second try, write `retry 1` in `pool {pools[earlier].family}`"
        return f"leave this hop out, or fall back to another region, account, provider or model{again}"
    return f"let `{earlier}` and `{later}` serve nothing in common"

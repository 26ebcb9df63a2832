"""F209 cost-cliff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from interlock.compiler.facts import MAX_STEPS, Facts, class_names
from interlock.compiler.keyed import ANY, Keyed, picking
from interlock.compiler.reach import Pick, Reach
from interlock.compiler.search import Incomplete
from interlock.compiler.walks import Walks, way
from interlock.compiler.wording import dollars
from interlock.dsl.finding import Finding, Kind, Related, Witness
from interlock.dsl.source import Span

DOC = """\
A fallback leads to a much dearer model: its input price is more than three times that of the model at the first hop,
for some request whose keys pick both. Prices that are not declared are not compared.

## Why it hurts
An outage then multiplies the bill, and nobody sees it until the end of the month: a cheap model's whole traffic, with
prompts that no cache there has seen, goes to one that costs several times as much.

## Example
```route
pool haiku { serve east with claude-haiku-4-5 }
fallback haiku -> opus -> fail 503
rule everything -> haiku
```

## What to write instead
The same model somewhere else first. If the dear one is meant as a last resort, leave it and know the price.

```route
upstream bedrock { provider bedrock; region us_west }
pool haiku { serve east with claude-haiku-4-5 }
pool again { serve bedrock with claude-haiku-4-5 }
fallback haiku -> again -> fail 503
fallback again -> fail 503
rule everything -> haiku
```
"""

KIND = Kind("F209", "cost-cliff", "info", DOC)

_TIMES = 3
_Key = tuple[str, int, str, str]
"""Where the later hop is written (file and offset), the model of the first hop, and the later one."""


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each hop as it is written and each pair of models, first and later."""
    walks = Walks(facts.policy, facts.table.automaton)
    keyed = Keyed(facts, Reach(facts))
    told: set[_Key] = set()
    unsure: dict[_Key, Span] = {}
    known: dict[str, list[tuple[Pick, int]]] = {}

    def priced(state: int) -> list[tuple[Pick, int]]:
        """What can be picked at a hop whose input price is known, with that price."""
        if walks.pool(state) not in known:
            picks = [(p, facts.policy.models[p.member.model]) for p in keyed.reach.picks(walks.pool(state))]
            known[walks.pool(state)] = [(p, model.prices["input"]) for p, model in picks if "input" in model.prices]
        return known[walks.pool(state)]

    for start in keyed.starts:
        ways = walks.ahead([start] if priced(start) else [])
        for at, (class_, after) in ((state, move) for state in ways for move in walks.moves[state]):
            for (later, more), (first, price) in product(priced(after), priced(start)):
                if more <= _TIMES * price:
                    continue
                written = walks.written(at, class_)
                key = written.file, written.start, first.member.model, later.member.model
                keys = picking(ANY, first, later)
                if key in told or keys is None:
                    continue
                try:
                    request = keyed.request(start, keys)
                except Incomplete:
                    unsure[key] = written
                    continue
                if request is not None:
                    told.add(key)
                    classes = (*way(ways, at)[1], class_)
                    yield _finding(facts, walks, start, classes, (first, later), request)
    for key, written in unsure.items():
        if key not in told:
            what = f"whether requests of `{key[2]}` fall back to `{key[3]}`"
            facts.give_up(facts.place(written), what, f"{MAX_STEPS:,} steps", "let fewer rules lead there")


def _finding(
    facts: Facts,
    walks: Walks,
    start: int,
    classes: tuple[int, ...],
    picks: tuple[Pick, Pick],
    request: Mapping[str, object],
) -> Finding:
    states = walks.after(start, classes)
    hops = tuple(walks.pool(state) for state in states)
    first, later = (facts.policy.models[pick.member.model] for pick in picks)
    cheap, dear = first.prices["input"], later.prices["input"]
    message = f"`{later.name}` costs {dollars(dear)} per million input tokens, `{first.name}` at the first hop nothing"
    if cheap:
        message = f"`{later.name}` costs {_ratio(dear, cheap)} times as much as `{first.name}` at the first hop: "
        message += f"{dollars(dear)} instead of {dollars(cheap)} per million input tokens"
    written_at = later.prices.get("cache_write", dear)
    return Finding(
        KIND,
        message,
        walks.written(states[-2], classes[-1]),
        f"fall back to `{first.name}` somewhere else first, or leave it at that if it is meant",
        (Related(f"`{first.name}` is served here first", picks[0].member.span),),
        Witness((request,), class_names(classes), hops),
        (f"a prompt of 100K tokens that no cache there knows costs {dollars(written_at, 10)} for its input alone",),
    )


def _ratio(dear: int, cheap: int) -> str:
    return f"{dear / cheap:.2f}".rstrip("0").rstrip(".")

"""C301 cache-unsafe-split."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.automaton import Hop
from interlock.compiler.cache_split import Split, flips, splits_of
from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.compiler.homes import shown, unsticky
from interlock.compiler.search import Incomplete
from interlock.compiler.wording import dollars
from interlock.dsl.finding import Finding, Kind, Related, Witness

DOC = """\
A `per turn` attribute splits a session's prompt cache between two homes: with everything fixed that is `per session` or
`rising`, it can send two turns that use the same model to two providers, accounts or regions. Both turns are the
witness, with the attribute that flips.

## Why it hurts
A prompt cache lives in one provider, account and region for one model. A session that comes to another one pays for its
whole prefix there, at 1.25 or 2 times the input price instead of 0.1, and waits while it is read; when it comes back
after the cache's few minutes, it pays again. A router that chose the deployment anew for each turn left the cache cold
about every other turn (LiteLLM pull request 36146).

## Example
```route
rule hinted when model_hint == sonnet -> west
rule otherwise -> east
```
Both pools serve `claude-sonnet-4-6`: a turn with the hint goes west, the next one without it east.

## What to write instead
Choose the region by an attribute that is `per session`, the model by what the turn needs. If the attribute is in
truth constant within a session, declare it `per session`.

```route
rule western when home == us_west -> west
rule otherwise -> east
```
"""

KIND = Kind("C301", "cache-unsafe-split", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a model, at the later rule."""
    splits = splits_of(facts)
    for model in splits.models():
        try:
            split = splits.homes(model)
        except Incomplete:
            span = facts.place(facts.policy.models[model].span)
            help_ = f"let fewer rules choose where `{model}` is served"
            facts.give_up(span, f"whether the caches of `{model}` stay warm", f"{MAX_STEPS:,} steps", help_)
            continue
        if split is not None:
            yield _finding(facts, model, split)


def _finding(facts: Facts, model: str, split: Split) -> Finding:
    policy = facts.policy
    earlier, later = (policy.rules[facts.table.columns[n].rule] for n in split.columns)
    one, two = split.outcomes
    flipping = [f"`{name}`" for name in flips(split.requests)]
    what = flipping[0] if len(flipping) == 1 else f"{', '.join(flipping[:-1])} and {flipping[-1]}"
    prices = policy.models[model].prices
    notes = tuple(dict.fromkeys(note for n in split.columns if (note := _unsticky(facts, n))))
    if "cache_write" in prices and "cache_read" in prices:
        write, read = dollars(prices["cache_write"]), dollars(prices["cache_read"])
        notes += (f"each move writes the prefix anew: {write} instead of {read} per million tokens",)
    return Finding(
        KIND,
        f"turns of one session that use `{model}` go to {shown(one.home)} or to {shown(two.home)} "
        f"as {what} {'changes' if len(flipping) == 1 else 'change'}",
        later.name_span,
        f"choose between the two by an attribute that is `per session`, or declare {what} as `per session` if "
        f"{'it is' if len(flipping) == 1 else 'they are'}",
        (
            *((Related(f"`{earlier.name}` takes the other turn", earlier.name_span),) if earlier is not later else ()),
            *(
                Related(f"`{name}` is per turn", policy.attributes[name].span)
                for name in flips(split.requests)
                if policy.attributes[name].span.source is policy.span.source
            ),
        ),
        Witness(split.requests),
        notes,
    )


def _unsticky(facts: Facts, column: int) -> str:
    state = facts.table.automaton.states[facts.table.columns[column].state]
    assert isinstance(state, Hop)
    if unsticky(facts.policy, facts.policy.pools[state.pool]) is None:
        return ""
    return f"`{state.pool}` cannot keep a session at one home (C303); here it counts as picking its first member"

"""C302 bounded-cache-move."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.cache_moves import CacheMoves, Moves
from interlock.compiler.cache_split import splits_of
from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.compiler.homes import shown
from interlock.compiler.move_search import PickGrows
from interlock.compiler.search import Incomplete
from interlock.compiler.wording import dollars
from interlock.dsl.finding import Finding, Kind, Related, Witness

DOC = """\
A session's prompt cache moves as the session grows: with a `rising` attribute, one model changes its home (provider,
account, region). That happens a bounded number of times, which the finding tells: the most on any path of growing
values. Both turns around the first move are the witness.

## Why it hurts
Each move writes the whole prefix anew, and it happens when the prefix is long. A move or two a session may be a fair
price, for a region with more capacity say; a ladder of five is not.

## Example
```route
rule short when input_tokens < 40K -> east
rule otherwise -> west
```
Both pools serve `claude-sonnet-4-6`: a session that passes 40,000 tokens starts over in the west.

## What to write instead
Let what grows choose the model, and what is constant in a session the place.

```route
rule western when home == us_west -> west
rule otherwise -> east
```
"""

KIND = Kind("C302", "bounded-cache-move", "warning", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each model that C301 does not report."""
    splits = splits_of(facts)
    moves = CacheMoves(facts, splits)
    for model in splits.models():
        try:
            found = None if splits.homes(model) is not None else moves.most(model)
        except PickGrows as error:
            pool, attribute = error.args
            span = facts.policy.pools[pool].span
            what = f"how often the caches of `{model}` move"
            limit = f"classes of `{attribute}`: `{pool}` picks anew with each number"
            help_ = "be sticky by a string that is `per session`"
            facts.give_up(facts.place(span), what, limit, help_)
            continue
        except Incomplete:
            span = facts.place(facts.policy.models[model].span)
            help_ = f"let fewer rules choose where `{model}` is served"
            what = f"how often the caches of `{model}` move"
            facts.give_up(span, what, f"{MAX_STEPS:,} steps", help_)
            continue
        if found is not None:
            yield _finding(facts, model, found)


def _finding(facts: Facts, model: str, found: Moves) -> Finding:
    policy = facts.policy
    earlier, later = (policy.rules[facts.table.columns[n].rule] for n in found.columns)
    one, two = found.outcomes
    rising = [f"`{name}`" for name in found.growing]
    growing = rising[0] if len(rising) == 1 else f"{', '.join(rising[:-1])} and {rising[-1]}"
    times = "once" if found.most == 1 else f"{found.most} times"
    most = "" if found.most == 1 else "at most "
    prices = policy.models[model].prices
    notes: tuple[str, ...] = ()
    if "cache_write" in prices and "cache_read" in prices:
        write, read = dollars(prices["cache_write"]), dollars(prices["cache_read"])
        notes = (f"each move writes the prefix anew: {write} instead of {read} per million tokens",)
    return Finding(
        KIND,
        f"a session that uses `{model}` moves {most}{times} as {growing} {'grows' if len(rising) == 1 else 'grow'}: "
        f"{'' if found.most == 1 else 'first '}from {shown(one.home)} to {shown(two.home)}",
        later.name_span,
        f"choose between the two by an attribute that is `per session`, and only the model by {growing}",
        () if earlier is later else (Related(f"`{earlier.name}` takes the turn before", earlier.name_span),),
        Witness(found.requests),
        notes,
    )

"""C307 model-flapping."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.cache_split import Splits, flips
from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.compiler.search import Incomplete
from interlock.compiler.wording import dollars
from interlock.dsl.finding import Finding, Kind, Related, Witness
from interlock.dsl.policy import Model

DOC = """\
A session alternates between models: with everything fixed that is declared `per session` or `rising`, a `per turn`
attribute sends turns now to one, now to another. Both turns are the witness, with the attribute that flips.

## Why it hurts
A prompt cache belongs to one model. A session that alternates keeps two of them warm, and pays for its prefix once with
each; after a pause longer than the cache lives, with each again. Often that is worth it, for a background task on a
small model say; it should be a choice and not an accident.

## Example
```route
rule hinted when model_hint == opus -> opus
rule otherwise -> sonnet
```

## What to write instead
Where it is no choice, choose the model by what is constant in a session or only grows.

```route
rule long_sessions when input_tokens >= 100K -> opus
rule otherwise -> sonnet
```
"""

KIND = Kind("C307", "model-flapping", "info", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """At most one finding, at the later rule of the first two turns."""
    try:
        split = Splits(facts, settled=False).models_apart()
    except Incomplete:
        what = "whether a session alternates between models"
        help_ = "let fewer rules choose the model"
        facts.give_up(facts.policy.span, what, f"{MAX_STEPS:,} steps", help_)
        return
    if split is None:
        return
    policy = facts.policy
    earlier, later = (policy.rules[facts.table.columns[n].rule] for n in split.columns)
    one, two = (policy.models[outcome.model] for outcome in split.outcomes)
    flipping = [f"`{name}`" for name in flips(split.requests)]
    what = flipping[0] if len(flipping) == 1 else f"{', '.join(flipping[:-1])} and {flipping[-1]}"
    change = "changes" if len(flipping) == 1 else "change"
    prices = [f"{price} with `{model.name}`" for model in (one, two) if (price := _price(model)) is not None]
    notes = (f"to warm a prefix of 100K tokens costs {' and '.join(prices)}",) if prices else ()
    yield Finding(
        KIND,
        f"one session alternates between `{one.name}` and `{two.name}` as {what} {change}: each is a prefix to warm",
        later.name_span,
        "choose the model by an attribute that is `per session` or `rising`, if this is not meant",
        () if earlier is later else (Related(f"`{earlier.name}` takes the other turn", earlier.name_span),),
        Witness(split.requests),
        notes,
    )


def _price(model: Model) -> str | None:
    """What it costs to write 100K tokens into a model's cache."""
    millionths = model.prices.get("cache_write", model.prices.get("input"))
    return None if millionths is None else dollars(millionths, 10)

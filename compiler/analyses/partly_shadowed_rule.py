"""R108 partly-shadowed-rule."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import Facts
from interlock.compiler.redundancy import MAX_RULE_STEPS, Redundancy
from interlock.compiler.search import Incomplete
from interlock.compiler.space import Assignment
from interlock.compiler.wording import listed
from interlock.dsl.finding import Finding, Kind, Related, Witness
from interlock.dsl.policy import Rule

DOC = """\
A rule gets only some of the requests it holds for, as earlier rules send others elsewhere. An arm of a ladder is a rule
here. The witness is such a request, which the first of the rules named decides. Off by default: rules are mostly
meant to be read in order, and a narrow rule above a wide one takes its share on purpose.

## Why it hurts
A rule is often read by itself: `free tier goes to haiku`. Where an earlier rule takes some of that traffic to a dearer
pool, the sentence is wrong for exactly those requests, and reviews of later changes build on it.

## Example
```route
rule large when input_tokens >= 40K -> opus
rule free  when tier == free        -> haiku
rule otherwise -> sonnet
```
A large request of the free tier goes to `opus`.

## What to write instead
Put the rule first if all of its requests are to go its way. Or let each rule say what those above it leave: then it can
be read alone, and R105 has to be off, which finds such conditions needless.

```route
rule free  when tier == free -> haiku
rule large when tier != free and input_tokens >= 40K -> opus
rule small when tier != free and input_tokens < 40K -> sonnet
```
"""

KIND = Kind("R108", "partly-shadowed-rule", "info", DOC, on=False)

_MOST = 5
"""Earlier rules that are named."""


def check(facts: Facts) -> Iterator[Finding]:
    """Rules and arms that some request reaches; the others are R101, R102 and R106."""
    redundancy = Redundancy(facts)
    for number, rule in enumerate(facts.policy.rules):
        if not facts.rule_is_reached(number):
            continue
        try:
            takers = redundancy.takers(number, _MOST + 1)
        except Incomplete:
            what = f"whether earlier rules take some requests of `{rule.name}` elsewhere"
            help_ = "split the rule, or those above it"
            facts.give_up(rule.name_span, what, f"{MAX_RULE_STEPS:,} steps", help_)
            continue
        if takers:
            yield _finding(facts, rule, takers)


def _finding(facts: Facts, rule: Rule, takers: dict[int, tuple[int, Assignment]]) -> Finding:
    space, earlier = facts.space, [facts.policy.rules[taker] for taker in takers][:_MOST]
    of, request = next(iter(takers.values()))
    by = space.first_column(request)

    def holds(a: Assignment) -> bool:
        return space.first_column(a) == by and bool(space.row(a) >> of & 1)

    names = [f"`{other.name}`" for other in earlier] + (["others"] if len(takers) > _MOST else [])
    one = len(names) == 1
    return Finding(
        KIND,
        f"some requests that `{rule.name}` holds for go elsewhere first, by {listed(names)}",
        rule.name_span,
        f"move `{rule.name}` above {names[0] if one else 'them'}, narrow {'that rule' if one else 'those rules'}, "
        "or leave it so if it is meant",
        tuple(Related(f"`{other.name}` takes some of its requests elsewhere", other.name_span) for other in earlier),
        Witness((space.request(facts.simplest(request, holds)),)),
    )

"""R104 redundant-rule."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.coverage import cover
from interlock.compiler.facts import Facts
from interlock.compiler.redundancy import MAX_RULE_STEPS, Redundancy
from interlock.compiler.search import Incomplete, Search
from interlock.compiler.wording import listed
from interlock.dsl.edits import removal
from interlock.dsl.finding import Finding, Fix, Kind, Related, Witness
from interlock.dsl.policy import Rule

DOC = """\
A rule changes nothing: every request it decides would go to the same place without it. Later rules hold for all of them
and lead there too. The finding names such rules (none of the set can be left out), and the witness is a request that
the rule decides. An arm of a ladder is a rule here; two `fail`s are the same place if status and message are.

## Why it hurts
A rule that changes nothing is read, kept and worked around as if it did. More often it was meant to change
something: its destination was copied from a neighbour, or the rule below was widened since.

## Example
```route
rule large when input_tokens >= 40K -> opus
rule free  when tier == free        -> haiku
rule otherwise -> haiku
```
`free` sends to `haiku` what `otherwise` would send there.

## What to write instead
Nothing in its place, or the destination that was meant.

```route
rule large when input_tokens >= 40K -> opus
rule otherwise -> haiku
```
"""

KIND = Kind("R104", "redundant-rule", "warning", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """Rules and arms that some request reaches; the others are R101, R102 and R106."""
    redundancy = Redundancy(facts)
    for number, rule in enumerate(facts.policy.rules):
        if not facts.rule_is_reached(number) or number in facts.incomplete:
            continue
        search = Search(MAX_RULE_STEPS)
        try:
            if not redundancy.makes_a_difference(number, search):
                yield _finding(facts, number, rule, search)
        except Incomplete:
            what, help_ = f"whether `{rule.name}` makes a difference", "split the rule, or those it overlaps"
            facts.give_up(rule.name_span, what, f"{MAX_RULE_STEPS:,} steps", help_)


def _finding(facts: Facts, number: int, rule: Rule, search: Search) -> Finding:
    space = facts.space
    takers = cover(facts, [n for n in facts.columns_of[number] if facts.reached[n] is not None], True, search)
    later = [facts.policy.rules[taker] for taker in takers]
    one = len(later) == 1
    first, shown = next(iter(takers.items()))
    of, by = 1 << shown.of, sum(1 << m for m in facts.columns_of[first])
    own = sum(1 << m for m in facts.columns_of[number])

    def holds(row: int) -> bool:
        after = row & ~own
        return row & -row == of and after & -after & by != 0

    request = space.request(facts.simplest(shown.assignment, lambda a: holds(space.row(a))))
    names = listed([f"`{other.name}`" for other in later])
    return Finding(
        KIND,
        f"`{rule.name}` changes nothing: every request it decides meets {names if one else 'one of ' + names} later, "
        f"which {'leads' if one else 'lead'} to the same place",
        rule.name_span,
        f"remove `{rule.name}`, or correct where it leads",
        tuple(
            Related(f"`{r.name}` holds for {'all' if one else 'some'} of these requests", r.name_span) for r in later
        ),
        Witness((request,)),
        fix=None if _is_named(facts, rule) else _fix(facts, rule),
    )


def _is_named(facts: Facts, rule: Rule) -> bool:
    """Whether a test names the rule, or an arm whose number would change with it."""
    named = {expect.rule for test in facts.policy.tests for expect in test.expects if expect.rule is not None}
    if rule.ladder is None:
        return rule.name in named
    return any(name.rpartition("/")[0] == rule.ladder for name in named)


def _fix(facts: Facts, rule: Rule) -> Fix:
    return Fix(f"remove `{rule.name}`", (removal(facts.program.main, rule.span),), True)

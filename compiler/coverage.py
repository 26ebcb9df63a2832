"""Which earlier rules take every request of a rule that is never reached."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.facts import Facts
from interlock.compiler.search import Incomplete
from interlock.dsl.finding import Finding, Kind, Related, Witness
from interlock.dsl.policy import Rule


def never_reached(facts: Facts, kind: Kind, arms: bool) -> Iterator[Finding]:
    """The rules (or arms of ladders) that can hold but never decide."""
    for number, rule in enumerate(facts.policy.rules):
        if (rule.ladder is not None) != arms or number in facts.incomplete:
            continue
        columns = [n for n in facts.columns_of[number] if facts.possible >> n & 1]
        if columns and not facts.rule_is_reached(number) and number not in facts.incomplete:
            yield _finding(facts, kind, rule, columns, _cover(facts, columns))


def never_holds(facts: Facts, kind: Kind, arms: bool) -> Iterator[Finding]:
    """The rules (or arms of ladders) whose predicate no request satisfies."""
    for number, rule in enumerate(facts.policy.rules):
        if (rule.ladder is not None) != arms:
            continue
        if not any(facts.possible >> n & 1 for n in facts.columns_of[number]):
            what = "arm" if arms else "rule"
            yield Finding(
                kind,
                f"no request can satisfy `{rule.name}`",
                rule.name_span,
                f"its conditions contradict each other; correct one of them, or remove the {what}",
                (Related("its whole predicate", rule.when.span),) if rule.when.span != rule.name_span else (),
            )


def _cover(facts: Facts, columns: list[int]) -> list[int]:
    """An irredundant set of earlier rules (indices) that take every request of ``columns``."""
    core = 0
    for n in columns:
        core |= facts.avoid(facts.space.admitted[n], (1 << n) - 1)[1]
    rules = sorted({facts.table.columns[n].rule for n in range(core.bit_length()) if core >> n & 1})
    # The core of a failed search covers, but may hold more than it needs: leave out one rule at a time.
    for rule in reversed(list(rules)):
        fewer = [r for r in rules if r != rule]
        if fewer and _covers(facts, columns, fewer):
            rules = fewer
    return rules


def _covers(facts: Facts, columns: list[int], rules: list[int]) -> bool:
    among = sum(1 << n for rule in rules for n in facts.columns_of[rule])
    try:
        return all(facts.avoid(facts.space.admitted[n], among & ((1 << n) - 1))[0] is None for n in columns)
    except Incomplete:
        return False


def _finding(facts: Facts, kind: Kind, rule: Rule, columns: list[int], cover: list[int]) -> Finding:
    covering = [facts.policy.rules[r] for r in cover]
    names = _listed([f"`{r.name}`" for r in covering])
    elsewhere = [r for r in covering if r.to != rule.to]
    alone = len(covering) == 1
    if not elsewhere:
        where = "which leads to the same place" if alone else "which all lead to the same place"
        help_ = f"remove `{rule.name}`: nothing would change"
    else:
        if alone:
            where = "which leads elsewhere"
        elif len(elsewhere) == len(covering):
            where = "which lead elsewhere"
        else:
            some = _listed([f"`{r.name}`" for r in elsewhere])
            where = f"of which {some} {'leads' if len(elsewhere) == 1 else 'lead'} elsewhere"
        narrow = "that rule" if alone else "those rules"
        help_ = f"move `{rule.name}` above `{covering[0].name}`, or narrow {narrow}"
    assignment = facts.complete({}, facts.space.admitted[columns[0]])
    return Finding(
        kind,
        f"`{rule.name}` is never reached: every request it holds for goes to {names} first, {where}",
        rule.name_span,
        help_,
        tuple(Related(f"`{r.name}` takes some of its requests", r.name_span) for r in covering),
        Witness((facts.space.request(assignment),)),
    )


def _listed(words: list[str]) -> str:
    if len(words) > 6:
        words = [*words[:5], f"{len(words) - 5} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

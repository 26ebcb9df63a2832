"""Which earlier rules take every request of a rule that is never reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from interlock.compiler.facts import Facts
from interlock.compiler.search import Incomplete
from interlock.compiler.space import Assignment
from interlock.dsl.finding import Finding, Kind, Related, Witness
from interlock.dsl.policy import And, Const, Expr, Or, Rule


def never_reached(facts: Facts, kind: Kind, arms: bool) -> Iterator[Finding]:
    """The rules (or arms of ladders) that can hold but never decide."""
    for number, rule in enumerate(facts.policy.rules):
        if (rule.ladder is not None) != arms or number in facts.incomplete:
            continue
        columns = [n for n in facts.columns_of[number] if facts.possible >> n & 1]
        if columns and not facts.rule_is_reached(number) and number not in facts.incomplete:
            yield _finding(facts, kind, rule, _cover(facts, columns))


def never_holds(facts: Facts, kind: Kind, arms: bool) -> Iterator[Finding]:
    """The rules (or arms of ladders) whose predicate no request satisfies."""
    for number, rule in enumerate(facts.policy.rules):
        if (rule.ladder is not None) != arms:
            continue
        if not any(facts.possible >> n & 1 for n in facts.columns_of[number]):
            what = "arm" if arms else "rule"
            parts = _parts(rule)
            one = len(parts) == 1 and not isinstance(parts[0], And | Or)
            yield Finding(
                kind,
                f"no request can satisfy `{rule.name}`",
                rule.name_span,
                f"its condition can never hold; correct it, or remove the {what}"
                if one
                else f"its conditions contradict each other; correct one of them, or remove the {what}",
                tuple(
                    Related("this must hold" if n == 0 else "and this", part.span)
                    for n, part in enumerate(part for part in parts if part.span != rule.name_span)
                ),
            )


def _parts(rule: Rule) -> tuple[Expr, ...]:
    """The predicates of the `within`s around a rule, its own, and the pattern of an arm."""
    when = rule.when
    # The parts of a rule are joined under the span of the last of them; an `and` spans all it joins.
    return when.operands if isinstance(when, And) and when.span == when.operands[-1].span else (when,)


@dataclass(frozen=True)
class _Taken:
    """That one rule decides some of another's requests: an example, and whether it leads elsewhere."""

    assignment: Assignment
    elsewhere: bool


def _cover(facts: Facts, columns: list[int]) -> dict[int, _Taken]:
    """An irredundant set of earlier rules (indices) that take every request of ``columns``, a rule that is
    never reached. Each of them decides some of these requests, so none of them is itself unreachable."""
    table = facts.table
    own = table.columns[columns[0]].rule
    among = sum(1 << n for n, column in enumerate(table.columns) if column.rule < own)
    while True:
        core = 0
        for n in columns:
            core |= facts.avoid(facts.space.admitted[n], among)[1]
        rules = sorted({table.columns[n].rule for n in range(core.bit_length()) if core >> n & 1})
        # The core of a failed search covers, but may hold more than it needs: leave out one rule at a time.
        for rule in reversed(list(rules)):
            fewer = [r for r in rules if r != rule]
            if fewer and _covers(facts, columns, fewer):
                rules = fewer
        taken = {rule: _taken(facts, rule, columns) for rule in rules}
        idle = [rule for rule, example in taken.items() if example is None]
        if not idle:
            return {rule: example for rule, example in taken.items() if example is not None}
        # They hold for these requests, but rules before them take them all: the others cover without them.
        among &= ~sum(1 << n for rule in idle for n in facts.columns_of[rule])


def _covers(facts: Facts, columns: list[int], rules: list[int]) -> bool:
    among = sum(1 << n for rule in rules for n in facts.columns_of[rule])
    try:
        return all(facts.avoid(facts.space.admitted[n], among)[0] is None for n in columns)
    except Incomplete:
        return False


def _taken(facts: Facts, rule: int, columns: list[int]) -> _Taken | None:
    """Whether a rule decides some request of ``columns``; if it sends one elsewhere, that one is the example."""
    space, table = facts.space, facts.table
    pairs = [(m, n) for m in facts.columns_of[rule] for n in columns]
    for elsewhere in (True, False):
        for m, n in pairs:
            if (table.columns[m].state != table.columns[n].state) != elsewhere:
                continue
            both = dict(space.admitted[n])
            for v, classes in space.admitted[m].items():
                both[v] = both.get(v, classes) & classes
            if all(both.values()):
                found, _ = facts.avoid(both, (1 << m) - 1)
                if found is not None:
                    return _Taken(found, elsewhere)
    return None


def _finding(facts: Facts, kind: Kind, rule: Rule, cover: dict[int, _Taken]) -> Finding:
    covering = [facts.policy.rules[r] for r in cover]
    names = _listed([f"`{r.name}`" for r in covering])
    elsewhere = [r for r, example in zip(covering, cover.values(), strict=True) if example.elsewhere]
    one = len(covering) == 1
    if not elsewhere:
        where = f"which {'leads' if one else 'lead'} to the same place"
        help_ = f"remove `{rule.name}`: nothing would change"
    else:
        which = "" if len(elsewhere) == len(covering) else _listed([f"`{r.name}`" for r in elsewhere]) + " "
        where = f"{'of ' if which else ''}which {which}{'leads' if len(elsewhere) == 1 else 'lead'} elsewhere"
        # Above the others, a rule without a condition would leave them nothing.
        first = "remove" if isinstance(rule.when, Const) else "move"
        above = "" if first == "remove" else f" above `{elsewhere[0].name}`"
        help_ = f"{first} `{rule.name}`{above}, or narrow {'that rule' if one else 'those rules'}"
    # A request that goes elsewhere shows more than one that goes to the same place after all.
    shown = max(cover.values(), key=lambda example: example.elsewhere)
    return Finding(
        kind,
        f"`{rule.name}` is never reached: every request it holds for meets {names if one else 'one of ' + names} "
        f"first, {where}",
        rule.name_span,
        help_,
        tuple(Related(f"`{r.name}` takes some of its requests", r.name_span) for r in covering),
        Witness((facts.space.request(shown.assignment),)),
    )


def _listed(words: list[str]) -> str:
    if len(words) > 6:
        words = [*words[:5], f"{len(words) - 5} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

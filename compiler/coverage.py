"""Which earlier rules take every request of a rule that is never reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from interlock.compiler.facts import Facts
from interlock.compiler.search import Incomplete, Search
from interlock.compiler.space import Assignment
from interlock.dsl.edits import removal
from interlock.dsl.finding import Finding, Fix, Kind, Related, Witness
from interlock.dsl.policy import And, Const, Expr, Or, Rule


def never_reached(facts: Facts, kind: Kind, arms: bool) -> Iterator[Finding]:
    """The rules (or arms of ladders) that can hold but never decide."""
    for number, rule in enumerate(facts.policy.rules):
        facts.progress("which rules take those of others", number, len(facts.policy.rules))
        if (rule.ladder is not None) != arms or number in facts.incomplete:
            continue
        columns = [n for n in facts.columns_of[number] if facts.possible >> n & 1]
        if columns and not facts.rule_is_reached(number) and number not in facts.incomplete:
            yield _finding(facts, kind, rule, columns)


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
class Taken:
    """That another rule decides a request of a rule: the request, the column that decides it, and the column of
    the rule it is a request of."""

    assignment: Assignment
    by: int
    of: int


def cover(facts: Facts, columns: list[int], later: bool = False, search: Search | None = None) -> dict[int, Taken]:
    """An irredundant set of other rules (indices) that take every request of the ``columns`` of a rule: the earlier
    rules of one that is never reached; or, of the requests that the columns decide, those that ``later`` rules
    take once the rule is gone (all of them, as the caller knows). Raises ``Incomplete``."""
    own = _union(1 << n for n in columns)
    if later:
        own |= _union(1 << n for n in facts.columns_of[facts.table.columns[columns[0]].rule])
    taken: dict[int, Taken] = {}
    mine: dict[int, int] = {}  # the columns of each rule of the set
    rows: list[int] = []  # the columns that hold for each request met on the way
    core = 0

    def left(n: int, by: int) -> tuple[Assignment | None, int]:
        """A request of column ``n`` that the columns ``by`` do not take."""
        return facts.avoid(facts.space.admitted[n], by | ((1 << n) - 1 if later else 0), search)

    for n in columns:
        while True:
            found, unavoidable = left(n, _union(mine.values()))
            if found is None:
                break
            rows.append(facts.space.row(found) & ~own)
            by = (rows[-1] & -rows[-1]).bit_length() - 1
            rule = facts.table.columns[by].rule
            # INVARIANT: an earlier one, as the rule of ``columns`` is never reached; a later one, as the request
            # meets none before.
            taken[rule] = Taken(found, by, n)
            mine[rule] = _union(1 << m for m in facts.columns_of[rule])
        core |= unavoidable
    mine = {rule: bits for rule, bits in mine.items() if bits & core}
    for rule in sorted(mine, reverse=True):
        others = _union(bits for r, bits in mine.items() if r != rule)
        # A request that only this rule takes shows that it is needed; else a search has to.
        needed = any(row & mine[rule] and not row & others for row in rows)
        if not needed and all(left(n, others)[0] is None for n in columns):
            del mine[rule]
    return {rule: taken[rule] for rule in sorted(mine)}


def _rough_cover(facts: Facts, columns: list[int]) -> dict[int, Taken]:
    """For each column the rule that decides an example of it."""
    rough: dict[int, Taken] = {}
    for n in columns:
        example = facts.complete({}, facts.space.admitted[n])
        by = facts.space.first_column(example)
        if by is not None:
            rough[facts.table.columns[by].rule] = Taken(example, by, n)
    return dict(sorted(rough.items()))


def _union(sets: Iterable[int]) -> int:
    union = 0
    for bits in sets:
        union |= bits
    return union


def _leads_elsewhere(facts: Facts, rule: int, columns: list[int], example: Taken) -> Taken | None:
    """A request of ``columns`` that a rule sends elsewhere than they do, or None."""
    space, table = facts.space, facts.table
    if table.columns[example.by].state != table.columns[example.of].state:
        return example
    # Only an indexed destination leads now here, now there.
    for m in facts.columns_of[rule]:
        for n in columns:
            if table.columns[m].state != table.columns[n].state:
                both = dict(space.admitted[n])
                for v, classes in space.admitted[m].items():
                    both[v] = both.get(v, classes) & classes
                if all(both.values()):
                    found, _ = facts.avoid(both, (1 << m) - 1)
                    if found is not None:
                        return Taken(found, m, n)
    return None


def _finding(facts: Facts, kind: Kind, rule: Rule, columns: list[int]) -> Finding:
    try:
        takers = cover(facts, columns)
        away = {r: _leads_elsewhere(facts, r, columns, example) for r, example in takers.items()}
    except Incomplete:  # that the rule is dead is certain; by which rules it is said less exactly
        takers = _rough_cover(facts, columns)
        away = {r: e if facts.policy.rules[r].to != rule.to else None for r, e in takers.items()}
    covering = [facts.policy.rules[r] for r in takers]
    elsewhere = [facts.policy.rules[r] for r, example in away.items() if example is not None]
    # A request that goes elsewhere shows more than one that ends in the same place after all.
    shown = next((example for example in away.values() if example is not None), next(iter(takers.values())))
    names = _listed([f"`{r.name}`" for r in covering])
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
    return Finding(
        kind,
        f"`{rule.name}` is never reached: every request it holds for meets {names if one else 'one of ' + names} "
        f"first, {where}",
        rule.name_span,
        help_,
        tuple(
            Related(f"`{r.name}` holds for {'all' if one else 'some'} of its requests", r.name_span) for r in covering
        ),
        Witness((facts.space.request(shown.assignment),)),
        fix=None if elsewhere else rule_removal(facts, rule),
    )


def rule_removal(facts: Facts, rule: Rule) -> Fix | None:
    """Removes a rule or an arm that makes no difference; None if a test names it, or an arm whose number would
    change with it."""
    named = {expect.rule for test in facts.policy.tests for expect in test.expects if expect.rule is not None}
    if rule.name in named or (rule.ladder is not None and any(n.rpartition("/")[0] == rule.ladder for n in named)):
        return None
    return Fix(f"remove `{rule.name}`", (removal(facts.program.main, rule.span),), safe=True)


def _listed(words: list[str]) -> str:
    if len(words) > 6:
        words = [*words[:5], f"{len(words) - 5} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

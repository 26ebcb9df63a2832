"""Two versions in one table: the rules of both over joint attributes, and where the two lists differ.

Each version is a list of **entries**, tried in order: first that the request is none it takes (where that can be),
then its rules. Entries that both have, in the same order, stand in the table once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from interlock.compiler.diff.attributes import NOWHERE, Rewrite, Shared, rewritten, share
from interlock.compiler.diff.outcomes import Outcomes
from interlock.compiler.diff.side import Side
from interlock.compiler.lower import destinations, lower
from interlock.compiler.table import Table
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding
from interlock.dsl.record import record

OLD, NEW = 0, 1


@record
class Entry:
    """Requests of ``when`` go ``to``; by ``rule``, or as requests that a version does not take (None)."""

    when: p.Expr
    to: p.To | p.Fail
    rule: p.Rule | None


@record
class Joint:
    """``table`` has the entries of both versions as its rules. ``orders`` has those of the old one and those of the
    new one, as they are tried. ``entries`` has, for each side, the entry of each rule of the table that is one of its
    own."""

    table: Table
    shared: tuple[Shared, ...]
    orders: tuple[tuple[int, ...], tuple[int, ...]]
    entries: tuple[dict[int, Entry], dict[int, Entry]]


def join(old: Side, new: Side, outcomes: Outcomes) -> Joint | list[Finding]:
    """Two versions in one table; findings where it would need to be too large."""
    shared = _shared(old, new)
    views = [[(each, each.old) for each in shared], [(each, each.new) for each in shared]]
    lists = [
        _entries(
            side,
            [view.valid for _, view in mine if view.valid is not None],
            {each.name: view.rewrite for each, view in mine if view.rewrite is not None},
        )
        for side, mine in zip((old, new), views, strict=True)
    ]
    labels = renamed(old, new, outcomes)
    pairs = _paired(
        [(entry.when, _label(entry.to, {})) for entry in lists[OLD]],
        [(entry.when, _label(entry.to, labels)) for entry in lists[NEW]],
    )
    count = len(lists[OLD])
    order: list[int] = []
    for number in range(len(lists[NEW])):
        order.append(pairs.get(number, count))
        count += number not in pairs
    added = [entry for number, entry in enumerate(lists[NEW]) if number not in pairs]
    rules = [
        p.Rule(str(n), entry.when, p.Fail(500, None), None, NOWHERE, NOWHERE, None)
        for n, entry in enumerate([*lists[OLD], *added])
    ]
    attributes = sorted((a for each in shared for a in each.attributes), key=lambda a: a.name)
    table, findings = lower(_policy(new.policy, {a.name: a for a in attributes}, tuple(rules)))
    if table is None:
        return findings
    mine = dict(enumerate(lists[OLD])), dict(zip(order, lists[NEW], strict=True))
    return Joint(table, shared, (tuple(mine[OLD]), tuple(order)), mine)


def _shared(old: Side, new: Side) -> tuple[Shared, ...]:
    before, after = old.policy.attributes, new.policy.attributes
    names = sorted({*before, *after})
    elements: dict[str, set[str]] = {name: set() for name in names}
    stack = [rule.when for side in (old, new) for rule in side.rules]
    while stack:
        match stack.pop():
            case p.And(operands=operands) | p.Or(operands=operands):
                stack.extend(operands)
            case p.Not(operand=operand):
                stack.append(operand)
            case p.Contains(attribute=name, value=value):
                elements[name].add(value)
            case _:
                pass
    return tuple(share(n, before.get(n), after.get(n), elements[n]) for n in names)


def _entries(side: Side, valid: list[p.Expr], rewrites: dict[str, Rewrite]) -> list[Entry]:
    entries = []
    if valid:
        entries.append(Entry(p.Not(p.And(tuple(valid), NOWHERE), NOWHERE), side.policy.invalid, None))
    for rule in side.rules:
        when = rewritten(rule.when, rewrites)
        for to, where in destinations(rule):
            there = when if where is None else p.And((when, rewritten(where, rewrites)), rule.span)
            entries.append(Entry(there, to, rule))
    return entries


# ── which entries are the same ───────────────────────────────────────────────────────────────────────────


def renamed(old: Side, new: Side, outcomes: Outcomes) -> dict[str, str]:
    """For pools that have another name now the one they had: with it, rules that lead there are the same rules."""
    gone = {
        outcomes.walks(OLD, p.To(name)): name
        for name in reversed(list(old.automaton.start))
        if name not in new.policy.pools
    }
    labels: dict[str, str] = {}
    for name in new.automaton.start:
        before = gone.get(outcomes.walks(NEW, p.To(name))) if name not in old.policy.pools else None
        if before is not None:
            labels[name] = before
    return labels


def _label(to: p.To | p.Fail, labels: dict[str, str]) -> object:
    return to if isinstance(to, p.Fail) else labels.get(to.pool, to.pool)


def _paired(old: Sequence[object], new: Sequence[object]) -> dict[int, int]:
    """For items of the new list the same items of the old one, in the same order: as many as there can be, where no
    item is there twice (a longest ascending run of places)."""
    places: dict[object, list[int]] = {}
    for number, item in enumerate(old):
        places.setdefault(item, []).append(number)
    seen: dict[object, int] = {}
    ends: list[int] = []  # the least place in the old list with which a run of each length ends
    ending: list[tuple[int, int]] = []  # its place in the new list, and the old one
    before: dict[int, int | None] = {}
    latest: list[int] = []
    for number, item in enumerate(new):
        at = places.get(item, [])
        nth = seen.get(item, 0)
        seen[item] = nth + 1
        if nth >= len(at):
            continue
        length = bisect_left(ends, at[nth])
        if length == len(ends):
            ends.append(at[nth])
            latest.append(len(ending))
        else:
            ends[length] = at[nth]
            latest[length] = len(ending)
        before[len(ending)] = latest[length - 1] if length else None
        ending.append((number, at[nth]))
    found: dict[int, int] = {}
    step: int | None = latest[-1] if latest else None
    while step is not None:
        number, place = ending[step]
        found[number] = place
        step = before[step]
    return found


def _policy(like: p.Policy, attributes: dict[str, p.Attribute], rules: tuple[p.Rule, ...]) -> p.Policy:
    """A policy of nothing but attributes and rules."""
    return p.Policy(like.name, like.span, None, attributes, {}, {}, {}, (), rules, (), (), (), p.Fail(400, None))

"""Which states of a table's automaton a picture draws as one node."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from interlock.runtime import Fail
from interlock.runtime.spec import Member, Pool, State

Column = tuple[int, ...]
"""The states of which a picture makes one node: a single one, or one for each copy of a family."""

After = Callable[[int], Sequence[int | None]]
"""Where each class of error leads from a state; nowhere from a fail."""

MOST_COLUMNS = 2_000
"""The copies of a family are drawn one by one past so many nodes: in a loop they may meet in ever new orders."""


def family_of(name: str) -> tuple[str, str | None]:
    """The family of a pool or an upstream, and its index there; None for one of no family."""
    family, bracket, index = name.partition("[")
    return family, index[:-1] if bracket else None


def family_shape(pool: Pool) -> Hashable:
    """What copies of a family have in common if they may be drawn as one."""
    family, own = family_of(pool.name)

    def shape(member: Member) -> Hashable:
        upstream, index = family_of(member.upstream.name)
        account = member.upstream.account
        # A copy's members are either of its own index or the same for all copies.
        return upstream, index == own or index, account == own or account, member.upstream.provider, member.model

    members = tuple((shape(member), member.weight) for member in pool.members)
    return family, own is None, pool.sticky, pool.retry, members


def alike(states: Sequence[State], label: Callable[[Pool], Hashable]) -> list[int]:
    """A block for each state, the same for two if their pools have one label, and so on for wherever the same errors
    lead from them: the coarsest bisimulation, by refining until nothing changes."""
    marks: list[Hashable] = [at if isinstance(at, Fail) else label(at.pool) for at in states]
    blocks, count = _numbers(marks), 0
    while len(set(blocks)) > count:
        count = len(set(blocks))
        blocks = _numbers(
            (blocks[i], None if isinstance(at, Fail) else tuple(None if to is None else blocks[to] for to in at.next))
            for i, at in enumerate(states)
        )
    return blocks


def _numbers(marks: Iterable[Hashable]) -> list[int]:
    known: dict[Hashable, int] = {}
    return [known.setdefault(mark, len(known)) for mark in marks]


def folded(led: Mapping[int, Mapping[int, None]], loose: Sequence[int], after: After) -> list[Column]:
    """The nodes at which walks start, in the order of the rules that lead there. Copies of a family are one if the
    same rules lead to them, they behave alike, and drawing them as one makes the picture no larger."""
    groups: dict[Hashable, list[int]] = {}
    for state, rules in sorted(led.items(), key=lambda item: min(item[1])):
        groups.setdefault((loose[state], tuple(rules)), []).append(state)
    starts: list[Column] = []
    for group in groups.values():
        column, single = tuple(group), [(state,) for state in group]
        if len(group) > 1:
            drawn = walked([column], after, MOST_COLUMNS)
            apart = walked(single, after, None) or ()
            if drawn is not None and len(drawn) <= len(apart):
                starts.append(column)
                continue
        starts += single
    return starts


def walked(starts: Iterable[Column], after: After, most: int | None) -> dict[Column, None] | None:
    """All columns that walks come to from some, those first, the nearest next; None if they are more than ``most``."""
    found = dict.fromkeys(starts)
    waiting = list(found)
    for column in waiting:  # grows while it is read: breadth first
        for to in moves(column, after):
            if to is not None and to not in found:
                found[to] = None
                waiting.append(to)
        if most is not None and len(found) > most:
            return None
    return found


def moves(column: Column, after: After) -> list[Column | None]:
    """Where each class of error leads from a column: the copies all go on, or all return the error."""
    found: list[Column | None] = []
    for targets in zip(*map(after, column), strict=True):
        there = tuple(to for to in targets if to is not None)
        found.append((there[:1] if len(set(there)) == 1 else there) or None)
    return found

"""Where prompt caches live: the homes that a pool's pick can give a session.

A cache lives in one (provider, account, region) for one model. Sources: the providers' prompt-caching pages,
read November 2026: an entry is an exact prefix for one model on one platform (per workspace on the Claude API, per
organization on Bedrock, per project on Google).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from interlock.compiler.hashing import murmur3
from interlock.compiler.maglev import SIZE, sorted_members
from interlock.compiler.search import Incomplete
from interlock.compiler.space import Assignment, Space
from interlock.compiler.table import Table
from interlock.dsl import policy as p
from interlock.dsl.record import record

Home = tuple[str, str | None, str | None]
"""(provider, account, region); an omitted part is a value of its own."""

EVERY_SLOT = (1 << SIZE) - 1


def home_of(policy: p.Policy, member: p.Member) -> Home:
    """The home of a member's caches."""
    upstream = policy.upstreams[member.upstream]
    return upstream.provider, upstream.account, upstream.region


def shown(home: Home) -> str:
    """A home as messages have it, without the parts that are omitted: ``anthropic/us_east``."""
    return f"`{'/'.join(part for part in home if part is not None)}`"


def unsticky(policy: p.Policy, pool: p.Pool) -> Literal["no key", "key"] | None:
    """Whether a pool of several cannot keep a session at home (C303): it has no sticky key, or serves one model
    from several homes by a key that is not per session."""
    if len(pool.members) < 2:
        return None
    if pool.sticky is None:
        return "no key"
    if policy.attributes[pool.sticky].stability == "per session":
        return None
    homes: dict[str, set[Home]] = {}
    for member in pool.members:
        homes.setdefault(member.model, set()).add(home_of(policy, member))
    return "key" if any(len(there) > 1 for there in homes.values()) else None


@record
class Outcome:
    """A model and home a pool can pick; ``slots`` (a bit-set of Maglev entries) of the sticky key's value
    lead there. ``sticky`` None: always."""

    model: str
    home: Home
    member: p.Member
    sticky: str | None
    slots: int


def outcomes(table: Table, pool: p.Pool, *, settled: bool = True) -> list[Outcome]:
    """What a pool can pick; with ``settled``, one that C303 reports always picks its first listed member."""
    policy = table.policy
    if len(pool.members) == 1 or (settled and unsticky(policy, pool)):
        first = pool.members[0]
        return [Outcome(first.model, home_of(policy, first), first, None, EVERY_SLOT)]
    entries = table.maglev[pool.name]
    if pool.sticky is None:
        always = sorted_members(pool)[entries[0]]  # the empty key hashes to 0
        return [Outcome(always.model, home_of(policy, always), always, None, EVERY_SLOT)]
    found: dict[tuple[str, Home], Outcome] = {}
    for i, member in enumerate(sorted_members(pool)):
        slots = sum(1 << s for s, picked in enumerate(entries) if picked == i)
        key = member.model, home_of(policy, member)
        before = found[key].slots if key in found else 0
        first = found[key].member if key in found else member
        found[key] = Outcome(*key, first, pool.sticky, before | slots)
    return list(found.values())


def slot(value: p.Scalar | None) -> int:
    """The Maglev entry of a sticky key's value."""
    if value is None:
        return 0  # the empty key hashes to 0
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return murmur3(text, 0) % SIZE


class Slots:
    """The Maglev entries that the values of each class of a variable fall on."""

    def __init__(self, space: Space) -> None:
        """Computed when first asked for."""
        self._space = space
        self._known: dict[tuple[int, int], int] = {}

    def of(self, v: int, class_: int) -> int:
        """A bit-set of entries."""
        if (v, class_) not in self._known:
            self._known[v, class_] = self._find(v, class_)
        return self._known[v, class_]

    def _find(self, v: int, class_: int) -> int:
        if self._endless(v, class_):
            return EVERY_SLOT
        slots = 0
        for value in self._values(v, class_):
            slots |= 1 << slot(value)
            if slots == EVERY_SLOT:
                break
        return slots

    def _endless(self, v: int, class_: int) -> bool:
        variable = self._space.variables[v]
        if v in self._space.parts:
            # More than there may be together with some classes of its patterns: then ``example`` finds none.
            return class_ == self._space.parts[v].other
        match variable.attribute.type:
            case p.StringType():
                return class_ < len(variable.atoms) and self._space.strings[variable.attribute.name].endless(
                    variable.atoms[class_]
                )
            case p.EnumType(values=values, open=open_):
                return open_ and class_ == len(values)
            case _:
                return False

    def _values(self, v: int, class_: int) -> Sequence[p.Scalar | None] | range:
        variable = self._space.variables[v]
        if isinstance(variable.attribute.type, p.IntType) and class_ < len(variable.intervals):
            lo, hi = variable.intervals[class_]
            return range(lo, hi + 1)
        if isinstance(variable.attribute.type, p.StringType) and class_ < len(variable.atoms):
            return list(self._space.strings[variable.attribute.name].words(variable.atoms[class_]))
        return [self._space.value(v, {v: class_})]

    def example(self, v: int, assignment: Assignment, slots: int) -> p.Scalar | None:
        """A value of the class of a variable that falls on one of ``slots``; the usual example where that does.

        Raises ``Incomplete`` where none is found within the limit."""
        usual, class_ = self._space.value(v, assignment), assignment[v]
        if slots >> slot(usual) & 1:
            return usual
        variable = self._space.variables[v]
        values: Iterable[p.Scalar | None]
        if v in self._space.parts:
            values = self._space.parts[v].words(assignment)
        elif self._endless(v, class_) and isinstance(variable.attribute.type, p.StringType):
            values = self._space.strings[variable.attribute.name].words(variable.atoms[class_])
        elif self._endless(v, class_):
            values = (f"{usual}-{n}" for n in range(1, 200_000))
        else:
            values = self._values(v, class_)
        for tries, value in enumerate(values):
            if slots >> slot(value) & 1 and not (value == "" and self._endless(v, class_)):  # a poor example
                return value
            if tries > 200_000:
                break
        raise Incomplete

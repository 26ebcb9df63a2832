"""Requests for a policy: one of every behavioural class, as an ordinary product."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice, product

from interlock.compiler.reference import Value, murmur3
from interlock.compiler.reference_pick import SLOTS, maglev
from interlock.dsl import policy as p
from tests.oracle.strings import representatives

TRIES = 60_000


@dataclass(frozen=True)
class Classes:
    """Values of each attribute such that every request behaves like one of their product: in each rule's
    predicate and in the pick of every pool. ``complete`` is false where the search for a value with some
    combination of hashes gave up."""

    values: Mapping[str, Sequence[Value]]
    complete: bool

    @property
    def size(self) -> int:
        total = 1
        for values in self.values.values():
            total *= len(values)
        return total


def classes(policy: p.Policy, also: Sequence[p.Expr] = ()) -> Classes:
    """Representatives of the values of each attribute; they tell where the predicates ``also`` hold, too."""
    values: dict[str, Sequence[Value]] = {}
    complete = True
    atoms = [atom for expr in (*(rule.when for rule in policy.rules), *also) for atom in _atoms(expr)]
    for attribute in policy.attributes.values():
        mine = [atom for atom in atoms if not isinstance(atom, p.Const) and atom.attribute == attribute.name]
        hashed = _Hashed(policy, attribute.name, mine)
        values[attribute.name] = [*_representatives(attribute.type, mine, hashed)]
        if attribute.optional:
            values[attribute.name] = [*values[attribute.name], None]
        complete = complete and hashed.complete
    return Classes(values, complete)


def all_values(
    policy: p.Policy, cap: int = 20_000, seed: int = 0, also: Sequence[p.Expr] = ()
) -> list[dict[str, Value]]:
    """The product of all classes; beyond ``cap``, that many at random."""
    found = classes(policy, also)
    names = list(found.values)
    if found.size <= cap:
        return [dict(zip(names, row, strict=True)) for row in product(*found.values.values())]
    rng = random.Random(seed)
    return [{name: rng.choice(found.values[name]) for name in names} for _ in range(cap)]


def request(values: Mapping[str, Value]) -> dict[str, object]:
    """The request with these values, absent ones left out."""
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in values.items()
        if value is not None
    }


def all_requests(policy: p.Policy, cap: int = 20_000, seed: int = 0) -> list[dict[str, object]]:
    """A request of every class; beyond ``cap``, that many at random."""
    return [request(values) for values in all_values(policy, cap, seed)]


Atom = p.Const | p.OneOf | p.Between | p.Like | p.Contains | p.Has | p.Sample


def random_request(policy: p.Policy, rng: random.Random) -> dict[str, object]:
    """A valid request that knows nothing of classes: numbers around the thresholds, words over the letters
    that the policy mentions, sets with and without what it mentions."""
    atoms = [atom for rule in policy.rules for atom in _atoms(rule.when)]
    found: dict[str, object] = {}
    for attribute in policy.attributes.values():
        if (attribute.optional or attribute.default is not None) and rng.random() < 0.2:
            continue
        mine = [atom for atom in atoms if not isinstance(atom, p.Const) and atom.attribute == attribute.name]
        found[attribute.name] = _random_value(attribute.type, mine, rng)
    return found


def _random_value(type_: p.Type, atoms: Sequence[Atom], rng: random.Random) -> object:
    if isinstance(type_, p.BoolType):
        return rng.random() < 0.5
    if isinstance(type_, p.IntType):
        edges = [type_.lo, type_.hi]
        edges += [e for atom in atoms if isinstance(atom, p.Between) for e in (atom.lo, atom.hi) if e is not None]
        edges += [int(v) for atom in atoms if isinstance(atom, p.OneOf) for v in atom.values]
        return min(max(rng.choice(edges) + rng.randint(-1, 1), type_.lo), type_.hi)
    if isinstance(type_, p.EnumType):
        return rng.choice([*type_.values, "other"] if type_.open else type_.values)
    if isinstance(type_, p.SetType):
        elements = ["p", "q", "x y", "other"]
        if isinstance(type_.element, p.EnumType):
            elements = [*type_.element.values, *(["other"] if type_.element.open else [])]
        return rng.choices(elements, k=rng.randrange(4))
    words = [str(v) for atom in atoms if isinstance(atom, p.OneOf) for v in atom.values]
    words += [piece for atom in atoms if isinstance(atom, p.Like) for piece in atom.pieces]
    letters = [*sorted(set("".join(words))), "z"]
    return "".join(rng.choices(letters, k=rng.randrange(6)))


def _atoms(expr: p.Expr) -> Iterator[Atom]:
    if isinstance(expr, p.And | p.Or):
        for operand in expr.operands:
            yield from _atoms(operand)
    elif isinstance(expr, p.Not):
        yield from _atoms(expr.operand)
    else:
        yield expr


class _Hashed:
    """What hashing makes of a value of one attribute: the outcome of each sample, the pick of each pool."""

    def __init__(self, policy: p.Policy, attribute: str, atoms: Sequence[Atom]) -> None:
        self.complete = True
        self.shares: dict[str | None, set[int]] = {}
        for atom in atoms:
            if isinstance(atom, p.Sample):
                self.shares.setdefault(atom.salt, set()).add(atom.basis_points)
        pools = [q for q in policy.pools.values() if q.sticky == attribute and len(q.members) > 1]
        tables = [maglev(sorted(q.members, key=lambda m: m.name.encode())) for q in pools]
        self.picks = [tuple(table[slot] for table in tables) for slot in range(SLOTS)] if tables else [()]

    @property
    def trivial(self) -> bool:
        return len(self.picks) == 1 and not self.shares

    def label(self, value: Value) -> Hashable:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        buckets = []
        for salt, shares in self.shares.items():
            number = murmur3(text.encode(), murmur3(salt.encode(), 0) if salt is not None else 0) % 10_000
            buckets.append(sum(number < share for share in shares))
        return tuple(buckets), self.picks[murmur3(text.encode(), 0) % len(self.picks)]

    def all_labels(self) -> set[Hashable]:
        """Every label: samples of different salts and picks are independent of one another."""
        buckets = []
        for shares in self.shares.values():
            buckets.append(
                {sum(number < share for share in shares) for number in [0, *shares, 9_999] if number < 10_000}
            )
        return {(row, pick) for row in product(*buckets) for pick in set(self.picks)}

    def spread(self, candidates: Iterable[Value], exhaustive: bool) -> list[Value]:
        """Candidates until every label is there. ``exhaustive``: there are no other values."""
        if self.trivial:
            return list(islice(candidates, 1))
        wanted = self.all_labels()
        found: dict[Hashable, Value] = {}
        for tried, value in enumerate(candidates):
            found.setdefault(self.label(value), value)
            if len(found) == len(wanted):
                break
            if tried > TRIES:
                self.complete = False
                break
        else:
            self.complete = self.complete and exhaustive
        assert found.keys() <= wanted
        return list(found.values())


def _representatives(type_: p.Type, atoms: Sequence[Atom], hashed: _Hashed) -> list[Value]:
    mentioned = {value for atom in atoms if isinstance(atom, p.OneOf) for value in atom.values}
    if isinstance(type_, p.BoolType):
        return [False, True]
    if isinstance(type_, p.IntType):
        return _ints(type_, atoms, hashed)
    if isinstance(type_, p.EnumType):
        others = (f"other-{n}" for n in count()) if type_.open else iter(())
        return [*type_.values, *hashed.spread(others, True)]
    if isinstance(type_, p.SetType):
        elements = sorted({atom.value for atom in atoms if isinstance(atom, p.Contains)})
        subsets: list[Value] = []
        for chosen in product([False, True], repeat=len(elements)):
            subsets.append(frozenset(e for e, taken in zip(elements, chosen, strict=True) if taken))
        return subsets
    patterns = {atom.pieces for atom in atoms if isinstance(atom, p.Like)}
    groups, other = representatives(sorted({*patterns, *((str(literal),) for literal in mentioned)}))
    values: list[Value] = []
    for group in groups:
        if other in group[0]:
            values += hashed.spread(_varied(group, other), False)
        else:
            values += hashed.spread(iter(group), True)
    return values


def _varied(group: Sequence[str], other: str) -> Iterator[str]:
    """The group's strings with one unmentioned letter or several in place of the one."""
    yield from group
    for number in count():
        text = group[number % len(group)]
        # Letters far from any policy's alphabet, in runs of up to five.
        run = "".join(chr(0x4E00 + int(digit)) for digit in str(number))
        yield text.replace(other, run, 1)


def _ints(type_: p.IntType, atoms: Sequence[Atom], hashed: _Hashed) -> list[Value]:
    """The ends of each interval between the thresholds, and enough between them for every label."""
    cuts = {type_.lo}
    for atom in atoms:
        if isinstance(atom, p.Between):
            cuts |= {n for n in (atom.lo, None if atom.hi is None else atom.hi + 1) if n is not None}
        elif isinstance(atom, p.OneOf):
            cuts |= {int(value) + d for value in atom.values for d in (0, 1)}
    starts = sorted(cut for cut in cuts if type_.lo <= cut <= type_.hi)
    values: set[int] = set()
    for start, following in zip(starts, [*starts[1:], type_.hi + 1], strict=True):
        values |= {start, following - 1}
        values |= {int(str(v)) for v in hashed.spread(iter(range(start, following)), True)}
    return [*sorted(values)]

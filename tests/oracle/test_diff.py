"""The requests that two versions treat differently are exactly those that the comparison describes."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

import pytest

from interlock.compiler.artifact import encode
from interlock.compiler.diff import boxes
from interlock.compiler.diff.changes import Change, Changes, compare
from interlock.compiler.diff.describe import all_of
from interlock.compiler.diff.outcomes import Outcomes
from interlock.compiler.diff.side import Side
from interlock.compiler.diff.sides import alike as comparable
from interlock.compiler.diff.sides import side_of
from interlock.compiler.diff.tables import side_of_table
from interlock.compiler.pipeline import Front, front
from interlock.compiler.reference import Invalid, State, Values, holds, matching_rule, step, validate
from interlock.compiler.reference_pick import maglev
from interlock.compiler.reference_request import Value
from interlock.dsl import policy as p
from interlock.dsl.model_data import word
from interlock.dsl.policy import CLASSES
from tests.oracle.compiled import SCALE, examples
from tests.oracle.policies import seeded
from tests.oracle.requests import all_requests, all_values, classes, request
from tests.oracle.test_equivalence import mutated

BATCH = 10
FIRST_SEED = 0 if SCALE == 1 else random.SystemRandom().randrange(10**9)
MOST_REQUESTS = 3_000


@cache
def seen() -> Counter[str]:
    """What kinds of pairs and changes were met."""
    return Counter()


@pytest.mark.parametrize("batch", range(examples(6)))
def test_a_policy_and_one_slightly_other(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        rng = random.Random(seed)
        old = front("a.route", text=seeded(seed))
        for _ in range(4):
            text = mutated(old.program.main, rng)
            new = front("a.route", text=text)
            if rng.random() < 0.4:
                new = front("a.route", text=retyped(text, rng))
            both_ways(old, new, seed)


@pytest.mark.parametrize("batch", range(examples(4)))
def test_two_policies_that_have_nothing_to_do_with_each_other(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        both_ways(front("a.route", text=seeded(seed, 3)), front("a.route", text=seeded(seed + 50_000, 3)), seed)


def test_what_would_take_too_many_words_is_part_of_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "MAX_BOXES", 1)
    for seed in range(FIRST_SEED, FIRST_SEED + BATCH):
        old, rng = front("a.route", text=seeded(seed)), random.Random(seed)
        new = old
        for _ in range(5):  # one change alone leaves few regions with a hole in them
            new = front("a.route", text=mutated(new.program.main, rng))
            both_ways(old, new, seed)
        both_ways(old, front("a.route", text=seeded(seed + 50_000)), seed)


def test_the_batches_met_every_kind() -> None:
    if not seen():
        pytest.skip("the batches were not run before this")
    for kind in (
        "alike",
        "differ",
        "exact",
        "part of",
        "interface",
        "interface in words",
        "only after an error",
        "not taken",
    ):
        assert seen()[kind] >= 5, seen()


def both_ways(old: Front, new: Front, seed: int) -> None:
    """Compare two policies, and what the comparison says with what each request gets."""
    if old.policy is None or new.policy is None or old.table is None or new.table is None:
        return
    requests = asked(old.policy, new.policy, seed)
    if requests is None:
        return
    # Every third time one of the two is a table, and every third time the other.
    sides = comparable(version(old, seed % 3 == 1), version(new, seed % 3 == 2))
    found = compare(*sides, Outcomes(*sides))
    assert isinstance(found, Changes)
    assert not found.undecided
    meanings = [{n: meaning(a) for n, a in side.policy.attributes.items()} for side in sides]
    other = meanings[0] != meanings[1]
    seen()["interface"] += other
    hit: Counter[int] = Counter()
    words = joint_declarations(old.policy, new.policy)
    described = [None if words is None else predicates(words, change) for change in found.changes]
    seen()["interface in words"] += other and words is not None
    differing = 0
    context = (seed, old.program.main.source.text, new.program.main.source.text)
    for each in requests:
        one, two = validate(old.policy, each), validate(new.policy, each)
        if isinstance(one, Invalid) and isinstance(two, Invalid):
            continue
        if malformed(old.policy, new.policy, each, one, two):
            continue  # an attribute that the other version lacks: of those nothing is said
        differs = not alike(old.policy, new.policy, start(old.policy, one), start(new.policy, two))
        differing += differs
        ends = (destination(old.policy, one), destination(new.policy, two))
        taken = (isinstance(one, Invalid), isinstance(two, Invalid))
        fitting = [n for n, c in enumerate(found.changes) if ends in c.pairs and c.invalid == taken]
        assert len(fitting) == differs, (context, each, ends, [c.pairs for c in found.changes])
        for number, change in enumerate(found.changes):
            when = described[number]
            if when is None:
                continue
            values = joint_values(old.policy, new.policy, each)
            inside = holds(when[0], values)
            assert holds(when[1], values) or number not in fitting, (context, each, change)
            if change.where.exact:
                assert inside == (number in fitting), (context, each, change)
            elif number in fitting:
                assert inside, (context, each, change)
        hit.update(fitting)
    for change in found.changes:
        one, two = validate(old.policy, change.request), validate(new.policy, change.request)
        assert not (isinstance(one, Invalid) and isinstance(two, Invalid)), (context, change)
        assert (destination(old.policy, one), destination(new.policy, two)) in change.pairs, (
            context,
            change,
        )
        assert not alike(old.policy, new.policy, start(old.policy, one), start(new.policy, two)), (context, change)
        seen()["exact" if change.where.exact else "part of"] += 1
        seen()["only after an error"] += not change.moved
        seen()["not taken"] += any(change.invalid)
    seen()["differ" if differing else "alike"] += 1


def version(found: Front, compiled: bool) -> Side:
    assert found.table is not None
    return side_of_table("table", encode(found.table)) if compiled else side_of("policy", found)


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────


def asked(old: p.Policy, new: p.Policy, seed: int) -> Sequence[dict[str, object]] | None:
    """Requests of every class of both, where there are not too many of them."""
    shared = all(meaning(a) == meaning(new.attributes[n]) for n, a in old.attributes.items() if n in new.attributes)
    if old.attributes.keys() == new.attributes.keys() and shared:
        found = classes(old, [rule.when for rule in new.rules])
        if found.size > MOST_REQUESTS or not found.complete:
            return None
        return [request(values) for values in all_values(old, also=[rule.when for rule in new.rules])]
    rng = random.Random(seed)
    mine = [all_requests(policy, cap=400, seed=seed) for policy in (old, new)]
    mixed = [{**rng.choice(mine[0]), **rng.choice(mine[1])} for _ in range(600)]
    fewer = [{k: v for k, v in each.items() if rng.random() < 0.8} for each in mixed]
    return [*mine[0], *mine[1], *mixed, *fewer]


def meaning(attribute: p.Attribute) -> object:
    return attribute.type, attribute.optional, attribute.default


def malformed(old: p.Policy, new: p.Policy, each: object, one: object, two: object) -> bool:
    """Whether a request is refused for the value of an attribute that only one version has."""
    for values, other in (
        (one, old if isinstance(two, Invalid) else new),
        (two, old if isinstance(one, Invalid) else new),
    ):
        if isinstance(values, Invalid) and values.attribute not in other.attributes and values.reason != "missing":
            return True
    return False


def retyped(text: str, rng: random.Random) -> str:
    """Another type, a default or a question mark for one of the attributes."""
    lines = text.split("\n")
    places = [n for n, line in enumerate(lines) if re.match(r"    [a-z-]+ : ", line)]
    if not places:
        return text
    at = rng.choice(places)
    name, _, rest = lines[at].partition(" : ")
    kind = rng.randrange(4)
    if kind == 0:
        lines[at] = f"{name} : {rng.choice(['string', 'bool', 'int(0..=9)', 'enum(p, q)', 'set(string)'])}"
    elif kind == 1:
        lines[at] = re.sub(r"(\.\.=?)(\d+)", lambda m: f"{m[1]}{int(m[2]) + 3}", lines[at])
    elif kind == 2:
        type_ = re.match(r"(\w+(\([^)]*\)+)?)", rest)
        lines[at] = f"{name} : {type_[0]}?" if type_ else lines[at]
    else:
        lines[at] = ""
    return "\n".join(lines)


# ── what each version does ───────────────────────────────────────────────────────────────────────────────


def destination(policy: p.Policy, values: Values | Invalid) -> p.To | p.Fail:
    if isinstance(values, Invalid):
        return policy.invalid
    rule = matching_rule(policy, values)
    if rule is None:
        return p.Fail(500, None)
    if isinstance(rule.to, p.ToIndexed):
        return p.To(dict(rule.to.pools)[str(values[rule.to.attribute])])
    return rule.to


def start(policy: p.Policy, values: Values | Invalid) -> State:
    to = destination(policy, values)
    return State(None, None, 0, 0, to) if isinstance(to, p.Fail) else State(to.pool, None, 0, 0, None)


def alike(old: p.Policy, new: p.Policy, one: State, two: State) -> bool:
    """Whether two walks serve alike, whatever errors follow."""
    todo, met = [(one, two)], set()
    for here, there in todo:
        if look(old, here) != look(new, there):
            return False
        for class_ in CLASSES:
            pair = step(old, here, class_), step(new, there, class_)
            key = tuple((s.pool, s.walked and id(s.walked), s.position, s.fail, s.returned) for s in pair)
            if key not in met:
                met.add(key)
                todo.append(pair)
    return True


def look(policy: p.Policy, state: State) -> object:
    if state.pool is None:
        return state.fail, state.returned
    pool = policy.pools[state.pool]
    members = sorted(pool.members, key=lambda m: m.name)
    upstreams = [policy.upstreams[m.upstream] for m in members]
    places = [(u.name, u.provider, u.account, u.region, m.model) for u, m in zip(upstreams, members, strict=True)]
    if len(members) == 1:
        return places, pool.retry
    return places, pool.retry, pool.sticky, maglev(members)


# ── the words of a description ───────────────────────────────────────────────────────────────────────────


def predicates(declarations: str, change: Change) -> list[p.Expr]:
    """The predicates of a change, the one that is as exact as said and the one around it, read by the language."""
    both = change.where.predicate, all_of(change.where.within) or "true"
    claims = "".join(f"\nassert zz{n} when {where} chain.hops <= 99" for n, where in enumerate(both))
    read = front("a.route", text=f"policy words\n{declarations}\nrule all -> fail 400\n{claims}")
    assert read.policy is not None, (both, [f.message for f in read.findings])
    return [item.when for item in read.policy.asserts]


def joint_declarations(old: p.Policy, new: p.Policy) -> str | None:
    """Attributes that can have what those of either version can; None where a type of the one has no value in common
    with that of the other, or a set may be missing in one sense only, of which the language has no word."""
    lines = []
    for name in {**old.attributes, **new.attributes}:
        one, two = old.attributes.get(name), new.attributes.get(name)
        either = one or two
        assert either is not None
        type_ = either.type
        if one is not None and two is not None and meaning(one) != meaning(two):
            match one.type, two.type:
                case p.IntType(), p.IntType():
                    type_ = p.IntType(min(one.type.lo, two.type.lo), max(one.type.hi, two.type.hi))
                case p.EnumType(), p.EnumType():
                    values = tuple(dict.fromkeys((*one.type.values, *two.type.values)))
                    type_ = p.EnumType(None, values, one.type.open or two.type.open)
                case (p.BoolType(), p.BoolType()) | (p.StringType(), p.StringType()):
                    pass
                case _:
                    return None
        mark = "" if isinstance(type_, p.SetType) else "?"
        lines.append(f"    {name} : {written(type_)}{mark}")
    return "request {\n" + "\n".join(lines) + "\n}"


def written(type_: p.Type) -> str:
    if isinstance(type_, p.EnumType):
        return f"enum({', '.join([*map(word, type_.values), *(['...'] if type_.open else [])])})"
    return f"set({written(type_.element)})" if isinstance(type_, p.SetType) else str(type_)


def joint_values(old: p.Policy, new: p.Policy, request: Mapping[str, object]) -> Values:
    """What a request has of these: a default stands in where both versions, or the one that has it, say the same."""
    values: dict[str, Value] = {}
    for name in {**old.attributes, **new.attributes}:
        both = [policy.attributes[name] for policy in (old, new) if name in policy.attributes]
        default = both[0].default if len({str(attribute.default) for attribute in both}) == 1 else None
        value: object = request.get(name)
        if value is None:
            value = default
        is_set = isinstance(both[0].type, p.SetType)
        values[name] = frozenset(value or ()) if is_set else value  # type: ignore[call-overload, assignment]
    return values

"""Whether two policies decide alike is proved exactly when no class of request and no walk tells them apart."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

import pytest

from interlock.compiler.equivalence import decides_alike
from interlock.compiler.pipeline import front
from interlock.compiler.reference import State, Values, matching_rule, step
from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.edits import expressions, operand_removal, removal
from interlock.dsl.finding import Edit
from interlock.dsl.policy import CLASSES
from tests.oracle.compiled import SCALE, examples
from tests.oracle.policies import seeded
from tests.oracle.requests import all_values, classes

BATCH = 10
FIRST_SEED = 0 if SCALE == 1 else random.SystemRandom().randrange(10**9)
MOST_REQUESTS = 3_000


@cache
def seen() -> Counter[bool]:
    """How many pairs decided alike, and how many did not."""
    return Counter()


@pytest.mark.parametrize("batch", range(examples(8)))
def test_a_policy_and_one_slightly_other(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        rng = random.Random(seed)
        text = seeded(seed)
        old = front("a.route", text=text)
        for _ in range(6):
            changed = mutated(old.program.main, rng)
            new = front("a.route", text=changed)
            if new.table is None or old.table is None or old.policy is None or new.policy is None:
                continue
            also = [rule.when for rule in new.policy.rules]
            found = classes(old.policy, also)
            if found.size > MOST_REQUESTS or not found.complete:
                continue
            expected = same_for_all(old.policy, new.policy, all_values(old.policy, also=also))
            seen()[expected] += 1
            assert decides_alike(old.table, new.table) == expected, (seed, text, changed)


def test_the_batches_met_both() -> None:
    if not seen():
        pytest.skip("the batches were not run before this")
    assert seen()[True] >= 40, seen()
    assert seen()[False] >= 40, seen()


def mutated(module: s.Module, rng: random.Random) -> str:
    """One rule, arm, operand or chain less, two rules the other way round, or other numbers."""
    text = module.source.text
    rules = [d for d in module.declarations if isinstance(d, s.Rule | s.Ladder | s.Within)]
    kind = rng.randrange(6)
    if kind == 0:
        return applied(text, removal(module, rng.choice(rules).span))
    if kind == 1:
        inner = [part for d in rules for part in (d.arms if isinstance(d, s.Ladder) else getattr(d, "rules", ()))]
        return applied(text, removal(module, rng.choice(inner).span)) if inner else text
    if kind == 2:
        operands = [operand for expr in expressions(module) for operand in getattr(expr, "operands", ())]
        edit = operand_removal(module, rng.choice(operands).span) if operands else None
        return applied(text, edit) if edit else text
    if kind == 3 and len(rules) > 1:
        at = rng.randrange(len(rules) - 1)
        one, two = rules[at].span, rules[at + 1].span
        return text[: one.start] + two.text + text[one.end : two.start] + one.text + text[two.end :]
    if kind == 4:
        chains = [d for d in module.declarations if isinstance(d, s.Fallback)]
        return applied(text, removal(module, rng.choice(chains).span)) if chains else text
    places = list(re.finditer(r"\b(503|400|weight \d|\d\d)\b", text))
    if not places:
        return text
    place = rng.choice(places)
    return text[: place.start()] + rng.choice(["503", "400", "weight 2", "30"]) + text[place.end() :]


def applied(text: str, edit: Edit) -> str:
    return text[: edit.span.start] + edit.text + text[edit.span.end :]


def same_for_all(old: p.Policy, new: p.Policy, requests: Sequence[Values]) -> bool:
    pairs = {(destination(old, values), destination(new, values)) for values in requests}
    return all(same_walks(old, new, one, two) for one, two in [*pairs, (old.invalid, new.invalid)])


def destination(policy: p.Policy, values: Values) -> p.To | p.Fail:
    rule = matching_rule(policy, values)
    if rule is None:
        return p.Fail(500, None)
    if isinstance(rule.to, p.ToIndexed):
        return p.To(dict(rule.to.pools)[str(values[rule.to.attribute])])
    return rule.to


def same_walks(old: p.Policy, new: p.Policy, one: p.To | p.Fail, two: p.To | p.Fail) -> bool:
    todo = [(start(one), start(two))]
    met = set()
    for here, there in todo:  # grows while it is read
        if (here.pool, here.fail, here.returned) != (there.pool, there.fail, there.returned):
            return False
        place = here.pool, repr(here.walked), here.position, repr(there.walked), there.position
        if here.pool is None or place in met:
            continue
        met.add(place)
        if picked(old, here.pool) != picked(new, here.pool):
            return False
        todo += [(step(old, here, error), step(new, there, error)) for error in CLASSES]
    return True


def start(to: p.To | p.Fail) -> State:
    return State(None, None, 0, 0, to) if isinstance(to, p.Fail) else State(to.pool, None, 0, 0, None)


def picked(policy: p.Policy, name: str) -> object:
    pool = policy.pools[name]
    members = [(m, policy.upstreams[m.upstream]) for m in pool.members]
    return members, pool.sticky, pool.retry

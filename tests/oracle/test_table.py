"""Random policies decide alike in the table, read by the runtime, and in the reference evaluator."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.compiler.reference import Invalid, Meaning, decide, holds, validate
from interlock.dsl.policy import CLASSES
from tests.oracle.compiled import SCALE, Compiled, compiled, examples, hypothesis_settings
from tests.oracle.hostile import hostile_requests
from tests.oracle.policies import policies, seeded
from tests.oracle.requests import all_requests, random_request

BATCH = 10
FIRST_SEED = 0 if SCALE == 1 else random.SystemRandom().randrange(10**9)


def ask(subject: Compiled, request: object, after: Sequence[str] = ()) -> dict[str, object]:
    """The table's decision in the form of the reference's."""
    decision = subject.table.decide(request)
    for error in after:
        decision = subject.table.after(decision, error)
    found = decision.to_dict()
    assert found.pop("version") == subject.table.version
    return found


@pytest.mark.parametrize("batch", range(examples(30)))
def test_every_class_of_request_is_decided_alike(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        subject = compiled(seeded(seed))
        rng = random.Random(seed)
        requests = all_requests(subject.policy, cap=1_500, seed=seed)
        requests += [random_request(subject.policy, rng) for _ in range(150)]
        for request in requests:
            after = rng.choices(CLASSES, k=rng.randrange(6)) if rng.random() < 0.3 else ()
            expected = decide(subject.policy, request, after)
            assert ask(subject, request, after) == expected, (seed, subject.text, request, after)


@pytest.mark.parametrize("batch", range(examples(6)))
def test_the_reference_asks_every_rule_that_may_hold(batch: int) -> None:
    """It passes over rules that a value rules out; asked one by one, in order, the same rule holds."""
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        subject = compiled(seeded(seed))
        meaning = Meaning(subject.policy)
        for request in all_requests(subject.policy, cap=300, seed=seed):
            values = validate(subject.policy, request)
            if not isinstance(values, Invalid):
                first = next((rule for rule in subject.policy.rules if holds(rule.when, values)), None)
                assert meaning.rule(values) is first, (seed, subject.text, request)


@hypothesis_settings(150)
@given(policies(size=3), st.data())
def test_hostile_requests_are_decided_alike(text: str, data: st.DataObject) -> None:
    subject = compiled(text)
    strategy = hostile_requests(subject.policy)
    for _ in range(data.draw(st.integers(1, 25))):
        request = data.draw(strategy)
        assert ask(subject, request) == decide(subject.policy, request)


@hypothesis_settings(60)
@given(policies(size=3), st.data())
def test_walks_are_alike(text: str, data: st.DataObject) -> None:
    subject = compiled(text)
    requests = st.sampled_from(all_requests(subject.policy, cap=200))
    for _ in range(5):
        request = data.draw(requests)
        after = data.draw(st.lists(st.sampled_from(CLASSES), max_size=8))
        assert ask(subject, request, after) == decide(subject.policy, request, after)

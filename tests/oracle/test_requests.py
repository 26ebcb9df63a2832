"""The oracle's own foundation: the classes of requests leave no behaviour out."""

from __future__ import annotations

import random

import pytest

from interlock.compiler.reference import Invalid, Values, holds, is_like, validate
from interlock.dsl.policy import Policy
from tests.oracle.compiled import compiled, examples
from tests.oracle.policies import seeded
from tests.oracle.requests import all_values, classes, random_request
from tests.oracle.strings import representatives


@pytest.mark.parametrize("seed", range(examples(60)))
def test_every_request_behaves_like_one_of_the_classes(seed: int) -> None:
    policy = compiled(seeded(seed)).policy
    if classes(policy).size > 2_000:
        pytest.skip("more classes than are tried here")
    known = {behaviour(policy, values) for values in all_values(policy)}
    rng = random.Random(seed)
    for _ in range(200):
        request = random_request(policy, rng)
        values = validate(policy, request)
        assert not isinstance(values, Invalid)
        assert behaviour(policy, values) in known, request


def behaviour(policy: Policy, values: Values) -> tuple[bool, ...]:
    return tuple(holds(rule.when, values) for rule in policy.rules)


def test_groups_of_strings_are_what_they_claim() -> None:
    rng = random.Random(1)
    for _ in range(examples(100)):
        languages = []
        for _ in range(rng.randrange(1, 5)):
            languages.append(tuple("".join(rng.choices("ab", k=rng.randrange(3))) for _ in range(rng.randrange(1, 4))))
        groups, other = representatives(languages)
        signatures = [{signature(languages, text) for text in group} for group in groups]
        assert all(len(one) == 1 for one in signatures)
        found = set().union(*signatures)
        assert len(found) == len(groups)
        finite = {text for group in groups if other not in group[0] for text in group}
        for _ in range(100):
            text = "".join(rng.choices("abz", k=rng.randrange(7)))
            assert signature(languages, text) in found
            if all(
                signature(languages, text) != signature(languages, group[0]) for group in groups if other in group[0]
            ):
                assert text in finite


def signature(languages: list[tuple[str, ...]], text: str) -> tuple[bool, ...]:
    return tuple(text == pieces[0] if len(pieces) == 1 else is_like(text, pieces) for pieces in languages)

"""What is emitted for Portkey decides and walks as the policy does: by the plain model of the gateway, and imported."""

from __future__ import annotations

from random import Random

import pytest

from tests.sources.portkey_model import Answer, Gateway
from tests.targets.portkey.policies import ERRORS, asked_of, case, leaves, values_of, wanted
from tests.targets.portkey.random_policies import text_of


def saying(leaf: dict[str, str], answers: dict[str, int | str]) -> Answer:
    """Targets that answer as their pools."""
    return lambda path, _: answers[leaf[path].partition("/")[0]]


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize("seed", range(200))
def test_walks_are_those_of_the_policy(seed: int, timed: bool) -> None:
    random = Random(seed)
    text = text_of(random)
    given = case(text if timed else text.replace("timeout total 1500ms", ""))
    leaf = leaves(given)
    told = {fact.what for fact in given.emitted.fidelity.facts if fact.kind == "error"}
    among = [error for error in ERRORS if error != "refused" or "unreachable" not in told]
    if not timed:
        # Nothing is slow to the gateway, and 408 is an error of the client's.
        among = [error if error != "slow" else 408 for error in among]
    for _ in range(25):
        values = values_of(random, given.policy)
        answers = {name: random.choice([200, *among, *among]) for name in given.policy.pools}
        walk = Gateway(given.config, saying(leaf, answers), random.choice).ask(asked_of(given.policy, values))
        want = wanted(given, values, answers)
        hops = [leaf[path] for path in walk.hops]
        shown = f"seed {seed}: {values}, {answers}\n{hops}, {walk.status}\n{want}"
        assert len(hops) == len(want.hops), shown
        for hop, (pool, models) in zip(hops, want.hops, strict=True):
            assert hop in {f"{pool}/{model}" for model in models}, shown
        assert walk.status == want.status, shown

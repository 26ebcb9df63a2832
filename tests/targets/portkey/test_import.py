"""What is emitted for Portkey and imported again decides and walks as the policy: by the project's own importer, which
reads a configuration as the running gateway does."""

from __future__ import annotations

from random import Random

import pytest

from tests.sources.test_portkey_model import Answers, attributes_of, imported, policy_from, walked
from tests.targets.portkey.policies import asked_of, case, values_of, wanted
from tests.targets.portkey.random_policies import text_of

TOLD = {"overloaded": 529, "rate_limited": 429, "server_error": 500, "timeout": 504, "context_overflow": 413}
"""A status for each class that a configuration can tell by its status."""


@pytest.mark.parametrize("seed", range(1000, 1060))
def test_imported_again_it_decides_as_the_policy(seed: int) -> None:
    random = Random(seed)
    given = case(text_of(random))
    found = imported(given.config)
    policy = policy_from(found)
    if policy is None:
        return  # more ways than the import writes down
    for _ in range(20):
        values = values_of(random, given.policy)
        by_pool: Answers = {name: random.choice([200, *TOLD.values()]) for name in given.policy.pools}
        by_pool["h[west]"] = by_pool["h[east]"]  # both serve the same models, by which targets are known here
        answers: Answers = {m.model: by_pool[pool.name] for pool in given.policy.pools.values() for m in pool.members}
        want = wanted(given, values, by_pool)
        seen = attributes_of(found, asked_of(given.policy, values))
        hops, end, _ = walked(policy, {**seen, "request_id": "r"}, answers)
        shown = f"seed {seed}: {values}, {by_pool}: {hops} {end}, {want}"
        if end == "invalid":
            assert found.plan is not None
            assert any("of another type" in remark.text for remark in found.plan.remarks), shown
            continue
        assert len(hops) == len(want.hops), shown
        assert all(hop in among for hop, (_, among) in zip(hops, want.hops, strict=True)), shown
        assert (end == 200) == (want.status == 200), shown
        assert end == want.status or want.hops, shown

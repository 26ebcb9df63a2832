"""What is emitted for Portkey decides and walks as the policy does: by the plain model of the gateway, and imported."""

from __future__ import annotations

import json
import re
from random import Random

import pytest

from tests.sources.portkey_model import Answer, Gateway
from tests.targets.portkey.policies import ERRORS, Case, Config, asked_of, case, text_of, values_of, wanted


def pools_of(given: Case) -> dict[str, str]:
    """The pool of each leaf of the configuration, by its path: of two that serve a model, that of its address."""
    found: dict[str, str] = {}
    by = {}
    for pool in given.policy.pools.values():
        for member in pool.members:
            by[member.model, _side(given, member.upstream)] = pool.name

    def look(target: Config, path: str) -> None:
        for number, each in enumerate(target.get("targets", [])):
            look(each, f"{path}.targets[{number}]")
        if "provider" in target:
            found[path] = by[target["override_params"]["model"], target.get("custom_host")]

    look(given.config, "config")
    return found


def saying(pools: dict[str, str], answers: dict[str, int | str]) -> Answer:
    """Targets that answer as their pools."""
    return lambda path, _: answers[pools[path]]


def _side(given: Case, upstream: str) -> str | None:
    endpoint = given.policy.upstreams[upstream].endpoint
    return None if endpoint is None else f"{endpoint[1]}/v1"


@pytest.mark.parametrize("seed", range(200))
def test_walks_are_those_of_the_policy(seed: int) -> None:
    random = Random(seed)
    given = case(text_of(random))
    pools = pools_of(given)
    told = {fact.what for fact in given.emitted.fidelity.facts if fact.kind == "error"}
    among = [error for error in ERRORS if error != "refused" or "unreachable" not in told]
    for _ in range(25):
        values = values_of(random, given.policy)
        answers = {name: random.choice([200, *among, *among]) for name in given.policy.pools}
        asked = asked_of(given.policy, values)
        walk = Gateway(given.config, saying(pools, answers), random.choice).ask(asked)
        want = wanted(given, values, answers)
        models = {path: _model(given.config, path) for path in walk.hops}
        shown = f"seed {seed}: {values}, {answers}\n{[(pools[p], models[p]) for p in walk.hops]}, {walk.status}\n{want}"
        shown += f"\n{text_of(Random(seed))}\n{json.dumps(given.config)}"
        assert [pools[path] for path in walk.hops] == [pool for pool, _ in want.hops], shown
        assert all(models[path] in each for path, (_, each) in zip(walk.hops, want.hops, strict=True)), shown
        assert walk.status == want.status, shown


def _model(given: Config, path: str) -> str:
    for index in re.findall(r"\d+", path):
        given = given["targets"][int(index)]
    return str(given["override_params"]["model"])

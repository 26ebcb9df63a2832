"""What is written for Envoy AI Gateway against the plain model of it and against our import: both do as the policy."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
import yaml

from interlock.compiler.pipeline import front
from interlock.compiler.reference import decide
from interlock.compiler.targets.envoy_ai_gateway import emit
from interlock.compiler.targets.envoy_ai_gateway.backends import slugs
from interlock.compiler.targets.envoy_ai_gateway.ends import answered
from interlock.compiler.targets.envoy_ai_gateway.plan import members_of, plan_of
from interlock.compiler.targets.envoy_ai_gateway.walks import CODES
from interlock.dsl.policy import UNAVAILABLE, Policy
from tests.sources.envoy_model import CONNECT, Failure, Gateway, Request
from tests.sources.test_envoy import CLASSES, attributes, imported, policy_from, walked
from tests.targets.envoy_ai_gateway.random_policies import MODELS, TEAMS, TENANTS, answering, policy_text

FAILURES: tuple[Failure, ...] = (429, 500, 502, 503, 504, 529, 413, CONNECT, 400)
SEEDS = range(40)


def documents_of(policy_file: str) -> tuple[Policy, list[dict[str, Any]]]:
    """The policy of a text, and the resources that are written for it."""
    made = front("random.route", text=policy_file)
    assert made.table is not None, [finding.message for finding in made.findings]
    files = emit(made.table).files
    text = files["gateway/gateway.yaml"] + b"---\n" + files["resources/policy.yaml"]
    return made.table.policy, list(yaml.safe_load_all(text))


def asked_of(random: Random) -> tuple[Request, dict[str, object]]:
    """A request as Envoy AI Gateway sees it, and as the policy does."""
    model = random.choice(MODELS)
    headers = {"x-request-id": str(random.random()), "x-model": model}
    if random.random() < 0.7:
        headers["x-tenant"] = random.choice(TENANTS)
    if random.random() < 0.6:
        headers["x-team"] = random.choice(TEAMS)
    if random.random() < 0.6:
        headers["x-side"] = random.choice(("x_1", "x_2", "x_3"))
    values: dict[str, object] = {name.removeprefix("x-").replace("-", "_"): value for name, value in headers.items()}
    return Request(model, headers, gateway="default/interlock"), {**values, "tools": False}


def hops_of(policy: Policy, values: dict[str, object], script: list[Failure]) -> list[set[tuple[str, str]]] | int:
    """For each attempt those whom the policy may ask, the members that some key picks; a status where there is none."""
    hops = walked(policy, values, script)
    if isinstance(hops, int):
        return hops
    names = slugs(sorted(policy.upstreams))
    return [{(names[m.upstream], m.model) for m in members_of(policy.pools[str(hop["pool"])])} for hop in hops]


def end_of(policy: Policy, values: dict[str, object], failures: list[Failure]) -> int:
    """The status that a client gets once all attempts have failed, as the policy says or, where the report says that
    it does not, the last one's."""
    after: list[str] = []
    used = 0
    for failure in failures:
        class_ = CLASSES[failure] if failure != 400 else "other"
        if class_ in UNAVAILABLE and used < policy.pools[str(decide(policy, values, after)["pool"])].retry:
            used += 1
        else:
            used = 0
            after += [class_] if class_ in CODES else []
    raw = 503 if failures[-1] == CONNECT else int(failures[-1])
    plan = plan_of(policy)
    pool = decide(policy, values)["pool"]
    way = next(r.way for r in plan.rules if r.way is not None and r.way.levels[0] == pool)
    fail = decide(policy, values, after)["fail"]
    if not isinstance(fail, dict) or fail["status"] is None or class_ not in answered(way, plan.answers):
        return raw
    return int(fail["status"])


def exactly(policy: Policy, values: dict[str, object]) -> bool:
    """Whether the walk of a request is kept, but for what a client gets at its end."""
    pool = decide(policy, values)["pool"]
    if pool is None:
        return True
    way = next(r.way for r in plan_of(policy).rules if r.way is not None and r.way.levels[0] == pool)
    picked = any(len(members_of(policy.pools[level])) > 1 and policy.pools[level].retry for level in way.levels)
    return not way.retries and not picked and not way.lost


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_gateway_and_the_import_do_as_the_policy(seed: int, own: bool) -> None:
    random = Random(seed)
    text = policy_text(random)
    policy, documents = documents_of(answering(text, random) if own else text)
    if plan_of(policy).reason is not None:
        assert any(document["kind"] == "EnvoyExtensionPolicy" for document in documents)
        return
    found, model = imported(documents), Gateway(documents)
    back = policy_from(found)
    for number in range(25):
        asked, values = asked_of(random)
        script: list[Failure] = [random.choice(FAILURES) for _ in range(random.randint(0, 5))]
        if not exactly(policy, values):
            script = []
        where = f"seed {seed}, {asked}, {script}"
        wanted = hops_of(policy, values, script)
        attempts = model.attempts(asked, script)
        if isinstance(wanted, int) or isinstance(attempts, int):
            assert attempts == wanted, where
        else:
            assert [set(attempt.backends) for attempt in attempts] == wanted, where
            if len(script) >= len(wanted):
                last = script[len(wanted) - 1]
                got = model.ended(asked, 503 if last == CONNECT else int(last), local=last == CONNECT)
                assert got == end_of(policy, values, script[: len(wanted)]), where
        again = walked(back, attributes(found, back, asked, number), script)
        if isinstance(wanted, int) or isinstance(again, int):
            assert again == wanted, where
            continue
        assert len(again) == len(wanted), where
        for hop, members in zip(again, wanted, strict=True):
            assert (hop["upstream"], hop["model"]) in members, where


def test_most_random_policies_are_said_in_matches_and_walk_exactly() -> None:
    native = exact = 0
    for seed in SEEDS:
        random = Random(seed)
        made = front("random.route", text=policy_text(random))
        assert made.table is not None
        policy = made.table.policy
        native += plan_of(policy).reason is None
        exact += plan_of(policy).reason is None and exactly(policy, asked_of(random)[1])
    assert native >= 25
    assert exact >= 15


def test_two_matches_that_are_alike_to_the_gateway_are_written_in_the_order_of_the_policy() -> None:
    """Found by the random policies (seed 63): rules put together by where they lead changed places with others."""
    policy, documents = documents_of(policy_text(Random(63)))
    headers = {"x-request-id": "1", "x-team": "blue", "x-side": "x_1"}
    values = {"model": "gpt-5", "team": "blue", "side": "x_1", "tools": False}
    asked = Request("gpt-5", headers, gateway="default/interlock")
    attempts = Gateway(documents).attempts(asked, [])
    assert not isinstance(attempts, int)
    assert [set(attempt.backends) for attempt in attempts] == hops_of(policy, values, [])

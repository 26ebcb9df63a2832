"""The import of Portkey's configuration against the plain model of what the gateway does with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from interlock.compiler.reference import decide
from interlock.compiler.sources.check import Imported, import_sources, policy_of
from interlock.dsl.policy import UNAVAILABLE, Policy
from interlock.dsl.source import Source
from tests.sources.portkey_configs import ALL, CLASSES, SEEN, Config, answers, config, leaves, request, told_apart
from tests.sources.portkey_model import UNDEFINED, Gateway, Walk, context, holds

Answers = dict[str, int | str]
Hops = tuple[str, ...]


def imported(given: Config) -> Imported:
    """A configuration as a policy."""
    return import_sources("portkey", [Source("config.json", json.dumps(given, indent=1))])


def policy_from(found: Imported) -> Policy | None:
    """The policy that was imported, which is one without errors; None for one that says more than can be written."""
    if found.draft is None:
        assert any("more ways than can be written down" in finding.message for finding in found.findings)
        return None
    made = policy_of(found)
    assert made.policy is not None, [finding.message for finding in made.findings]
    return made.policy


def attributes_of(found: Imported, given: Config) -> dict[str, Any]:
    """A request as the policy has it. What the gateway is to say is asked of the model."""
    assert found.plan is not None
    values: dict[str, Any] = {}
    for attribute in found.plan.attributes:
        source = re.search(r'from (metadata|body|gateway) ("(?:[^"\\]|\\.)*")', attribute.options)
        assert source is not None
        name = json.loads(source[2])
        asked = re.fullmatch(r"(\S+) (~|==|in|<|<=|>|>=) (.*)", name)
        if source[1] != "gateway" or name == "url.pathname":
            section = {"metadata": "metadata", "body": "params"}.get(source[1], "url")
            value = context(f"{section}.{name.rpartition('/')[2] or name}" if section != "url" else name, given)
            if value is not UNDEFINED:
                values[attribute.name] = value
        elif asked is not None:
            operator = {"~": "$regex", "==": "$eq", "in": "$in", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
            wanted = asked[3] if asked[2] == "~" else json.loads(asked[3])
            values[attribute.name] = holds({asked[1]: {operator[asked[2]]: wanted}}, given)
    return values


def walked(policy: Policy, values: dict[str, Any], answer: Answers) -> tuple[Hops, object, list[str]]:
    """The models that are asked, how it ends (200, a status, or None for a returned error), and the pools."""
    hops: list[str] = []
    pools: list[str] = []
    after: list[str] = []
    while True:
        hop = decide(policy, values, after)
        if hop["invalid"] is not None:
            return (), "invalid", []
        if hop["fail"] is not None:
            assert isinstance(hop["fail"], dict)
            return tuple(hops), hop["fail"]["status"], pools
        hops.append(str(hop["model"]))
        pools.append(str(hop["pool"]))
        if answer[hops[-1]] == 200:
            return tuple(hops), 200, pools
        after.append(CLASSES[answer[hops[-1]]])


def modelled(given: Config, asked: Config, answer: Answers) -> Iterator[Walk]:
    """The walks of a request, for all that load balancers may choose."""
    models = leaves(given)
    script: list[int] = []
    while True:
        sizes: list[int] = []

        def pick(can: list[int], sizes: list[int] = sizes) -> int:
            at = len(sizes)
            sizes.append(len(can))
            if at == len(script):
                script.append(0)
            return can[script[at]]

        def said(path: str, _: Config) -> int | str:
            found = answer[models[path]]
            return found if found in ("slow", "refused") else SEEN.get(found, found)

        yield Gateway(given, said, pick).ask(asked)
        while script and script[-1] == sizes[len(script) - 1] - 1:
            script.pop()
        if not script:
            return
        script[-1] += 1


def by_chance(policy: Policy) -> bool:
    """Whether a draw decides."""
    return "request_id" in policy.attributes


@pytest.mark.parametrize("seed", range(150))
def test_walks_are_those_of_the_gateway(seed: int) -> None:
    random = Random(seed)
    given = config(random)
    found = imported(given)
    policy = policy_from(found)
    if policy is None:
        return
    assert found.plan is not None
    models = leaves(given)
    among = told_apart(given)
    for _ in range(6):
        asked, answer = request(random), answers(random, list(models.values()), among)
        values = attributes_of(found, asked)
        possible = list(modelled(given, asked, answer))
        for number in range(8 if by_chance(policy) else 1):
            hops, end, pools = walked(policy, {**values, "request_id": f"r{number}"}, answer)
            if end == "invalid":
                assert any("of another type" in remark.text for remark in found.plan.remarks)
                break
            walk = next((walk for walk in possible if is_walk(walk, models, hops, end)), None)
            shown = [(walk.hops, walk.status) for walk in possible]
            assert walk is not None, f"seed {seed}: {asked}, {answer}: {hops}, {end}, not {shown}\n{json.dumps(given)}"
            check_attempts(policy, given, walk, pools, answer)


def is_walk(walk: Walk, models: dict[str, str], hops: Hops, end: object) -> bool:
    """Whether the gateway asks the same targets, and the client gets as much."""
    return (
        tuple(models[path] for path in walk.hops) == hops
        and (end == 200) == (walk.status == 200)
        and (not walk.stopped or end == walk.status)
    )


def check_attempts(policy: Policy, given: Config, walk: Walk, pools: list[str], answer: Answers) -> None:
    """That each pool is asked as often as its target, where a policy has words for it."""
    models = leaves(given)
    for path, name in zip(walk.hops, pools, strict=True):
        failure, pool = answer[models[path]], policy.pools[name]
        retry = retry_of(given, path)
        if len(pool.members) > 1 or failure == 200 or CLASSES[failure] not in UNAVAILABLE:
            continue
        if not retry.get("attempts") or retry.get("on_status_codes") == ALL:
            assert walk.attempts.count(path) == 1 + pool.retry


def retry_of(given: Config, path: str) -> Config:
    """What a target is tried again by, its own or from the outside."""
    here, retry = given, given.get("retry", {})
    for index in re.findall(r"\d+", path):
        here = here["targets"][int(index)]
        retry = here.get("retry", retry)
    return dict(retry)


QUERIES: dict[str, tuple[Config, Config, str]] = {
    "what stands after `$or` is not looked at": (
        {"$or": [{"metadata.plan": "pro"}], "metadata.tier": 5},
        {"metadata": {"plan": "pro", "tier": 1}},
        "a",
    ),
    "what stands before `$or` is": (
        {"metadata.tier": 5, "$or": [{"metadata.plan": "pro"}]},
        {"metadata": {"plan": "pro"}},
        "b",
    ),
    "what stands after `$and` is not looked at": (
        {"$and": [{"metadata.plan": "pro"}], "metadata.tier": 5},
        {"metadata": {"plan": "pro"}},
        "a",
    ),
    "an operator after `$regex` is not looked at": (
        {"metadata.plan": {"$regex": "^p", "$ne": "pro"}},
        {"metadata": {"plan": "pro"}},
        "a",
    ),
    "a text is a number to `$gt`": ({"metadata.tier": {"$eq": "5", "$gt": 4}}, {"metadata": {"tier": "5"}}, "a"),
    "a text is not the number to `$eq`": (
        {"metadata.tier": {"$eq": 5}, "metadata.plan": "pro", "$or": [{"metadata.tier": "5"}, {"metadata.tier": "6"}]},
        {"metadata": {"tier": "5", "plan": "pro"}},
        "b",
    ),
    "1 is not true": (
        {"$or": [{"metadata.tier": True}, {"metadata.tier": 1}]},
        {"metadata": {"tier": 1}},
        "a",
    ),
    "what is greater is compared as numbers": ({"metadata.tier": {"$gt": "4 or so"}}, {"metadata": {"tier": 5}}, "a"),
    "of a deep key the first two parts count": ({"metadata.plan.name": "pro"}, {"metadata": {"plan": "pro"}}, "a"),
    "headers are never there": ({"headers.x-plan": "pro"}, {"metadata": {"plan": "pro"}}, "b"),
    "a key without a section is never there": ({"plan": "pro"}, {"metadata": {"plan": "pro"}}, "b"),
    "what is not there is matched as `undefined`": ({"metadata.plan": {"$regex": "^un"}}, {"metadata": {}}, "a"),
    "what is not there is not equal": ({"metadata.plan": {"$ne": "pro"}}, {"metadata": {}}, "a"),
    "an expression of another language never matches": (
        {"metadata.plan": {"$regex": "(?i)PRO"}},
        {"metadata": {"plan": "pro"}},
        "b",
    ),
    "an unknown operator fails the request that comes to it": (
        {"metadata.plan": {"$like": "p"}},
        {"metadata": {}},
        "400",
    ),
    "an unknown operator after what does not hold is not come to": (
        {"metadata.plan": "pro", "metadata.tier": {"$like": "p"}},
        {"metadata": {"plan": "free"}},
        "b",
    ),
    "an unknown operator in a choice is not come to where one before it holds": (
        {"$or": [{"metadata.plan": "pro"}, {"metadata.tier": {"$like": "p"}}]},
        {"metadata": {"plan": "pro"}},
        "a",
    ),
    "an expression matches anywhere": (
        {"params.model": {"$regex": "opus|haiku"}},
        {"params": {"model": "my-haiku-4"}},
        "a",
    ),
    "an expression with a start matches there": (
        {"params.model": {"$regex": "^opus|^haiku"}},
        {"params": {"model": "my-haiku-4"}},
        "b",
    ),
    "numbers written with an exponent are numbers": ({"metadata.tier": 1e1}, {"metadata": {"tier": 10}}, "a"),
}


@pytest.mark.parametrize("title", QUERIES)
def test_conditions(title: str) -> None:
    query, asked, expected = QUERIES[title]
    given = chosen_by(query)
    found = imported(given)
    policy = policy_from(found)
    assert policy is not None
    asked = {"metadata": {}, "params": {}, "url": {"pathname": "/v1/messages"}, **asked}
    answer: Answers = {"a": 200, "b": 200}
    hops, end, _ = walked(policy, attributes_of(found, asked), answer)
    assert (hops[0] if hops else str(end)) == expected
    assert any(is_walk(walk, leaves(given), hops, end) for walk in modelled(given, asked, answer))


def chosen_by(query: Config) -> Config:
    """A configuration that goes to `a` where a query holds, and else to `b`."""
    leaf = {"provider": "openai", "api_key": "$KEY"}
    targets = [{"name": name, **leaf, "override_params": {"model": name}} for name in "ab"]
    strategy = {"mode": "conditional", "conditions": [{"query": query, "then": "a"}], "default": "b"}
    return {"strategy": strategy, "targets": targets}


def test_targets_that_are_open_are_left_out_where_there_is_an_id() -> None:
    leaf = {"provider": "openai", "api_key": "$KEY"}
    targets = [{**leaf, "is_open": name == "a", "override_params": {"model": name}} for name in "ab"]
    given = {"strategy": {"mode": "fallback"}, "targets": targets}
    for extra, first in (({}, "a"), ({"id": "config-1"}, "b")):
        policy = policy_from(imported({**given, **extra}))
        assert policy is not None
        assert walked(policy, {}, {"a": 200, "b": 200})[0] == (first,)


def test_what_a_target_inherits() -> None:
    inner = {"provider": "openai", "api_key": "$KEY"}
    own = {**inner, "retry": {"attempts": 1}, "override_params": {"model": "own"}, "request_timeout": 5000}
    outer = {"retry": {"attempts": 3}, "override_params": {"model": "all"}, "request_timeout": 9000}
    policy = policy_from(imported({**outer, "strategy": {"mode": "fallback"}, "targets": [inner, own]}))
    assert policy is not None
    found = [(pool.members[0].model, pool.retry, pool.members[0].upstream) for pool in policy.pools.values()]
    assert [each[:2] for each in found] == [("all", 3), ("own", 1)]
    assert [policy.upstreams[str(each[2])].timeouts["first_token"] for each in found] == [9000, 5000]


@pytest.mark.parametrize(("codes", "expected"), [(None, (("b",), 200)), ([429, 500], ((), 500))])
def test_a_load_balancer_without_weights_asks_nobody(codes: list[int] | None, expected: object) -> None:
    leaf = {"provider": "openai", "api_key": "$KEY"}
    empty = {"strategy": {"mode": "loadbalance"}, "targets": [{**leaf, "weight": 0, "override_params": {"model": "a"}}]}
    strategy = {"mode": "fallback"} if codes is None else {"mode": "fallback", "on_status_codes": codes}
    given = {"strategy": strategy, "targets": [empty, {**leaf, "override_params": {"model": "b"}}]}
    policy = policy_from(imported(given))
    assert policy is not None
    answer: Answers = {"a": 200, "b": 200}
    hops, end, _ = walked(policy, {}, answer)
    assert (hops, end) == expected
    assert all(is_walk(walk, leaves(given), hops, end) for walk in modelled(given, request(Random(1)), answer))


def test_shares_are_those_of_the_weights() -> None:
    leaf = {"provider": "openai", "api_key": "$KEY"}
    weights = {"a": 0.6, "b": 0.3, "c": 0.1}
    targets = [{**leaf, "weight": weight, "override_params": {"model": name}} for name, weight in weights.items()]
    spare = {**leaf, "override_params": {"model": "spare"}}
    nested = [
        {"strategy": {"mode": "fallback"}, "targets": [target, spare], "weight": target["weight"]} for target in targets
    ]
    for each in (targets, nested):
        policy = policy_from(imported({"strategy": {"mode": "loadbalance"}, "targets": each}))
        assert policy is not None
        asked = [str(decide(policy, {"request_id": f"r{n}"}, [])["model"]) for n in range(3000)]
        for name, weight in weights.items():
            assert abs(asked.count(name) / 3000 - weight) < 0.04, (name, asked.count(name))

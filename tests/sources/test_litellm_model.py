"""The import of LiteLLM's configuration against the plain model of what the proxy does with it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
import yaml

from interlock.compiler.reference import decide
from interlock.compiler.sources.check import Imported, import_sources, policy_of
from interlock.dsl.policy import UNAVAILABLE, Policy
from interlock.dsl.source import Source
from tests.sources.litellm_configs import CLASSES, config, requested, script
from tests.sources.litellm_model import Attempt, Config, Failure, Proxy


def imported(given: Config) -> Imported:
    """A configuration as a policy."""
    return import_sources("litellm", [Source("config.yaml", yaml.safe_dump(given, sort_keys=False))])


def policy_from(found: Imported) -> Policy:
    """The policy that was imported, which is one without errors."""
    assert found.draft is not None, [finding.message for finding in found.findings]
    made = policy_of(found)
    assert made.policy is not None, [finding.message for finding in made.findings]
    return made.policy


def walked(policy: Policy, model: str, failures: Sequence[Failure]) -> list[Attempt] | int:
    """The attempts at a request that meets these errors, as the policy has them, retries in place among them."""
    values = {"model": model, "call_id": "1", "input_tokens": 10}
    after: list[str] = []
    attempts: list[Attempt] = []
    used = 0
    for failure in (*failures, None):
        hop = decide(policy, values, after)
        if hop["fail"] is not None:
            assert isinstance(hop["fail"], dict)
            return attempts or int(hop["fail"]["status"])
        pool = policy.pools[str(hop["pool"])]
        attempts.append(Attempt(frozenset(member.model for member in pool.members)))
        assert hop["model"] in attempts[-1].models
        if failure is None:
            break
        if CLASSES[failure] in UNAVAILABLE and used < pool.retry:
            used += 1
        else:
            after.append(CLASSES[failure])
            used = 0
    return attempts


def is_exact(found: Imported) -> bool:
    """Whether the import does not say of itself that errors about the prompt may go elsewhere."""
    assert found.plan is not None
    inexact = ("in the middle of fallbacks", "tries again after errors about the request too")
    return not any(text in remark.text for remark in found.plan.remarks for text in inexact)


@pytest.mark.parametrize("seed", range(120))
def test_walks_are_those_of_the_proxy(seed: int) -> None:
    random = Random(seed)
    given = config(random)
    found, proxy = imported(given), Proxy(given)
    if found.draft is None:
        assert any("more walks than can be written" in finding.message for finding in found.findings)
        return
    policy = policy_from(found)
    assert found.plan is not None
    bare = any("a name with a provider before it" in remark.text for remark in found.plan.remarks)
    for model in requested(given):
        if bare and "/" in model:
            continue
        for _ in range(5):
            errors = script(random)
            if not is_exact(found):
                # Then only walks of one class of error are said to be the proxy's.
                errors = [error for error in errors if CLASSES[error] in UNAVAILABLE]
            assert walked(policy, model, errors) == proxy.attempts(model, errors), f"seed {seed}, {model}, {errors}"


SMALL: dict[str, tuple[str, str, list[Failure], list[str]]] = {
    "a wildcard as a key of fallbacks is met by nobody": (
        "fallbacks: [{'w-*': [spare]}]",
        "w-1",
        [500],
        ["wild", "None"],
    ),
    "what a wildcard covers is not tried twice either": (
        "fallbacks: [{spare: [w-1]}, {w-1: [spare, other]}]",
        "w-1",
        [500, 500],
        ["wild", "spare", "other"],
    ),
    "a name behind a wildcard's provider has its fallbacks": (
        "fallbacks: [{haiku: [spare]}]",
        "bedrock/haiku",
        [500],
        ["cloud", "spare"],
    ),
    "a target with parameters is another one with others": (
        "fallbacks: [{other: [spare, {model: spare}, {model: spare, max_tokens: 3}, {max_tokens: 5, model: spare}]}]",
        "other",
        [500, 500, 500, 500],
        ["other", "spare", "spare", "spare", "503"],
    ),
    "an alias for an id leads nowhere": (
        "model_group_alias: {al: the-spare}, fallbacks: [{other: [al]}]",
        "other",
        [500],
        ["other", "None"],
    ),
    "a name that nothing covers is served by the first default, then has the defaults": (
        "default_fallbacks: [spare, other]",
        "nope",
        [500, 500],
        ["spare", "spare", "other"],
    ),
    "a default that is an alias serves nobody, but is fallen back to": (
        "default_fallbacks: [al, other], model_group_alias: {al: spare}",
        "nope",
        [500],
        ["spare", "other"],
    ),
    "an id that a wildcard with levels takes, too, is asked once a level": (
        "fallbacks: [{other: [high, spare]}]",
        "other",
        [500, 500, 500],
        ["other", "high", "high", "spare"],
    ),
    "retries of a group are those of the name that is asked": (
        "model_group_alias: {al: spare}, model_group_retry_policy: {spare: {DefaultRetries: 1}}",
        "al",
        [500],
        ["spare", "None"],
    ),
}


def small(settings: str) -> Policy:
    """The policy of a configuration with these settings of the router."""
    groups = {"spare": "spare", "other": "other", "w-*": "wild", "bedrock/*": "cloud"}
    given = {
        "model_list": [
            {"model_name": name, "litellm_params": {"model": model}, "model_info": {"id": f"the-{model}"}}
            for name, model in groups.items()
        ]
        + [
            {"model_name": name, "litellm_params": {"model": id_, "order": order}, "model_info": {"id": id_}}
            for name, id_, order in (("levels", "high", 7), ("h*", "first", 1), ("h*", "second", 2))
        ],
        "router_settings": {"num_retries": 0, **yaml.safe_load("{" + settings + "}")},
    }
    return policy_from(imported(given))


def test_a_deployment_that_is_named_by_its_id_is_not_tried_again() -> None:
    asked = walked(small("num_retries: 1, fallbacks: [{other: [the-spare]}]"), "other", [500] * 5)
    assert asked == [Attempt(frozenset({model})) for model in ("other", "other", "spare")]
    policies = "retry_policy: {InternalServerErrorRetries: 1}, fallbacks: [{other: [the-spare]}]"
    asked = walked(small(policies), "other", [500] * 5)
    assert asked == [Attempt(frozenset({model})) for model in ("other", "other", "spare", "spare")]


@pytest.mark.parametrize("title", SMALL)
def test_what_the_model_found(title: str) -> None:
    settings, asked, errors, expected = SMALL[title]
    policy = small(settings)
    found: list[str] = []
    for number in range(len(errors) + 1):
        hop = decide(policy, {"model": asked, "call_id": "1"}, [CLASSES[error] for error in errors[:number]])
        assert hop["fail"] is None or isinstance(hop["fail"], dict)
        found.append(str(hop["model"]) if hop["fail"] is None else str(hop["fail"]["status"]))
    assert found == expected


def test_names_that_are_words_of_the_language_are_others() -> None:
    given = {
        "model_list": [{"model_name": name, "litellm_params": {"model": "anthropic/m"}} for name in ("fail", "follow")],
        "router_settings": {"num_retries": 10**30, "fallbacks": [{"fail": ["follow"]}]},
    }
    policy = policy_from(imported(given))
    assert [(pool.name, pool.retry) for pool in policy.pools.values()] == [("m-fail", 100), ("m-follow", 100)]

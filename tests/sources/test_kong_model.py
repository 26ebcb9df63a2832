"""The import of decK files against the plain model of what Kong does with them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
import yaml

from interlock.compiler.reference import decide
from interlock.compiler.sources.check import Imported, import_sources, policy_of
from interlock.dsl.policy import Policy
from interlock.dsl.source import Source
from tests.sources.kong_configs import FAILURES, config, request
from tests.sources.kong_model import CONNECT, HANG, Config, Failure, Kong, Request, tried_again

CLASSES: dict[Failure, str] = {
    429: "rate_limited",
    500: "server_error",
    502: "server_error",
    503: "overloaded",
    529: "overloaded",
    504: "timeout",
    HANG: "timeout",
    CONNECT: "unreachable",
}
SEEDS = int(os.environ.get("KONG_SEEDS", "120"))
"""docs/gateways/kong.md has the figures of a longer run."""


def imported(given: Config) -> Imported:
    """A file as a policy."""
    return import_sources("kong", [Source("kong.yaml", yaml.safe_dump(given, sort_keys=False))])


def policy_from(found: Imported) -> Policy:
    """The policy that was imported, which is one without errors."""
    assert found.draft is not None, [finding.message for finding in found.findings]
    made = policy_of(found)
    assert made.policy is not None, [finding.message for finding in made.findings]
    return made.policy


def told(found: Imported) -> str:
    """What the import says of itself that is not exact."""
    assert found.plan is not None
    return " ".join(remark.text for remark in found.plan.remarks)


def attributes(found: Imported, asked: Request, number: int) -> dict[str, object]:
    """A request as the policy sees it."""
    assert found.plan is not None
    values: dict[str, object] = {
        "path": asked.path,
        "method": asked.method,
        "host": asked.host,
        "consumer": asked.consumer,
        "consumer_groups": list(asked.groups),
        "model": asked.model,
        "request_id": f"q{number}",
        "x_session_id": f"s{number}",
        **{name.replace("-", "_"): value for name, value in asked.headers.items()},
    }
    for attribute in found.plan.attributes:
        # What the language cannot say the gateway is asked for.
        asks = re.search(r'from gateway "(\S+) ~ (.*)"$', attribute.options)
        if asks is not None:
            header = re.fullmatch(r"lower\((.*)\)", asks[1])
            value = asked.path if header is None else asked.headers.get(header[1])
            expression = asks[2].replace("\\\\", "\\").replace("?<", "?P<")
            values[attribute.name] = value is not None and re.search(expression, value) is not None
    return values


def faithful(plugin: dict[str, Any], script: Sequence[Failure], said: str) -> list[Failure]:
    """A script without the failures that Kong treats otherwise than others of their class, which the import says."""
    kept = []
    for failure in script:
        alike = [other for other in CLASSES if CLASSES[other] == CLASSES[failure]]
        if any(tried_again(plugin, other) for other in alike) == tried_again(plugin, failure):
            kept.append(failure)
        elif len(plugin["config"]["targets"]) > 1 and plugin["config"]["balancer"].get("retries", 5):
            told = "who waits too long gets an error" if failure == HANG else f"{failure} is returned to the client"
            assert told in said, (failure, said)
    return kept


def walked(policy: Policy, values: dict[str, object], script: Sequence[Failure]) -> list[str]:
    """The models that are asked, then the status where a walk ends."""
    found: list[str] = []
    for number in range(len(script) + 1):
        hop = decide(policy, values, [CLASSES[failure] for failure in script[:number]])
        if hop["fail"] is not None:
            assert isinstance(hop["fail"], dict)
            return [*found, str(hop["fail"]["status"] or "returned")]
        found.append(str(hop["model"]))
    return found


@pytest.mark.parametrize("seed", range(SEEDS))
def test_walks_are_those_of_kong(seed: int) -> None:
    random = Random(seed)
    given = config(random)
    found, kong = imported(given), Kong(given)
    if found.draft is None:
        assert not any(plugin.get("enabled", True) for plugin, _ in kong.plugins)
        return
    policy, said = policy_from(found), told(found)
    for number in range(30):
        asked = request(random, given)
        if kong.ties(asked):
            assert "have the same rank" in said
            continue
        script: list[Failure] = [random.choice(FAILURES) for _ in range(random.randint(0, 5))]
        walk = kong.walk(asked)
        if walk.plugin is not None and walk.orders and walk.plugin["name"] == "ai-proxy-advanced":
            script = faithful(walk.plugin, script, said)
        hops = walked(policy, attributes(found, asked, number), script)
        where = f"seed {seed}, {asked}, {script}: {hops}, {walk}"
        if hops[0].isdigit():
            assert int(hops[0]) in walk.statuses, where
            continue
        assert walk.plugin is not None, where
        name = walk.plugin["instance_name"]
        first = next((place for place in walk.orders if hops[0] == f"{name}-m{place}"), None)
        assert first is not None, where
        assert hops == expected(walk.plugin, walk.orders[first], script), where


def expected(plugin: dict[str, Any], order: Sequence[int], script: Sequence[Failure]) -> list[str]:
    """The models that Kong asks, and how the walk ends."""
    name, advanced = plugin["instance_name"], plugin["name"] == "ai-proxy-advanced"
    found = [f"{name}-m{order[0]}"]
    for number, failure in enumerate(script):
        if not advanced or not tried_again(plugin, failure):
            return [*found, "returned"]
        if number + 1 == len(order):
            # A policy has an error of its own where Kong passes the last one on.
            return [*found, "503" if len(order) > 1 else "returned"]
        found.append(f"{name}-m{order[number + 1]}")
    return found


def advanced(balancer: str, *targets: str) -> str:
    """A file with one plugin."""
    listed = "".join(f"        - {{route_type: llm/v1/chat, {target}}}\n" for target in targets)
    plugin = (
        f"plugins:\n  - name: ai-proxy-advanced\n    config:\n      balancer: {{{balancer}}}\n      targets:\n{listed}"
    )
    return f'_format_version: "3.0"\nservices:\n  - name: s\n    routes: [{{name: r, paths: [/]}}]\n{plugin}'


@pytest.mark.parametrize(
    "algorithm", ["round-robin", "consistent-hashing, hash_on_header: x-session", "least-connections"]
)
@pytest.mark.parametrize("criteria", ["[error]", "[error, http_429, non_idempotent]", "[http_429]"])
def test_shares_are_the_weights(algorithm: str, criteria: str) -> None:
    weights = {"a": 70, "b": 20, "c": 10}
    targets = [f"weight: {weight}, model: {{provider: openai, name: {name}}}" for name, weight in weights.items()]
    text = advanced(f"algorithm: {algorithm}, failover_criteria: {criteria}", *targets)
    policy = policy_from(import_sources("kong", [Source("kong.yaml", text)]))
    drawn = [decide(policy, {"path": "/", "request_id": f"q{n}", "x_session": f"s{n}"})["model"] for n in range(2000)]
    for name, weight in weights.items():
        assert abs(drawn.count(name) / 20 - weight) < 4


def test_targets_of_one_description_stand_in_for_each_other() -> None:
    targets = [
        "description: code, weight: 25, model: {provider: openai, name: light}",
        "description: code, weight: 75, model: {provider: openai, name: heavy}",
        "description: life, model: {provider: openai, name: other}",
    ]
    text = advanced("algorithm: semantic, failover_criteria: [http_429, non_idempotent]", *targets)
    policy = policy_from(import_sources("kong", [Source("kong.yaml", text)]))
    walks = set()
    for number in range(50):
        hops = [decide(policy, {"path": "/", "request_id": f"q{number}"}, ["rate_limited"] * n) for n in range(2)]
        walks.add(tuple(str(hop["model"]) for hop in hops))
    assert walks == {("heavy", "light"), ("other", "None")}


ROUTES = """\
_format_version: "3.0"
plugins: [{name: ai-proxy, config: {route_type: llm/v1/chat, model: {provider: openai, name: all}}}]
services:
  - name: s
    routes:
"""
SMALL: dict[str, tuple[str, dict[str, object], str]] = {
    "of equal routes the one with the larger id": (
        """
      - {id: 00000000-0000-4000-8000-000000000001, name: a, headers: {x-a: ["1"]}}
      - {id: f0000000-0000-4000-8000-000000000001, name: b, headers: {x-b: ["1"]}}
""",
        {"x_a": "1", "x_b": "1"},
        "b",
    ),
    "a longer path is tried first, however it is written": (
        "[{name: a, paths: [/v]}, {name: b, paths: [/v1]}]",
        {"path": "/v1/x"},
        "b",
    ),
    "a regular expression before any plain path": (
        "[{name: a, paths: [/v1/messages]}, {name: b, paths: ['~/v']}]",
        {"path": "/v1/messages"},
        "b",
    ),
    "a regular expression even before more kinds of conditions": (
        "[{name: a, paths: [~/v1]}, {name: b, paths: [/v], methods: [POST], headers: {x-a: ['1']}}]",
        {"path": "/v1", "method": "POST", "x_a": "1"},
        "a",
    ),
    "a plain host before a regular expression": (
        "[{name: a, paths: [~/v1], methods: [POST]}, {name: b, hosts: [h]}]",
        {"path": "/v1", "method": "POST", "host": "h"},
        "b",
    ),
    "four kinds of conditions before all": (
        "[{name: a, paths: [/v], methods: [POST], headers: {x-a: ['1']}, hosts: ['*.h']}, {name: b, hosts: [a.h]}]",
        {"path": "/v1", "method": "POST", "x_a": "1", "host": "a.h"},
        "a",
    ),
    "of two alternatives only the first is at the start of the path": (
        "[{name: a, paths: ['~/a|/b']}]",
        {"path": "/x/b"},
        "a",
    ),
    "a slash at the end is part of the path": (
        "[{name: a, paths: [/chat/]}, {name: b, paths: [/]}]",
        {"path": "/chat"},
        "b",
    ),
    "a star in a plain path is a star": ("[{name: a, paths: [/v1/*]}, {name: b, paths: [/]}]", {"path": "/v1/x"}, "b"),
    "a host with a port": (
        "[{name: a, hosts: ['h:8443']}, {name: b, paths: [/]}]",
        {"path": "/", "host": "h", "port": 443},
        "b",
    ),
    "a plugin of a route without a name": (
        "[{paths: [/], plugins: [{name: ai-proxy, config: {model: {provider: openai, name: own}}}]}]",
        {"path": "/"},
        "own",
    ),
}  # fmt: skip


@pytest.mark.parametrize("title", SMALL)
def test_one_route_at_a_time(title: str) -> None:
    routes, values, expected_route = SMALL[title]
    indented = routes if routes.startswith("\n") else f"      {routes}\n"
    policy = policy_from(import_sources("kong", [Source("kong.yaml", ROUTES + indented)]))
    hop = decide(policy, {"path": "/", "method": "POST", "host": "h", "request_id": "q", **values})
    # A global plugin serves all routes: which one it was is in the name of the rule, or in the plugin of its own.
    assert expected_route in (re.sub(r"-\d+$", "", str(hop["rule"])), hop["model"])


BOUND = """\
_format_version: "3.0"
plugins:
  - {name: ai-proxy, route: llm, config: {route_type: llm/v1/chat, model: {provider: openai, name: by-route}}}
  - {name: ai-proxy, service: llm, config: {route_type: llm/v1/chat, model: {provider: openai, name: by-service}}}
  - {name: ai-proxy, config: {route_type: llm/v1/chat, model: {provider: openai, name: everywhere}}}
"""


@pytest.mark.parametrize(
    ("values", "expected_model"),
    [
        ({"route": "llm", "service": "llm"}, "by-route"),
        ({"service": "llm"}, "by-service"),
        ({"route": "other", "service": "other"}, "everywhere"),
    ],
)
def test_plugins_of_routes_in_another_file(values: dict[str, object], expected_model: str) -> None:
    found = import_sources("kong", [Source("kong.yaml", BOUND)])
    assert decide(policy_from(found), values)["model"] == expected_model
    assert "`llm` is not in this file" in told(found)

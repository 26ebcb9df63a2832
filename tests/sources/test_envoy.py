"""The import of Envoy AI Gateway's resources against the plain model of what Envoy does with them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from interlock.compiler.reference import decide
from interlock.compiler.sources.check import Imported, check_imported, import_sources, policy_of, policy_text
from interlock.dsl.policy import UNAVAILABLE, Policy
from interlock.dsl.source import Source
from tests.sources.envoy_model import CONNECT, HANG, Failure, Gateway, Request, at
from tests.sources.envoy_routes import FAILURES, request, resources

CLASSES: dict[Failure, str] = {
    429: "rate_limited",
    500: "server_error",
    502: "server_error",
    503: "overloaded",
    529: "overloaded",
    504: "timeout",
    HANG: "timeout",
    CONNECT: "unreachable",
    400: "refused",
    413: "context_overflow",
}


def imported(documents: list[dict[str, Any]]) -> Imported:
    """Resources as a policy."""
    text = yaml.safe_dump_all(documents, sort_keys=False)
    return import_sources("envoy-ai-gateway", [Source("routes.yaml", text)])


def policy_from(found: Imported) -> Policy:
    """The policy that was imported, which is one without errors."""
    made = policy_of(found)
    assert not made.findings, [finding.message for finding in made.findings]
    assert made.policy is not None
    return made.policy


def attributes(found: Imported, policy: Policy, asked: Request, number: int) -> dict[str, object]:
    """A request as the policy sees it."""
    assert found.plan is not None
    values: dict[str, object] = {"model": asked.model, "request_id": f"q{number}", "input_tokens": 10}
    ports = {attribute.name: attribute.type for attribute in found.plan.attributes}.get("gateway", "")
    here = f"{asked.gateway}/{asked.listener}"
    values |= {"gateway": here if f'"{here}"' in ports else asked.gateway, "x_session_id": f"s{number}"}
    values |= {name.replace("-", "_"): value for name, value in asked.headers.items()}
    if asked.host is not None:
        values["host"] = asked.host
    for attribute in found.plan.attributes:
        # What the language cannot say the gateway is asked for.
        expression = re.search(r'from gateway "(\S+) ~ (.*)"$', attribute.options)
        if expression is not None:
            header, pattern = expression[1], expression[2].replace("\\\\", "\\")
            value = asked.model if header == "x-ai-eg-model" else asked.headers.get(header)
            values[attribute.name] = value is not None and re.fullmatch(pattern, value) is not None
    return values


def walked(policy: Policy, values: dict[str, object], failures: Sequence[Failure]) -> list[dict[str, object]] | int:
    """The hops of a request whose attempts fail, retries in place among them; a status where there is none."""
    after: list[str] = []
    used = 0
    hops: list[dict[str, object]] = []
    for failure in (*failures, None):
        hop = decide(policy, values, after)
        if hop["fail"] is not None:
            assert isinstance(hop["fail"], dict)
            return hops or int(hop["fail"]["status"])
        hops.append(hop)
        if failure is None:
            break
        class_ = CLASSES[failure]
        if class_ in UNAVAILABLE and used < policy.pools[str(hop["pool"])].retry:
            used += 1
        else:
            after.append(class_)
            used = 0
    return hops


@pytest.mark.parametrize("seed", range(120))
def test_walks_are_those_of_envoy(seed: int) -> None:
    random = Random(seed)
    documents = resources(random)
    found, envoy = imported(documents), Gateway(documents)
    assert found.plan is not None
    policy = policy_from(found)
    told = " ".join(remark.text for remark in found.plan.remarks)
    for number in range(40):
        asked = request(random)
        if not open_at(envoy, asked):
            continue
        script: list[Failure] = [random.choice(FAILURES) for _ in range(random.randint(0, 7))]
        place = envoy.rule(asked)
        if place is not None:
            retry = envoy.policy(*place, asked.gateway, asked.listener).get("retry")
            script = faithful(envoy, place[1], retry, script, told)
        expected = envoy.attempts(asked, script)
        hops = walked(policy, attributes(found, policy, asked, number), script)
        where = f"seed {seed}, {asked}, {script}"
        if isinstance(expected, int) or isinstance(hops, int):
            assert hops == expected, where
            continue
        assert len(hops) == len(expected), f"{where}: {hops} {expected}"
        for hop, attempt in zip(hops, expected, strict=True):
            model = asked.model if hop["model"] == "*" else hop["model"]
            assert (hop["upstream"], model) in attempt.backends, where


def open_at(envoy: Gateway, asked: Request) -> bool:
    """Whether there is the listener that a request is for, with some route."""
    for gateway in envoy.of("Gateway"):
        named = [listener["name"] for listener in gateway["spec"]["listeners"]]
        if asked.gateway == f"default/{gateway['metadata']['name']}" and asked.listener not in named:
            return False
    return any(at(route, asked.gateway, asked.listener) for route in envoy.of("AIGatewayRoute"))


def faithful(
    envoy: Gateway, rule: dict[str, Any], retry: dict[str, Any] | None, script: list[Failure], told: str
) -> list[Failure]:
    """A script without the failures of which Envoy does otherwise than of others in their class; that it does is among
    the remarks."""
    kept = []
    for failure in script:
        alike = [other for other in CLASSES if CLASSES[other] == CLASSES[failure]]
        if CLASSES[failure] == "context_overflow":
            alike.append(400)
        covered = {other: envoy.tried_again(rule, retry, other) for other in alike}
        if any(covered.values()) == covered[failure]:
            kept.append(failure)
        elif CLASSES[failure] in UNAVAILABLE and (retry or {}).get("numRetries", 2) and rule.get("backendRefs"):
            live = [ref for ref in rule["backendRefs"] if ref.get("weight", 1)]
            assert not live or f"`{CLASSES[failure]}` is here tried again always" in told
    return kept


@pytest.mark.parametrize("seed", range(20))
def test_shares_are_the_weights(seed: int) -> None:
    """Of a first priority with several backends each gets about its share."""
    random = Random(1000 + seed)
    documents = resources(random)
    found, envoy = imported(documents), Gateway(documents)
    policy = policy_from(found)
    asked = request(random)
    expected = envoy.attempts(asked, [])
    if isinstance(expected, int) or not open_at(envoy, asked):
        return
    weights = expected[0].weights
    count: dict[tuple[str, str], int] = dict.fromkeys(weights, 0)
    for number in range(400):
        hop = decide(policy, attributes(found, policy, asked, number))
        count[str(hop["upstream"]), asked.model if hop["model"] == "*" else str(hop["model"])] += 1
    for key, weight in weights.items():
        assert abs(count[key] / 400 - weight / sum(weights.values())) < 0.12


CORPUS = sorted((Path(__file__).parent / "corpus" / "envoy-ai-gateway").glob("*.yaml"))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus(path: Path) -> None:
    """Each file says in its first line what is found in it."""
    text = path.read_text("utf-8")
    first = re.match(r"# expect:(.*)\n", text)
    assert first is not None
    found = check_imported(import_sources("envoy-ai-gateway", [Source(path.name, text)]))
    places = {f"{f.kind.code}@{f.span.source.text.count(chr(10), 0, f.span.start) + 1}" for f in found}
    assert sorted(places) == sorted(first[1].split()), [finding.message for finding in found]


ODD: tuple[object, ...] = (
    None, True, -1, 0, 1e300, 10**30, "", "x", "a/b", "\u0000\ud7ff", "{r}", "*", "(", [], {}, [None], [[]], [{}],
    {"": ""}, {"name": {}}, [1, "a"], {"x": [{"y": 1}]}, "9999999999h", "$", "a\nb", "x" * 300,
)  # fmt: skip


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_anything_anywhere_gives_findings(path: Path) -> None:
    random = Random(path.stem)
    documents = list(yaml.safe_load_all(path.read_text("utf-8")))
    for _ in range(60):
        changed = copy.deepcopy(documents)
        for _ in range(random.choice((1, 1, 2, 4))):
            places = list(places_in(changed))
            where, key = random.choice(places)
            if isinstance(where, dict) and random.random() < 0.2:
                where[str(random.choice(("name", "spec", "kind", "retry", "odd", "\u2028")))] = random.choice(ODD)
            elif random.random() < 0.15:
                del where[key]
            else:
                where[key] = random.choice(ODD)
        text = yaml.safe_dump_all(changed, sort_keys=False, allow_unicode=True)
        found = import_sources("envoy-ai-gateway", [Source(path.name, text)])
        check_imported(found)
        written, refused = policy_text(found)
        assert written is not None or refused


def places_in(node: object) -> Iterator[tuple[Any, Any]]:
    """Every place in a document where something stands."""
    if isinstance(node, dict | list):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield node, key
            yield from places_in(node[key])


def test_a_credential_in_a_condition_is_not_written() -> None:
    text = next(path for path in CORPUS if path.stem == "secrets").read_text("utf-8")
    found = import_sources("envoy-ai-gateway", [Source("routes.yaml", text)])
    written, _ = policy_text(found)
    assert written is not None
    shown = " ".join([written, *(str(f.message) + f.help for f in check_imported(found))])
    assert "4f9a8c27d1e64b0e" not in shown
    assert "9b1deb4d3b7d4bad" not in shown


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_credential_anywhere_is_not_shown(path: Path) -> None:
    key = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"
    documents = list(yaml.safe_load_all(path.read_text("utf-8")))
    random = Random(path.stem)
    for where, place in random.sample(list(places_in(documents)), 25):
        if isinstance(where[place], dict | list):
            continue
        before, where[place] = where[place], key
        found = import_sources("envoy-ai-gateway", [Source(path.name, yaml.safe_dump_all(documents))])
        where[place] = before
        told = [text for f in check_imported(found) for text in (f.message, f.help, *f.notes)]
        shown = " ".join([policy_text(found)[0] or "", *told])
        assert "abcdefgh" not in shown

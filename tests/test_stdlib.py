"""Every policy and module that ships: clean, laid out, tested by its own tests, and compiled to a verified table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise, product
from pathlib import Path

import pytest

from interlock.compiler.artifact import encode
from interlock.compiler.pipeline import check
from interlock.compiler.reference import decide
from interlock.compiler.verify import verify
from interlock.dsl import policy as p
from interlock.dsl.format import format_module
from interlock.dsl.parse import parse
from interlock.dsl.source import Source
from interlock.runtime import Decision, load

LIBRARY = Path(__file__).parent.parent / "stdlib_policies"
POLICIES = sorted(LIBRARY.glob("*.route"))
MODULES = sorted((LIBRARY / "std").glob("*.route"))


def name(path: Path) -> str:
    return path.relative_to(LIBRARY).with_suffix("").as_posix()


def imported(*modules: str) -> p.Policy:
    """A policy that imports modules of the standard library and does nothing with them."""
    text = "policy empty\n" + "".join(f'import "std/{module}"\n' for module in modules)
    policy = check("empty.route", text=text).front.policy
    assert policy is not None
    return policy


def test_what_ships() -> None:
    assert [name(path) for path in POLICIES] == ["canary", "ci_isolation", "cost_tiers", "default", "eu_residency"]
    assert [name(path) for path in MODULES] == ["std/claude_code", "std/models"]


@pytest.mark.parametrize("path", [*POLICIES, *MODULES], ids=name)
def test_is_clean(path: Path) -> None:
    checked = check(str(path))
    # What an info says may be meant: another provider costs more, a hint chooses the model.
    assert [finding.message for finding in checked.findings if finding.severity != "info"] == []
    assert checked.front.is_module == (path in MODULES)


@pytest.mark.parametrize("path", [*POLICIES, *MODULES], ids=name)
def test_is_laid_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    module, _ = parse(Source(path.name, text))
    assert format_module(module) == text, f"run: interlock fmt {path}"


@pytest.mark.parametrize("path", POLICIES, ids=name)
def test_compiles_to_a_table_that_keeps_its_tests(path: Path) -> None:
    front = check(str(path)).front
    policy, table = front.policy, front.table
    assert policy is not None
    assert table is not None
    assert verify(policy, table) is None
    runtime = load(encode(table))
    assert len(policy.tests) >= 5
    for test in policy.tests:
        for expect in test.expects:
            decision = runtime.decide(test.request)
            for error in expect.after:
                decision = runtime.after(decision, error)
            told = decision.to_dict()
            assert told == {**decide(policy, test.request, expect.after), "version": runtime.version}, test.title
            if isinstance(expect.to, p.Fail):
                assert decision.fail is not None, test.title
                assert decision.fail.status == expect.to.status, test.title
                assert expect.to.message in (None, decision.fail.message), test.title
            else:
                assert decision.pool == expect.to.pool, test.title
            assert expect.rule in (None, decision.rule), test.title


@pytest.mark.parametrize("path", POLICIES, ids=name)
def test_is_documented(path: Path) -> None:
    policy = check(str(path)).front.policy
    assert policy is not None
    assert policy.doc, "a policy says what it is for"
    assert policy.name == path.stem


def test_claude_code_declares_what_the_language_promises() -> None:
    attributes = imported("claude_code").attributes
    hint = p.EnumType(None, ("haiku", "sonnet", "opus"), open=True)
    promised: dict[str, tuple[p.Type, bool, p.Stability]] = {
        "session_id": (p.StringType(), False, "per session"),
        "agent_id": (p.StringType(), True, "per session"),
        "input_tokens": (p.IntType(0, 1_000_000), False, "rising"),
        "model_hint": (hint, True, "per turn"),
        "has_tools": (p.BoolType(), True, "per turn"),
    }
    for attribute in attributes.values():
        declared = (attribute.type, attribute.optional, attribute.stability)
        if attribute.name in promised:
            assert declared == promised.pop(attribute.name), attribute.name
        else:
            assert attribute.optional, f"{attribute.name} would be asked of every request"
        assert attribute.source is not None, attribute.name
        assert attribute.default is None, attribute.name
        assert attribute.error is None, attribute.name
        assert attribute.doc, attribute.name
    assert not promised


def test_models_are_complete_and_priced_alike() -> None:
    models = imported("models").models
    assert {"claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-4-7"} <= set(models)
    for model in models.values():
        prices = model.prices
        assert set(prices) == {"input", "output", "cache_read", "cache_write"}, model.name
        # What all three providers say of caches: reading 0.1, writing for five minutes 1.25 of the input price.
        assert prices["cache_read"] * 10 == prices["input"], model.name
        assert prices["cache_write"] * 4 == prices["input"] * 5, model.name
        assert model.context is not None, model.name
        assert model.supports == {"tools", "vision"}, model.name
        assert model.doc, model.name


@pytest.mark.parametrize("family", ["haiku-4-5", "sonnet-4-6", "opus-4-7"])
def test_a_model_is_the_same_wherever_it_runs(family: str) -> None:
    models = imported("models").models
    first = models[f"claude-{family}"]
    others = [model for name, model in models.items() if f"claude-{family}" in name]
    assert len(others) >= 5
    for model in others:
        assert model.context == first.context, model.name
        # A profile of one geography costs 1.1 times, one of all regions and a single region do not.
        tenths = 11 if model.name.startswith(("us.", "eu.")) else 10
        assert {kind: price * 10 for kind, price in model.prices.items()} == {
            kind: price * tenths for kind, price in first.prices.items()
        }, model.name


def test_a_session_in_the_trial_stays_in_it() -> None:
    policy = check(str(LIBRARY / "canary.route")).front.policy
    assert policy is not None
    in_trial = 0
    for number in range(2_000):
        session = f"session-{number}"
        turns = [
            {"session_id": session, "input_tokens": tokens, "has_tools": tools}
            for tokens, tools in ((10, False), (90_000, True), (900_000, True))
        ]
        pools = {str(decide(policy, turn)["pool"]) for turn in turns}
        assert len(pools) == 1, session
        in_trial += pools == {"trial[us_east]"}
    assert 70 <= in_trial <= 130  # 5% of 2,000


def walked(policy: str, requests: Iterable[dict[str, object]]) -> Iterator[list[Decision]]:
    """Every walk of requests under a ready-made policy, as the decisions along it: what `check` proves of walks,
    by walking them."""
    front = check(str(LIBRARY / f"{policy}.route")).front
    assert front.table is not None
    table = load(encode(front.table))
    for request in requests:
        walks = [[table.decide(request)]]
        while walks:
            walk = walks.pop()
            if walk[-1].fail is not None:
                yield walk[:-1]
            else:
                walks += [[*walk, table.after(walk[-1], error)] for error in p.CLASSES]


SIZES = (100, 10_000, 100_000, 500_000)


def test_no_error_leads_an_eu_session_out_of_the_eu() -> None:
    for home, allowed in (("eu_central", {"eu_central", "eu_west", "eu"}), ("us_west", {"us_east", "us_west", "us"})):
        requests = ({"session_id": "s", "input_tokens": tokens, "home": home} for tokens in SIZES)
        regions = {decision.region for walk in walked("eu_residency", requests) for decision in walk}
        assert regions == allowed


def test_no_error_leads_to_a_dearer_model() -> None:
    models = imported("models").models
    sold = [
        {"session_id": "s", "input_tokens": tokens, "tier": tier, "budget_spent": spent}
        for tokens, tier, spent in product(SIZES, ("economy", "standard", "premium"), (False, True))
    ]
    hops = 0
    for walk in walked("cost_tiers", sold):
        for before, after in pairwise(walk):
            assert models[str(after.model)].prices["input"] <= models[str(before.model)].prices["input"]
            hops += 1
    assert hops > 100


def test_no_error_leads_from_ci_to_the_account_of_people_or_back() -> None:
    sent = [
        {"session_id": "s", "input_tokens": tokens, "model_hint": hint}
        for tokens, hint in product(SIZES, (None, "haiku", "opus"))
    ]
    for mark, account in (({}, "interactive"), ({"traffic": "ci"}, "ci"), ({"ci_job": "build-1"}, "ci")):
        accounts = {d.account for walk in walked("ci_isolation", ({**s, **mark} for s in sent)) for d in walk}
        assert accounts == {account}


def test_a_burst_of_ci_meets_limits_and_breakers_that_people_do_not_share() -> None:
    policy = check(str(LIBRARY / "ci_isolation.route")).front.policy
    assert policy is not None
    for upstream in policy.upstreams.values():
        if upstream.account == "ci":
            assert upstream.limit is not None, upstream.name
            assert upstream.limit.status == 429, "what is over CI's limit spills nowhere"
        else:
            assert upstream.limit is None or upstream.limit.status is None, upstream.name

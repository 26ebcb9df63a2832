"""What a difference says besides which requests it is about: kinds, chains, caches, attributes, assertions, tests."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from interlock.compiler.diff.sides import side_of
from interlock.compiler.diff.whole import Diff, diff
from interlock.compiler.pipeline import front
from interlock.dsl import policy as p

ROOT = Path(__file__).parent.parent

POLICY = """\
policy sizes

enum region = us_east, us_west

request {
    home : region per session default us_east
    tier : enum(free, team) per session default free
    input_tokens : int(0..=1M) rising
    session_id : string per session
}

model haiku { context 200K; price input $1, output $5 }
model opus { context 1M; price input $5, output $25 }

upstream egress[r in region] { provider anthropic; account platform; region r; timeout connect 2s, first_token 30s }
upstream spare { provider bedrock; region eu; timeout total 60s }
pool small[r in region] { serve egress[r] with haiku; sticky by session_id }
pool large[r in region] { serve egress[r] with opus; sticky by session_id }
pool mixed { serve egress[us_east] with opus weight 3; serve spare with opus; sticky by session_id }
pool spare { serve spare with opus; sticky by session_id }

fallback small[r in region] -> large[r] -> fail 503
fallback large[us_east] -> large[us_west] -> fail 503
fallback large[us_west] -> large[us_east] -> fail 503
fallback mixed -> fail 503
fallback spare -> fail 503

rule free when tier == free and input_tokens >= 200K -> mixed
rule big when input_tokens >= 40K -> large[home]
rule otherwise -> small[home]

assert stays_home first hop.provider == anthropic
assert big_is_big when input_tokens >= 40K first hop.model == opus

test "big goes west" { request { input_tokens: 50K, home: us_west, session_id: "s" } expect large[us_west] }
"""


def compared(old: str, new: str) -> Diff:
    return diff(side_of("old", front("old.route", text=old)), side_of("new", front("new.route", text=new)))


def changed(*replacements: tuple[str, str]) -> Diff:
    text = POLICY
    for before, after in replacements:
        assert before in text
        text = text.replace(before, after)
    return compared(POLICY, text)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("policy sizes", "policy sizes", "identical"),
        ("policy sizes", "# a comment\npolicy sizes", "refactor"),
        ("rule big when input_tokens >= 40K", "rule large when not input_tokens < 40K", "refactor"),
        ("price input $1", "price input $2", "refactor"),
        ("input_tokens : int(0..=1M) rising", "input_tokens : int(0..=1M)", "refactor"),
        ("fallback spare -> fail 503", "fallback spare -> fail 529", "refactor"),  # nothing leads there
        ("fallback mixed -> fail 503", "fallback mixed -> spare -> fail 503", "fallback-only"),
        ("with haiku; sticky by session_id", "with haiku; sticky by session_id; retry 1", "fallback-only"),
        ("timeout total 60s", "timeout total 90s", "fallback-only"),
        ("timeout total 60s", 'timeout total 60s; endpoint "https://eu.internal"', "routing"),
        ("rule big when input_tokens >= 40K", "rule big when input_tokens >= 40001", "routing"),
        ("weight 3", "weight 2", "routing"),
        ("fail 503\n\nrule", "fail 503\ninvalid -> fail 422\n\nrule", "refactor"),
        ("tier : enum(free, team)", "tier : enum(free, team, enterprise)", "interface"),
        ("home : region per session", 'home : region per session from header "x-home"', "interface"),
        ("session_id : string per session", "session_id : string per session\n    extra : bool?", "interface"),
    ],
)
def test_how_far_a_change_goes(before: str, after: str, kind: str) -> None:
    assert changed((before, after)).kind == kind


def test_an_invalid_request_gets_what_the_other_version_says() -> None:
    # Of a request that neither takes nothing is said, of one that only one takes it is.
    found = changed(("int(0..=1M)", "int(0..=2M)"))
    (region,) = [
        r
        for r in found.regions
        if r.change.invalid == (True, False)
        and isinstance(r.change.pairs[0][1], p.To)
        and r.change.pairs[0][1].pool == "mixed"
    ]
    assert region.change.where.predicate == "input_tokens >= 1_000_001 and tier == free"
    assert region.change.request["input_tokens"] == 1_000_001
    assert found.attributes[0].name == "input_tokens"


def test_a_region_in_words_and_with_who_decides() -> None:
    found = changed(("tier == free and input_tokens >= 200K", "tier == free and input_tokens >= 300K"))
    (region,) = found.regions
    change = region.change
    assert change.where.predicate == "input_tokens in 200K..300K and tier == free"
    assert change.where.exact
    assert change.rules == (("free",), ("big",))
    assert {(pair[0], pair[1]) for pair in change.pairs} == {
        (p.To("mixed"), p.To("large[us_east]")),
        (p.To("mixed"), p.To("large[us_west]")),
    }
    old, new = region.explained
    assert (old.decision.rule, new.decision.rule) == ("free", "big")
    assert change.request == {"input_tokens": 200_000, "session_id": "x"}  # the others are as their defaults


def test_copies_of_a_family_are_one_region() -> None:
    found = changed(("input_tokens >= 40K -> large", "input_tokens >= 50K -> large"))
    (region,) = found.regions
    assert len(region.change.pairs) == 2
    assert region.change.where.predicate == "input_tokens in 40K..50K"


def test_whose_cache_goes_cold() -> None:
    found = changed(("weight 3", "weight 1"))
    (region,) = found.regions
    (cold,) = region.cold[0]
    # Of four slots three picked the one, of two now one does: a quarter moves, and none the other way.
    assert cold.old == ("opus", ("anthropic", "platform", "us_east"))
    assert cold.new == ("opus", ("bedrock", None, "eu"))
    assert cold.slots is not None
    assert 0.24 < cold.slots / 4099 < 0.26
    other = changed(("-> mixed", "-> small[us_west]"))
    assert {(each.old[0], each.new[0]) for each in other.regions[0].cold[0]} == {("opus", "haiku")}
    assert sum(each.slots or 0 for each in other.regions[0].cold[0]) == 4099


def test_no_cache_goes_cold_where_only_fallbacks_change() -> None:
    found = changed(("fallback mixed -> fail 503", "fallback mixed -> spare -> fail 503"))
    assert [region.cold for region in found.regions] == [((),)]


def test_other_keys_are_not_guessed() -> None:
    found = changed(
        (
            "serve spare with opus; sticky by session_id }\npool spare",
            "serve spare with opus; sticky by tier }\npool spare",
        )
    )
    (region,) = found.regions
    assert {each.slots for each in region.cold[0]} == {None}


def test_chains_with_what_they_cost() -> None:
    found = changed(
        (
            "fallback large[us_east] -> large[us_west] -> fail 503",
            "fallback large[us_east] -> large[us_west] -> follow spare",
        ),
    )
    assert found.kind == "fallback-only"
    chains = {chain.pools: chain for chain in found.chains}
    chain = chains[("large[us_east]",)]
    (walk,) = chain.walks
    assert walk.classes == ("overloaded", "rate_limited", "server_error", "timeout", "unreachable")
    assert walk.old.pools == ("large[us_east]", "large[us_west]")
    assert walk.new.pools == ("large[us_east]", "large[us_west]", "spare")
    assert walk.new.end == p.Fail(503, None)
    assert (chain.old.attempts, chain.old.wait_ms) == (2, 64_000)
    assert (chain.new.attempts, chain.new.wait_ms) == (3, 124_000)


def test_a_pool_on_the_way_that_serves_otherwise() -> None:
    found = changed(
        ("pool spare { serve spare with opus", "pool spare { serve spare with haiku"),
        ("fallback mixed -> fail 503", "fallback mixed -> spare -> fail 503"),
    )
    assert found.chains[0].serving == ("spare",)


def test_assertions_tests_and_findings() -> None:
    found = changed(("-> large[home]", "-> small[home]"))
    said = {each.name: each.verdicts for each in found.assertions}
    assert said == {"big_is_big": ("holds", "broken")}
    assert [(test.title, test.passed) for test in found.tests] == [("big goes west", (True, False))]
    assert found.findings is not None
    assert "A401" in {finding.kind.code for finding in found.findings.new}


def test_an_assertion_that_is_allowed_to_fail_does_not_hold() -> None:
    allowed = "# interlock: allow assert-violated -- known\nassert big_is_big"
    found = changed(("assert big_is_big", allowed), ("-> large[home]", "-> small[home]"))
    assert {each.name: each.verdicts for each in found.assertions} == {"big_is_big": ("holds", "broken")}


def test_a_finding_that_only_moved_is_neither_new_nor_gone() -> None:
    found = changed(("policy sizes", "# one\n# line more\npolicy sizes"))
    assert found.findings is not None
    assert (found.findings.new, found.findings.gone) == ((), ())


def test_a_pool_with_another_name() -> None:
    found = changed(("pool mixed", "pool both"), ("fallback mixed", "fallback both"), ("-> mixed", "-> both"))
    assert found.kind == "refactor"
    assert found.renamed == (("mixed", "both"),)


def test_prices_and_contexts() -> None:
    found = changed(("context 200K; price input $1", "context 100K; price input $2"))
    assert [(each.name, each.field) for each in found.models] == [("haiku", "context"), ("haiku", "prices")]


def test_a_rule_that_is_missing() -> None:
    found = changed(("rule otherwise -> small[home]\n", ""))
    change = next(region.change for region in found.regions if region.change.moved)
    assert change.rules == (("otherwise",), (None,))
    assert change.pairs[0][1] == p.Fail(500, None)


def test_what_no_search_decides_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.compiler.facts.MAX_STEPS", -1)
    found = changed(("input_tokens >= 40K", "input_tokens >= 41K"))
    assert found.undecided
    assert found.kind is None


def test_two_versions_of_a_thousand_rules() -> None:
    text = runpy.run_path(str(ROOT / "benchmarks" / "realistic.py"))["text"](1_000)
    rule = 'rule nightly when account like "*/nightly" and not exempt -> bedrock_haiku[home]'
    assert rule in text
    found = compared(text, text.replace(rule, rule.replace("*/nightly", "*/weekly")))
    assert not found.undecided
    assert found.regions
    for region in found.regions:
        account = str(region.change.request["account"])
        # It ends in one of the two, and goes where only one version sends it.
        assert account.endswith(("/nightly", "/weekly"))
        assert "nightly" in (region.change.rules[0] if account.endswith("/nightly") else region.change.rules[1])
    exact = [region.change.where for region in found.regions if region.change.where.exact]
    assert all('account like "*/' in where.predicate or "account in" in where.predicate for where in exact)
    assert compared(text, text).kind == "identical"

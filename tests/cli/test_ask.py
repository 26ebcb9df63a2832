"""``interlock ask``: proofs, counterexamples, and questions that are none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from interlock.compiler.pipeline import check, front
from interlock.compiler.question import Answer, ask
from interlock.compiler.reference import decide
from tests.cli.conftest import Cli
from tests.oracle.policies import seeded

POLICY = """\
policy example

enum region = us_east, eu_central
request {
    home : region per session
    tier : enum(free, team) per session
}

model m {}
upstream egress[r in region] { provider anthropic; region r }
upstream bedrock { provider bedrock; region us_east }
pool main[r in region] { serve egress[r] with m }
pool spare { serve bedrock with m }

fallback main[r in region] -> follow spare
fallback spare -> fail 503

rule free when tier == free -> fail 403
rule otherwise -> main[home]
"""


@pytest.fixture
def policy(folder: Path) -> str:
    (folder / "p.route").write_text(POLICY, encoding="utf-8")
    return "p.route"


def test_what_holds_is_said_to_hold(policy: str, cli: Cli) -> None:
    done = cli("ask", policy, "--when", "tier == free", "every hop.provider != bedrock")
    assert (done.code, done.out) == (0, "✓ holds for every request\n")


def test_what_does_not_hold_comes_with_request_walk_and_hop(policy: str, cli: Cli) -> None:
    done = cli("ask", policy, "--when", "home == eu_central", "every hop.region == eu_central")
    assert done.code == 1
    assert "a request of `otherwise` can come to `spare`, where the region is `us_east`" in done.out
    assert '--request \'{"home": "eu_central", "tier": "team"}\' --after overloaded' in done.out
    assert "main[eu_central] ─overloaded→ spare" in done.out


def test_all_shows_every_different_pool_and_walk(policy: str, cli: Cli) -> None:
    one = cli("ask", policy, "every hop.provider == anthropic")
    every = cli("ask", policy, "every hop.provider == anthropic", "--all")
    assert one.out.count("✗") == 1
    assert every.out.count("✗") == 2
    assert "in 2 different ways" in every.out


def test_json(policy: str, cli: Cli) -> None:
    done = cli("ask", policy, "chain.hops <= 1", "--format", "json")
    answer = json.loads(done.out)
    assert (done.code, answer["holds"], answer["undecided"]) == (1, False, None)
    witness = answer["counterexamples"][0]["witness"]
    assert witness["hops"] == ["main[us_east]", "spare"]
    assert len(witness["after"]) == 2
    held = json.loads(cli("ask", policy, "chain.hops <= 2", "--format", "json").out)
    assert held == {"holds": True, "vacuous": False, "undecided": None, "counterexamples": []}


def test_a_question_about_nobody_says_so(policy: str, cli: Cli) -> None:
    done = cli("ask", policy, "--when", "tier == free and tier == team", "every hop.provider == x")
    assert done.code == 0
    assert "no request satisfies the condition" in done.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["every hop.region = eu_central"], "expected `==`"),
        (["every hop.reginn == eu_central"], "did you mean `region`?"),
        (["--when", "home == eu_centrl", "every hop.region == eu_central"], "did you mean `eu_central`?"),
        ([""], "expected `when`, `every`, `first` or `chain`"),
        (["chain.hops <= 2 rule x -> spare"], "a question is one claim"),
        (["--when", "(", "chain.hops <= 2"], "question:1"),
    ],
)
def test_a_question_that_is_none_is_explained(policy: str, cli: Cli, arguments: Sequence[str], words: str) -> None:
    done = cli("ask", policy, *arguments)
    assert done.code == 2
    assert words in done.err
    assert done.out == ""


def test_a_policy_with_text_errors_or_a_module_is_refused(folder: Path, cli: Cli) -> None:
    (folder / "broken.route").write_text("policy p\nrule x -> nowhere\n", encoding="utf-8")
    (folder / "module.route").write_text("model m {}\n", encoding="utf-8")
    assert cli("ask", str(folder / "broken.route"), "chain.hops <= 2").code == 2
    assert cli("ask", str(folder / "module.route"), "chain.hops <= 2").code == 2
    assert cli("ask", str(folder / "none.route"), "chain.hops <= 2").code == 2


def test_asking_what_is_asserted_gives_what_check_finds() -> None:
    compared = 0
    for seed in range(60):
        text = seeded(900_000 + seed)
        checked = check("generated.route", text=text)
        policy = checked.front.policy
        assert policy is not None
        violated = {finding.span for finding in checked.findings if finding.kind.code == "A401"}
        for item in policy.asserts:
            when, _, claim = item.span.text.partition(item.name)[2].strip().rpartition(_quantifier(item.quantifier))
            condition = when.strip().removeprefix("when ").strip() or None
            answer = ask(front("generated.route", text=text).program, condition, _claim(item.quantifier, claim))
            assert isinstance(answer, Answer), (text, answer)
            assert bool(answer.broken) == (item.name_span in violated), text
            for broken in answer.broken:
                assert decide(policy, broken.witness.requests[0])["invalid"] is None
            compared += 1
    assert compared > 20


def _quantifier(quantifier: str) -> str:
    return "chain." if quantifier == "chain" else f"{quantifier} hop."


def _claim(quantifier: str, rest: str) -> str:
    return _quantifier(quantifier) + rest

"""What changes nothing: where there is no fix, how many rules are named, and what is said where a search gives up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from interlock.compiler import needless, redundancy
from interlock.compiler.analyses import redundant_rule
from interlock.compiler.pipeline import check
from interlock.compiler.settings import DEFAULTS, Settings
from interlock.dsl.finding import Finding

HEAD = """\
policy example
request {
    tokens : int(0..=1M)
    tools : bool
    tier : enum(free, team, enterprise)
    path : string
}
model small {}
model large {}
upstream one { provider p; region r }
pool near { serve one with small }
pool far { serve one with large }
fallback near -> fail 503
fallback far -> fail 503
"""


def found(rules: str, *codes: str) -> Sequence[Finding]:
    settings = Settings({"R108": "info"}, DEFAULTS.max_attempts, DEFAULTS.max_wait_ms, DEFAULTS.client_retries)
    checked = check("policy.route", text=HEAD + rules, settings=settings)
    assert checked.front.policy is not None, checked.findings
    return [finding for finding in checked.findings if finding.kind.code in codes]


FREE = "rule free when tier == free -> near\nrule otherwise -> near\n"
LADDER = "rule by_size match tokens {\n    ..8K -> near\n    8K.. -> far\n}\n"
SHORT = "rule by_size match tokens {\n    ..8K -> near\n    ..40K -> near\n    else -> far\n}\n"


def test_a_rule_that_a_test_names_is_not_removed_by_a_fix() -> None:
    (plain,) = found(FREE, "R104")
    assert plain.fix is not None
    named = FREE + 'test "t" { request { tokens: 1, tools: false, tier: free, path: "" } expect near by free }\n'
    (finding,) = found(named, "R104")
    assert finding.fix is None
    other = FREE + 'test "t" { request { tokens: 1, tools: false, tier: team, path: "" } expect near by otherwise }\n'
    (finding,) = found(other, "R104")
    assert finding.fix is not None


def test_an_arm_is_not_removed_by_a_fix_if_a_test_names_one_of_its_ladder() -> None:
    """The arms after it would be numbered anew."""
    (plain,) = found(SHORT, "R104")
    assert plain.fix is not None
    named = SHORT + 'test "t" { request { tokens: 99K, tools: false, tier: free, path: "" } expect far by by_size/3 }\n'
    (finding,) = found(named, "R104")
    assert finding.fix is None


def test_no_more_than_five_earlier_rules_are_named() -> None:
    last = "rule last when tokens < 100K -> near\nrule otherwise -> near\n"
    earlier = [f"rule r{n} when tokens in {n}K..{n + 1}K -> far" for n in range(9)]
    for count, words in ((5, "`r3` and `r4`"), (6, "`r3`, `r4` and others"), (9, "`r3`, `r4` and others")):
        finding, *_ = found("\n".join([*earlier[:count], last]), "R108")
        assert finding.message.endswith(f"go elsewhere first, by `r0`, `r1`, `r2`, {words}")
        assert len(finding.related) == 5


def test_a_condition_between_two_requests_of_an_int() -> None:
    """Whether `tokens != 5` matters depends on one number."""
    assert not found("rule a when tokens != 5 and tokens < 9 -> near\nrule otherwise -> far\n", "R105")
    rules = "rule five when tokens == 5 -> far\nrule a when tokens != 5 and tokens < 9 -> near\nrule otherwise -> far\n"
    (finding,) = found(rules, "R105")
    assert finding.witness is not None
    assert finding.witness.requests[0]["tokens"] == 5


RULES = """\
rule a when tokens < 500 and tools -> far
rule b when (tokens < 600 or tools) and tier == team -> near
rule free when tier == free -> far
rule team when tier == team -> near
rule rest when tier == enterprise and tokens < 900 -> far
rule otherwise -> near
"""


def undecided(monkeypatch: pytest.MonkeyPatch, *modules: object) -> list[str]:
    """What is not decided where the first step of a search is one too many."""
    assert not found(RULES, "S504")
    for module in modules:
        monkeypatch.setattr(module, "MAX_RULE_STEPS", -1)
    findings = found(RULES, "S504")
    # What these analyses look for is a warning, so not to know is no more.
    assert {finding.severity for finding in findings} == {"warning"}
    return [finding.message.partition(" was not decided")[0] for finding in findings]


def test_giving_up_on_a_rule_is_said_of_that_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    assert undecided(monkeypatch, redundant_rule) == [f"whether `{name}` makes a difference" for name in ("b", "team")]


def test_giving_up_on_earlier_rules_is_said_of_the_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (what, *_) = undecided(monkeypatch, redundancy)
    assert what == "whether earlier rules take some requests of `b` elsewhere"


def test_giving_up_on_conditions_is_said_of_what_they_are_written_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert undecided(monkeypatch, needless) == ["whether every condition of `rest` is needed"]

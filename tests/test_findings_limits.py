"""Past each documented limit the answer is a finding, soon: what is too large to be shown in tests/findings/*.md."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.compiler import coverage, facts, lower
from interlock.compiler.pipeline import check
from interlock.compiler.search import Incomplete
from interlock.dsl.finding import Finding
from interlock.dsl.limits import MAX_DEPTH, MAX_FAMILY, MAX_FILE_BYTES, MAX_IMPORTS, MAX_PREDICATE

SERVING = """\
request { hour : int(0..24); groups : set(string); has_tools : bool }
model m {}
upstream egress { provider anthropic }
pool opus { serve egress with m }
fallback opus -> fail 503
"""

ENDS_WITHIN = 10.0
"""Seconds, on any machine: what hangs takes minutes."""


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    started = time.process_time()  # of work, however many others share the machine
    yield
    assert time.process_time() - started < ENDS_WITHIN


def found(rules: str, head: str = "policy large\n") -> tuple[Finding, ...]:
    """The errors in a policy with these rules."""
    findings = check("policy.route", text=head + SERVING + rules).findings
    return tuple(finding for finding in findings if finding.severity == "error")


def only(findings: tuple[Finding, ...], code: str = "T010") -> str:
    """The message of the one finding there is."""
    assert [finding.kind.code for finding in findings] == [code], findings
    return findings[0].message


def test_a_file(tmp_path: Path) -> None:
    text = "# " + "x" * MAX_FILE_BYTES
    assert only(check("policy.route", text=text).findings) == "`policy.route` is larger than 8 MiB"
    (tmp_path / "large.route").write_text(text, encoding="utf-8")
    (tmp_path / "policy.route").write_text('policy large\nimport "./large"\nrule all -> unknown\n', encoding="utf-8")
    (finding,) = check(str(tmp_path / "policy.route")).findings
    assert finding.kind.code == "T010"
    assert finding.span.file.endswith("large.route")


def test_modules_beside_each_other(tmp_path: Path) -> None:
    for number in range(MAX_IMPORTS + 2):
        (tmp_path / f"m{number}.route").write_text(f"let l{number} = true\n", encoding="utf-8")
    imports = [f'import "./m{number}"\n' for number in range(MAX_IMPORTS + 2)]
    policy = tmp_path / "policy.route"
    rules = f"rule all when l{MAX_IMPORTS + 1} -> fail 503\nrule rest -> fail 503\n"
    policy.write_text(f"policy large\n{''.join(imports)}{rules}", encoding="utf-8")
    assert only(check(str(policy)).findings) == "this policy imports more than 256 modules"
    rules = f"rule all when l{MAX_IMPORTS - 1} -> fail 503\n"
    policy.write_text(f"policy large\n{''.join(imports[:MAX_IMPORTS])}{rules}", encoding="utf-8")
    assert check(str(policy)).findings == ()


def test_modules_that_import_each_other(tmp_path: Path) -> None:
    for number in range(MAX_IMPORTS + 50):
        (tmp_path / f"m{number}.route").write_text(f'import "./m{number + 1}"\n', encoding="utf-8")
    (tmp_path / "policy.route").write_text('policy large\nimport "./m0"\nrule all -> fail 503\n', encoding="utf-8")
    assert only(check(str(tmp_path / "policy.route")).findings) == "this policy imports more than 256 modules"


def family(count: int) -> str:
    values = ", ".join(f"r{number}" for number in range(count))
    return f"""\
enum region = {values}
request {{ home : region per session }}
upstream near[r in region] {{ provider anthropic; region r }}
pool near[r in region] {{ serve near[r] with m }}
fallback near[r in region] -> opus -> fail 503
"""


def test_values_that_a_family_ranges_over() -> None:
    findings = found(family(MAX_FAMILY + 1) + "rule all -> near[home]\n")
    assert {finding.message for finding in findings} == {"`region` has more than 1,000 values to range over"}
    assert len(findings) == 3, "one for each declaration"
    assert found(family(MAX_FAMILY) + "rule all -> near[home]\n") == ()


def test_combinations_of_alternatives_and_indexed_destinations() -> None:
    alternatives = " and ".join(f'(groups contains "a{n}" or groups contains "b{n}")' for n in range(11))
    rules = f"rule many when {alternatives} -> near[home]\nrule rest -> opus\n"
    assert only(found(family(MAX_FAMILY) + rules)) == (
        "the alternatives of `many` multiply to more than 4,096 combinations"
    )


def test_comparisons_of_a_predicate() -> None:
    many = " or ".join(["hour == 3"] * (MAX_PREDICATE + 1))
    assert only(found(f"rule all when {many} -> opus\nrule rest -> opus\n")).startswith(
        "this predicate has more than 20,000 comparisons"
    )


def test_a_long_list_is_one_comparison() -> None:
    numbers = ", ".join(str(number % 24) for number in range(30_000))
    strings = ", ".join(f'"s{number}"' for number in range(10_000))
    tenant = "request { tenant : string }\n"
    rules = f"rule a when hour not in [{numbers}] or tenant in [{strings}] -> opus\nrule rest -> opus\n"
    assert found(tenant + rules) == ()


def test_elements_of_a_set() -> None:
    elements = ", ".join(f'"e{number}"' for number in range(30_000))
    assert only(found(f"rule any when groups contains any [{elements}] -> opus\nrule rest -> opus\n")) == (
        "the alternatives of `any` multiply to more than 4,096 combinations"
    )


def test_rules_about_elements_of_a_set() -> None:
    rules = "".join(f'rule r{number} when groups contains "e{number}" -> opus\n' for number in range(600))
    assert found(rules + "rule rest -> opus\n") == ()


def test_lets_that_need_each_other() -> None:
    lets = "let l0 = has_tools\n" + "".join(f"let l{n} = not l{n - 1}\n" for n in range(1, 2_000))
    assert only(found(lets + "rule all when l1999 -> opus\nrule rest -> opus\n")).startswith(
        "this predicate nests more than 128 levels"
    )


def test_a_circle_of_many_lets() -> None:
    lets = "".join(f"let l{n} = l{(n + 1) % 2_000}\n" for n in range(2_000))
    assert only(found(lets + "rule all when l0 -> opus\nrule rest -> opus\n"), "T003").count("→") <= 20


@pytest.mark.parametrize(("depth", "findings"), [(MAX_DEPTH, 0), (MAX_DEPTH + 1, 1), (5_000, 1)])
def test_withins(depth: int, findings: int) -> None:
    rules = "".join(f"within w{n} when hour >= {n % 24} {{\n" for n in range(depth))
    rules += "rule inner -> opus\n" + "}\n" * depth + "rule rest -> opus\n"
    assert [finding.kind.code for finding in found(rules)] == ["T010"] * findings


def test_columns_of_a_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lower, "MAX_COLUMNS", 3)
    rules = "".join(f"rule r{hour} when hour == {hour} -> opus\n" for hour in range(24))
    assert only(found(rules)) == "up to here the policy needs more than 3 columns of the decision table"


def test_many_mistakes() -> None:
    findings = found("rule when\n" * 1_000 + "rule rest -> opus\n")
    assert {finding.kind.code for finding in findings} == {"T001"}
    assert len(findings) <= 51
    assert "more" in "".join(findings[-1].notes)


def test_a_dead_rule_is_found_though_its_cover_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_long(*_: object) -> None:
        raise Incomplete

    monkeypatch.setattr(coverage, "cover", too_long)
    (finding,) = found("rule early when hour < 6 -> opus\nrule first when hour == 0 -> fail 503\nrule rest -> opus\n")
    assert finding.message.startswith("`first` is never reached: every request it holds for meets `early` first")
    assert finding.witness is not None


def test_a_search_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "MAX_STEPS", 0)
    rules = (
        'rule a when (groups contains "x" and hour < 6) or (not groups contains "x" and hour > 6) -> opus\n'
        'rule b when (groups contains "x" or has_tools) and hour != 6 -> opus\n'
        "rule rest when has_tools or hour > 3 -> opus\n"
    )
    findings = found(rules)
    assert {finding.kind.code for finding in findings} == {"S504"}
    assert all("was not decided: it takes more than" in finding.message for finding in findings)
    assert any(finding.message.startswith("whether every request meets a rule") for finding in findings)

"""``--format junit`` of ``check`` and ``test``: valid by Jenkins's schema, and as CI systems count."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from interlock.cli.render.junit import check_suites, junit
from interlock.cli.report import Report
from interlock.dsl.finding import Finding, Kind, Severity
from interlock.dsl.source import Source, Span
from tests.cli.conftest import BROKEN, POLICY, UNREACHABLE, Cli, spawn
from tests.cli.test_test import FAILING, PASSING

SCHEMA = xmlschema.XMLSchema(str(Path(__file__).parent.parent / "schemas" / "junit-10.xsd"))

Cases = dict[str, str]
"""What became of each case, by name."""


def read(document: str) -> dict[str, Cases]:
    """The suites of a valid report, by name; the numbers in it are those of what it holds."""
    SCHEMA.validate(document)
    root = ElementTree.fromstring(document.encode())
    suites: dict[str, Cases] = {}
    totals = [0, 0, 0]
    for suite in root:
        cases: Cases = {}
        for case in suite:
            assert case.get("name") not in cases, "CI systems take cases of one name for one case"
            cases[case.get("name") or ""] = case[0].tag if len(case) else "passed"
        assert _numbers(suite.attrib) == [len(cases), *(list(cases.values()).count(s) for s in ("failure", "error"))]
        assert int(suite.get("skipped") or 0) == list(cases.values()).count("skipped")
        totals = [total + number for total, number in zip(totals, _numbers(suite.attrib), strict=True)]
        suites[suite.get("name") or ""] = cases
    assert _numbers(root.attrib) == totals
    return suites


def _numbers(attributes: Mapping[str, str]) -> list[int]:
    return [int(attributes[name]) for name in ("tests", "failures", "errors")]


def only(document: str) -> ElementTree.Element:
    """The one failure, error or skip of a report."""
    (element,) = (inside for case in ElementTree.fromstring(document.encode()).iter("testcase") for inside in case)
    return element


def test_a_suite_for_each_file_a_case_for_each_finding(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    (folder / "team").mkdir()
    (folder / "team" / "b.route").write_text(UNREACHABLE)
    ran = cli("check", ".", "--format", "junit")
    assert ran.code == 1
    assert read(ran.out) == {
        "a.route": {"no findings": "passed"},
        "team/b.route": {"R101 unreachable-rule: rule huge": "failure"},
    }
    root = ElementTree.fromstring(ran.out.encode())
    assert [case.get("classname") for case in root.iter("testcase")] == ["a", "team/b"]
    failure = only(ran.out)
    assert failure.get("type") == "error"
    assert (failure.get("message") or "").startswith("`huge` is never reached")
    assert (failure.text or "").startswith("error[R101] unreachable-rule: `huge` is never reached")
    assert "--> team/b.route:25:6" in (failure.text or "")
    assert (failure.text or "").isascii()


def test_what_does_not_fail_the_check_is_skipped(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY.replace("region r }", 'region r; endpoint "http://egress.internal" }'))
    ran = cli("check", "a.route", "--format", "junit")
    assert ran.code == 0
    assert list(read(ran.out)["a.route"].values()) == ["skipped"]
    ran = cli("check", "a.route", "--format", "junit", "--fail-on", "warning")
    assert ran.code == 1
    assert list(read(ran.out)["a.route"].values()) == ["failure"]


@pytest.mark.parametrize(
    ("fail_on", "expected"),
    [
        ("error", ["failure", "skipped", "skipped"]),
        ("warning", ["failure", "failure", "skipped"]),
        ("info", ["failure", "failure", "failure"]),
    ],
)
def test_severities(fail_on: Severity, expected: list[str]) -> None:
    found = tuple(("a.route", finding(level)) for level in ("error", "warning", "info"))
    document = junit("check", check_suites(Report(found, ("a.route",), fail_on={"a.route": fail_on})))
    assert list(read(document)["a.route"].values()) == expected
    root = ElementTree.fromstring(document.encode())
    assert [case[0].get("type") for case in root.iter("testcase")] == ["error", "warning", "info"]


def finding(level: Severity = "error", text: str = "rule a -> b\nrule c -> d\n", message: str = "m") -> Finding:
    """A finding about the second rule."""
    start = text.index("c ->")
    return Finding(Kind("X001", "a-slug", level, ""), message, Span(Source("a.route", text), start, start + 1), "")


def test_equal_findings_have_different_names() -> None:
    twice = finding()
    document = junit("check", check_suites(Report((("a.route", twice), ("a.route", twice)), ())))
    assert list(read(document)["a.route"]) == ["X001 a-slug: rule c", "X001 a-slug: rule c (2)"]


def test_what_xml_cannot_say_is_replaced() -> None:
    odd = finding(message='\x00\x1b[1m <&"\ud800\ufffe] ä\n', text="# \x00 < \x0b ]]> \ud800\nrule c -> d\n")
    (case,) = read(junit("check", check_suites(Report((("a.route", odd),), ("<&>\x01.route",)))))["a.route"].items()
    assert case == ("X001 a-slug: rule c", "failure")


def test_standard_input(cli: Cli) -> None:
    assert read(cli("check", "-", "--format", "junit", stdin=POLICY).out) == {"<stdin>": {"no findings": "passed"}}
    ran = cli("check", "-", "--format", "junit", stdin=BROKEN)
    assert read(ran.out) == {"<stdin>": {"T002 unknown-name: rule big": "failure"}}


def test_what_cannot_be_read_is_an_error(cli: Cli, folder: Path) -> None:
    ran = cli("check", "nothing.route", "--format", "junit")
    assert ran.code == 2
    assert read(ran.out) == {"nothing.route": {"can be read": "error"}}
    assert only(ran.out).get("message") == "cannot read `nothing.route`: there is no such file"


def test_any_encoding_of_the_output_will_do(folder: Path) -> None:
    (folder / "ä.route").write_text(UNREACHABLE)
    for encoding in ("utf-8", "ascii", "latin-1"):
        done = spawn("check", ".", "--format", "junit", environment={"PYTHONIOENCODING": encoding})
        assert read(done.stdout.decode("utf-8")) == {"ä.route": {"R101 unreachable-rule: rule huge": "failure"}}


def test_tests(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY + PASSING + FAILING)
    (folder / "b.route").write_text(POLICY + PASSING)
    (folder / "none.route").write_text(POLICY)
    ran = cli("test", ".", "--format", "junit")
    assert ran.code == 1
    passing = {"a big one goes west when the east is down": "passed", "an invalid request": "passed"}
    assert read(ran.out) == {
        "a.route": passing | dict.fromkeys(("wrong pool", "wrong rule", "wrong message"), "failure"),
        "b.route": passing,
    }
    failures = list(ElementTree.fromstring(ran.out.encode()).iter("failure"))
    assert failures[0].get("message") == "expected large[us_east], got small[us_east] by rule otherwise"
    assert failures[1].get("message") == "expected small[us_east] by rule big, got small[us_east] by rule otherwise"
    assert (failures[2].get("message") or "").startswith(
        'expected fail 503 "other" after overloaded, timeout, got fail 503 "every region is down" by rule big; expected'
    )
    assert (failures[2].text or "").count("--> a.route:") == 2
    assert "why: interlock explain a.route" in (failures[2].text or "")


def test_tests_that_cannot_run_are_errors(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(BROKEN + PASSING)
    (folder / "b.route").write_text(POLICY + PASSING)
    ran = cli("test", "a.route", "b.route", "nothing.route", "--format", "junit")
    assert ran.code == 2
    suites = read(ran.out)
    assert suites["a.route"] == suites["nothing.route"] == {"can be tested": "error"}
    assert set(suites["b.route"].values()) == {"passed"}


def test_no_tests_at_all_are_a_valid_report(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    ran = cli("test", "a.route", "--format", "junit")
    assert (ran.code, read(ran.out)) == (0, {})

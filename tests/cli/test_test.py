"""``interlock test``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import BROKEN, POLICY, Cli

PASSING = """
test "a big one goes west when the east is down" {
    request { input_tokens: 50K, session_id: "s" }
    expect large[us_east] by big
    expect large[us_west] after overloaded
    expect fail 503 after overloaded, timeout
    expect fail 503 "every region is down" by big after overloaded, timeout
}
test "an invalid request" { request { input_tokens: -1, session_id: "s" }; expect fail 400 }
"""
FAILING = """
test "wrong pool" { request { input_tokens: 1, session_id: "s" }; expect large[us_east] }
test "wrong rule" { request { input_tokens: 1, session_id: "s" }; expect small[us_east] by big }
test "wrong message" {
    request { input_tokens: 50K, session_id: "s" }
    expect large[us_east]
    expect fail 503 "other" after overloaded, timeout
    expect fail 502 after overloaded, timeout
}
"""


def test_passing(cli: Cli) -> None:
    Path("a.route").write_text(POLICY + PASSING)
    ran = cli("test", "a.route")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "a.route\n  ✓ a big one goes west when the east is down\n  ✓ an invalid request\n2 tests passed in 1 file\n"
    )


def test_failing(cli: Cli) -> None:
    Path("a.route").write_text(POLICY + PASSING + FAILING)
    ran = cli("test", "a.route")
    assert (ran.code, ran.err) == (1, "")
    assert "  ✗ wrong pool\n" in ran.out
    assert "got small[us_east] by rule otherwise" in ran.out
    assert 'got fail 503 "every region is down" by rule big' in ran.out
    assert ran.out.count("┌─ a.route:") == 4
    assert ran.out.endswith("2 tests passed, 3 failed in 1 file\n")


def test_the_line_that_a_failure_offers_can_be_run(cli: Cli) -> None:
    import shlex

    Path("a.route").write_text(POLICY + FAILING)
    lines = [line.strip() for line in cli("test", "a.route").out.splitlines()]
    for line in (line.removeprefix("why: interlock ") for line in lines if line.startswith("why: ")):
        assert cli(*shlex.split(line)).code == 0


def test_json(cli: Cli) -> None:
    Path("a.route").write_text(POLICY + PASSING + FAILING)
    ran = cli("test", "a.route", "--format", "json")
    assert ran.code == 1
    said = json.loads(ran.out)
    assert said["summary"] == {"tests": 5, "passed": 2, "failed": 3}
    assert [test["passed"] for test in said["tests"]] == [True, True, False, False, False]
    wrong = said["tests"][4]
    assert list(wrong) == ["title", "file", "start", "end", "passed", "expectations"]
    assert [e["passed"] for e in wrong["expectations"]] == [True, False, False]
    first, second, _ = wrong["expectations"]
    assert first["expected"] == {"pool": "large[us_east]", "fail": None, "rule": None, "after": []}
    assert second["expected"]["fail"] == {"status": 503, "message": "other"}
    assert second["expected"]["after"] == ["overloaded", "timeout"]
    assert second["got"]["fail"] == {"status": 503, "message": "every region is down"}


def test_files_without_tests_say_so(cli: Cli) -> None:
    Path("a.route").write_text(POLICY)
    Path("m.route").write_text("enum colour = red, green\n")
    ran = cli("test", ".")
    assert (ran.code, ran.out) == (0, "0 tests passed in 0 files\n")
    assert ran.err == "a.route has no tests\nm.route is a module: it has nothing to test\n"


def test_one_broken_file_does_not_stop_the_rest(cli: Cli) -> None:
    Path("a.route").write_text(BROKEN + PASSING)
    Path("b.route").write_text(POLICY + PASSING)
    ran = cli("test", "a.route", "b.route", "nothing.route")
    assert ran.code == 2
    assert "error[T002]" in ran.err
    assert "cannot read `nothing.route`" in ran.err
    assert ran.out.endswith("2 tests passed in 1 file\n")

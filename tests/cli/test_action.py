"""action.yml: valid by GitHub's schema, and its steps do what they say, in an environment like a runner's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import POLICY, UNREACHABLE
from tests.cli.runner import ROOT, Runner


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner with an empty workspace."""
    return Runner(tmp_path, ROOT / "action.yml")


def test_it_is_valid() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.github-actions",
            str(ROOT / "action.yml"),
        ],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout


def test_other_actions_are_pinned_to_a_commit(runner: Runner) -> None:
    used = [step["uses"] for step in runner.steps if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) for action in used)


def test_findings(runner: Runner) -> None:
    (runner.workspace / "a.route").write_text(UNREACHABLE)
    runner.run()
    assert (runner.failed, runner.code) == ("Result", 1)
    assert runner.outputs["check"]["exit-code"] == "1"
    (annotation,) = runner.annotations
    assert annotation.startswith("::error file=a.route,line=25,endLine=25,")
    upload = runner.used["github/codeql-action/upload-sarif"]
    assert upload["category"] == "interlock"
    (result,) = json.loads(Path(upload["sarif_file"]).read_text(encoding="utf-8"))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a.route"
    summary = runner.summary.read_text(encoding="utf-8")
    assert summary.startswith("### interlock check\n\n~~~~~~text\nerror[R101] unreachable-rule: ")
    assert summary.endswith("\n1 error in 1 file\n\n~~~~~~\n")


def test_nothing_found(runner: Runner) -> None:
    (runner.workspace / "a.route").write_text(POLICY)
    runner.run()
    assert (runner.failed, runner.annotations) == (None, [])
    assert runner.outputs["check"]["exit-code"] == "0"
    # Uploaded all the same: that is how code scanning learns what is fixed.
    assert "github/codeql-action/upload-sarif" in runner.used
    assert "no findings in 1 file" in runner.summary.read_text()
    assert "no findings in 1 file" in runner.log


def test_what_cannot_be_read(runner: Runner) -> None:
    (runner.workspace / "a.route").write_text(UNREACHABLE)
    runner.run(files="a.route\nnothing.route\n")
    assert (runner.failed, runner.code) == ("Result", 2)
    assert "cannot read `nothing.route`" in runner.summary.read_text()
    assert [line.split("::")[1].split()[0] for line in runner.annotations] == ["error", "error"]
    assert "github/codeql-action/upload-sarif" in runner.used


def test_nothing_to_check(runner: Runner) -> None:
    runner.run()
    assert (runner.failed, runner.code) == ("Result", 2)
    assert "github/codeql-action/upload-sarif" not in runner.used, "there is nothing to upload"
    assert "there is no `.route` file in `.`" in runner.log


def test_inputs(runner: Runner) -> None:
    (runner.workspace / "sub dir").mkdir()
    (runner.workspace / "sub dir" / "a.route").write_text(
        POLICY.replace("region r }", 'region r; endpoint "http://egress.internal" }')
    )
    runner.run(files="sub dir", options="\n--fail-on=warning\n--select\nS,R\n", upload="false", annotations="false")
    assert (runner.failed, runner.code) == ("Result", 1)
    assert "warning[S502]" in runner.log
    assert runner.annotations == []
    assert "github/codeql-action/upload-sarif" not in runner.used


def test_inputs_are_never_run(runner: Runner) -> None:
    runner.run(files='$(touch broken)\n"; touch broken; "\n--help', options="`touch broken`")
    assert (runner.failed, runner.code) == ("Result", 2)
    assert not (runner.workspace / "broken").exists()


def test_what_is_printed_is_no_command(runner: Runner) -> None:
    (runner.workspace / "a.route").write_text(UNREACHABLE)
    runner.run(annotations="false")
    assert "error[R101]" in runner.log
    stopped = re.search(r"(?ms)^::stop-commands::(\S+)$(.*?)^::\1::$", runner.log)
    assert stopped
    assert "error[R101]" in stopped[2]


@pytest.mark.parametrize(("package", "expected"), [("", str(ROOT)), ("interlock==1.2.3", "interlock==1.2.3")])
def test_what_is_installed(runner: Runner, package: str, expected: str) -> None:
    (runner.workspace / "a.route").write_text(POLICY)
    runner.run(package=package)
    assert (runner.temp / "asked").read_text().splitlines() == [
        *("-m", "venv", str(runner.temp / "interlock")),
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", expected),
    ]
    assert runner.used["actions/setup-python"]["python-version"] == "3.13"

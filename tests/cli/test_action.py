"""action.yml: valid by GitHub's schema, and its steps do what they say, in an environment like a runner's.

``Runner`` stands for GitHub: it fills in expressions, runs the shell steps as the runner does, and notes which other
actions would run, with what.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.cli.conftest import POLICY, UNREACHABLE

ROOT = Path(__file__).parent.parent.parent
ACTION = YAML(typ="safe", pure=True).load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]

_FAKE_PYTHON = """\
#!/usr/bin/env bash
# Stands for Python and for pip: notes what it is asked, and makes an environment out of the one the tests run in.
printf '%s\\n' "$@" >> "$RUNNER_TEMP/asked"
if [ "$2" = venv ]; then
  mkdir -p "$3/bin"
  cp "$0" "$3/bin/python"
  ln -s INTERLOCK "$3/bin/interlock"
fi
""".replace("INTERLOCK", str(Path(sys.executable).with_name("interlock")))


@dataclass
class Runner:
    """One run of the action in a workspace."""

    folder: Path
    inputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: str | None = None
    code: int = 0

    def __post_init__(self) -> None:
        self.workspace, self.temp = self.folder / "work space", self.folder / "temp"
        self.workspace.mkdir()
        self.temp.mkdir()
        (self.folder / "python").write_text(_FAKE_PYTHON)
        (self.folder / "python").chmod(0o755)
        self.outputs["python"] = {"python-path": str(self.folder / "python")}
        self.summary = self.folder / "summary"

    def run(self, **inputs: str) -> Runner:
        """Run all steps, with these inputs; those not given have their defaults."""
        self.inputs = {name: str(about["default"]) for name, about in ACTION["inputs"].items()}
        assert set(inputs) <= set(self.inputs)
        self.inputs |= inputs
        for step in STEPS:
            if "if" in step and not self.holds(step["if"]):
                continue
            if "uses" in step:
                action = step["uses"].partition("@")[0]
                self.used[action] = {name: self.filled(str(value)) for name, value in step["with"].items()}
            elif not self.shell(step):
                break
        return self

    def shell(self, step: dict[str, Any]) -> bool:
        """Run a step's script as the runner does, and read what it wrote for the steps after it."""
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "what comes from outside reaches a script only as a variable"
        output = self.folder / "output"
        output.write_text("")
        environment = {
            "PATH": os.environ["PATH"],
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            **{name: self.filled(value) for name, value in step["env"].items()},
        }
        script = self.folder / "script.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        self.log += done.stdout + done.stderr
        self.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in output.read_text().splitlines())
        if done.returncode:
            self.failed, self.code = step["name"], done.returncode
        return done.returncode == 0

    def holds(self, condition: str) -> bool:
        """The few conditions that the action has."""
        for part in condition.split(" && "):
            left, relation, right = re.fullmatch(r"(\S+) (==|!=) '(.*)'", part).groups()  # type: ignore[union-attr]
            if (self.value(left) == right) != (relation == "=="):
                return False
        return True

    def filled(self, text: str) -> str:
        """A text with the values of its expressions."""
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda match: self.value(match[1]), text)

    def value(self, expression: str) -> str:
        """The value of ``inputs.X`` or ``steps.ID.outputs.X``; as with GitHub, nothing for an output never written."""
        match expression.split("."):
            case ["inputs", name]:
                return self.inputs[name]
            case ["steps", step, "outputs", name]:
                assert any(other.get("id") == step for other in STEPS)
                return self.outputs.get(step, {}).get(name, "")
        raise AssertionError(f"no such context: {expression}")

    @property
    def annotations(self) -> list[str]:
        """The workflow commands in the log that annotate, those that the runner was told not to read left out."""
        read = re.sub(r"(?ms)^::stop-commands::(\S+)$.*?^::\1::$", "", self.log)
        return re.findall(r"(?m)^::(?:error|warning|notice) .*$", read)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner with an empty workspace."""
    return Runner(tmp_path)


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


def test_other_actions_are_pinned_to_a_commit() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
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

"""GitHub's runner for a composite action: it fills in expressions, runs the shell steps as the runner does, and notes
which other actions would run, with what."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent.parent


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
    """One run of an action, which lies in a file, in a workspace. ``context`` has what else expressions name;
    ``variables`` more of the environment."""

    folder: Path
    action: Path
    context: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
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

    @cached_property
    def read(self) -> dict[str, Any]:
        """The action."""
        found: dict[str, Any] = YAML(typ="safe", pure=True).load(self.action.read_text(encoding="utf-8"))
        return found

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Its steps."""
        found: list[dict[str, Any]] = self.read["runs"]["steps"]
        return found

    def run(self, **inputs: str) -> Runner:
        """Run all steps, with these inputs; those not given have their defaults."""
        self.inputs = {name: self.filled(str(about["default"])) for name, about in self.read["inputs"].items()}
        assert set(inputs) <= set(self.inputs)
        self.inputs |= inputs
        for step in self.steps:
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
            "GITHUB_ACTION_PATH": str(self.action.parent),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            **self.variables,
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
                assert any(other.get("id") == step for other in self.steps)
                return self.outputs.get(step, {}).get(name, "")
        assert expression in self.context, f"no such context: {expression}"
        return self.context[expression]

    @property
    def annotations(self) -> list[str]:
        """The workflow commands in the log that annotate, those that the runner was told not to read left out."""
        read = re.sub(r"(?ms)^::stop-commands::(\S+)$.*?^::\1::$", "", self.log)
        return re.findall(r"(?m)^::(?:error|warning|notice) .*$", read)

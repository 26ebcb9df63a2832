"""`python -m tests.gateways`: every part runs; what fails, hangs or could not be tried is told."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.gateways import __main__ as gateways
from tests.gateways.logs import whole_lines
from tests.gateways.parts import AT_ONCE, Done, run

FOLDER = Path(gateways.__file__).parent


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_every_module_that_compares_is_a_part() -> None:
    comparing = {file.stem for file in FOLDER.glob("*.py") if "\ndef main(" in file.read_text("utf-8")}
    assert comparing - {"__main__", "litellm_proxy"} == set(gateways.PARTS)
    assert {name for part in gateways.PARTS.values() for name in part.installs} == set(gateways.INSTALLED)


def test_each_command_ends_with_its_output_and_whether_it_failed(tmp_path: Path) -> None:
    code = "import sys, time; time.sleep({0} % 3 / 10); print('part {0}'); sys.exit({0} % 2)"
    commands = {str(number): python(code.format(number)) for number in range(2 * AT_ONCE + 1)}
    found = {done.name: done for done in run(commands, tmp_path)}
    wanted = {name: (int(name) % 2 == 1, f"part {name}\n") for name in commands}
    assert {name: (done.failed, done.output) for name, done in found.items()} == wanted


def test_each_command_has_ports_of_its_own(tmp_path: Path) -> None:
    code = "from tests.gateways.mock import closed_port; print(*(closed_port() for _ in range(40)))"
    commands = {str(number): python(code) for number in range(4)}
    ports = [int(port) for done in run(commands, FOLDER.parents[1]) for port in done.output.split()]
    assert len(set(ports)) == len(ports) == 160
    assert max(ports) < 32_768, "the system gives these to others"


def test_a_command_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    code = f"import subprocess; print('at it', flush=True); subprocess.run([{sys.executable!r}, '-c', '{WAITING}'])"
    (done,) = run({"hangs": python(code)}, tmp_path, patience=1)
    assert done.failed
    assert done.output.startswith("at it\n")
    assert done.output.endswith("ended after 1 s")
    written = (tmp_path / "alive").read_text()
    time.sleep(0.3)
    assert (tmp_path / "alive").read_text() == written


WAITING = """
import time
for _ in range(600):
    open("alive", "w").write(str(time.time()))
    time.sleep(0.05)
""".strip().replace("\n", "\\n")


def test_those_that_run_are_ended_when_nobody_waits(tmp_path: Path) -> None:
    started = time.monotonic()
    for done in run({"quick": python(""), "slow": python("import time; time.sleep(60)")}, tmp_path):
        assert done.name == "quick"
        break
    assert time.monotonic() - started < 30


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The commands that would have run; none is."""
    asked: dict[str, list[str]] = {}

    def nothing(commands: Mapping[str, Sequence[str]], folder: Path) -> list[Done]:
        asked.update({name: list(command[3:]) for name, command in commands.items()})
        return [Done(name, name in FAILING, 1.0, "all\n3 comparisons") for name in commands]

    monkeypatch.setattr(gateways, "run", nothing)
    monkeypatch.setattr(gateways, "INSTALLED", dict.fromkeys(gateways.INSTALLED, lambda: None))
    monkeypatch.setattr("shutil.which", lambda program: f"/bin/{program}")
    monkeypatch.delenv("CI", raising=False)
    return asked


FAILING = ("envoy_emit",)


def test_quick_asks_every_part(told: dict[str, list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    assert gateways.main(["--quick"]) == 1
    assert told == {name: list(part.quick) for name, part in gateways.PARTS.items()}
    said = capsys.readouterr()
    assert "ok    envoy, 1 s: 3 comparisons\n" in said.out
    assert "\nall\n3 comparisons\n\nFAIL  envoy_emit, 1 s: 3 comparisons\n" in said.out
    assert said.err == "failed: envoy_emit\n"
    assert said.out.endswith(f"\n{len(told) - 1} passed, 1 failed, 0 skipped\n")


def test_only_some_run(told: dict[str, list[str]]) -> None:
    assert gateways.main(["--only", "envoy", "litellm"]) == 0
    assert told == {"litellm": [], "envoy": []}


@pytest.mark.parametrize("ci", [False, True])
def test_what_cannot_be_set_up_is_named_and_fails_in_ci(
    ci: bool, told: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def offline() -> None:
        raise subprocess.CalledProcessError(1, ["uv", "pip", "install"])

    monkeypatch.setattr(gateways, "INSTALLED", {**gateways.INSTALLED, "litellm": offline, "portkey": pytest.fail})
    monkeypatch.setattr("shutil.which", lambda program: None if program == "node" else f"/bin/{program}")
    monkeypatch.setenv("CI", "true" if ci else "")
    assert gateways.main(["--only", "portkey", "litellm", "envoy"]) == int(ci)
    assert told == {"envoy": []}
    said = capsys.readouterr()
    assert "!!! NOT TESTED: portkey: there is no node on the PATH\n" in said.err
    assert "!!! NOT TESTED: litellm: litellm cannot be installed: Command '['uv', 'pip', 'install']'" in said.err
    assert said.out.endswith("1 passed, 0 failed, 2 skipped\n")


def test_a_line_that_is_being_written_is_not_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert whole_lines(log) == []
    for text, lines in (("", []), ('{"a"', []), ('{"a": 1}\n', ['{"a": 1}']), ('{"a": 1}\n{"', ['{"a": 1}'])):
        log.write_text(text)
        assert whole_lines(log) == lines

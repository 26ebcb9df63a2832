"""The command as a whole: exit codes, what it does not import, and how it ends when something goes wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from interlock.cli.commands import check
from tests.cli.conftest import POLICY, Cli, spawn


def test_version(cli: Cli) -> None:
    assert cli("--version").out == "interlock 0.1.0\n"


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["decide", "-h"], ["rule", "--help"]])
def test_help_is_a_result(cli: Cli, words: list[str]) -> None:
    ran = cli(*words)
    assert ran.code == 0
    assert "Usage: interlock" in ran.out


@pytest.mark.parametrize(
    "words", [["chekc", "x.route"], ["check"], ["check", "--colour", "x"], ["check", "x", "--format", "xml"]]
)
def test_usage_errors_give_exit_2(cli: Cli, words: list[str]) -> None:
    ran = cli(*words)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("Usage: interlock")


def test_an_unexpected_exception_is_one_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("a\nb")

    monkeypatch.setattr(check, "settings_of", broken)
    ran = cli("check", "x.route")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: internal error: KeyError: 'a\\nb' (this is a bug of interlock;")
    assert ran.err.count("\n") == 1
    monkeypatch.setenv("INTERLOCK_TRACEBACK", "1")
    assert "Traceback" in cli("check", "x.route").err


def test_starting_imports_nothing_heavy() -> None:
    code = "import sys, interlock.cli.app as a; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {
        "rich",
        "lark",
        "jinja2",
        "pydantic",
        "hashlib",
        "interlock.dsl.policy",
        "interlock.compiler.pipeline",
    }
    assert heavy.isdisjoint(loaded)


def test_checking_imports_nothing_that_only_others_need(folder: Path) -> None:
    Path("x.route").write_text(POLICY)
    code = (
        "import sys, atexit; atexit.register(lambda: print(' '.join(sys.modules), file=sys.stderr))\n"
        "from interlock.cli.app import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code, "check", "x.route"], capture_output=True, text=True, check=True)
    # typer from 0.29 on converts every argument with pydantic, which takes longer to import than checking.
    assert {"rich", "jinja2", "pydantic"}.isdisjoint(done.stderr.split())


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = f"{sys.executable} -m interlock rule | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] in ("0", "141")


def test_a_full_disk_is_said(folder: Path) -> None:
    Path("x.route").write_text(POLICY)
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m interlock check x.route >/dev/full"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (2, "error: no space left on device\n")


def test_a_closed_output_is_no_crash(folder: Path) -> None:
    Path("x.route").write_text(POLICY)
    for redirection in (">&-", ">&- 2>&-"):
        command = f"{sys.executable} -m interlock check x.route {redirection}"
        assert subprocess.run(["bash", "-c", command], stderr=subprocess.PIPE).returncode == 0


def test_interrupting_is_quiet(folder: Path) -> None:
    Path("x.route").write_text(POLICY)
    process = subprocess.Popen(
        [sys.executable, "-m", "interlock", "decide", "x.route", "--requests", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"{}\n")
    process.stdin.flush()
    # The answer comes at once, though more requests may follow.
    assert json.loads(process.stdout.readline())["invalid"]["reason"] == "missing"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, b"")


def test_output_that_cannot_be_encoded_is_escaped(folder: Path) -> None:
    Path("x.route").write_text(POLICY.replace("rule big", 'rule big when home == "ö→🚀" -> small[home]\nrule bog'))
    ascii_only = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = spawn("check", "x.route", environment=ascii_only)
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert "-->" in done.stdout.decode()
    done = spawn("check", "x.route", "--format", "json", environment=ascii_only)
    assert "ö→🚀" in json.loads(done.stdout.decode("ascii"))["findings"][0]["message"]


def test_colour_only_where_wanted(folder: Path) -> None:
    Path("x.route").write_text(POLICY)
    assert b"\x1b[" not in spawn("check", "x.route").stdout
    assert b"\x1b[" in spawn("check", "x.route", "--color", "always").stdout


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("environment", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_on_a_terminal(folder: Path, environment: dict[str, str], colored: bool) -> None:
    Path("x.route").write_text(POLICY)
    parent, child = os.openpty()
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run(
        [sys.executable, "-m", "interlock", "check", "x.route"],
        stdout=child,
        env={**clean, "TERM": "xterm", **environment},
        check=True,
    )
    os.close(child)
    assert (b"\x1b[" in os.read(parent, 10_000)) is colored
    os.close(parent)

"""``interlock compile``."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from interlock.compiler import verify
from interlock.runtime import load
from tests.cli.conftest import BROKEN, POLICY, UNREACHABLE, Cli


@pytest.fixture(autouse=True)
def policy(folder: Path) -> None:
    Path("a.route").write_text(POLICY)


def test_the_table_is_named_after_the_policy(cli: Cli) -> None:
    ran = cli("compile", "a.route")
    assert (ran.code, ran.out) == (0, "")
    table = load("sizes.table.json")
    assert ran.err.startswith("wrote sizes.table.json: 2 rules, ")
    assert ran.err.endswith(f"version {table.version[:12]}\n")
    assert ran.err.count("\n") == 1
    assert sorted(os.listdir()) == ["a.route", "sizes.table.json"]


def test_the_same_bytes_wherever_it_is_written(cli: Cli) -> None:
    cli("compile", "a.route", "-o", "one.json")
    ran = cli("compile", "a.route", "-o", "-")
    assert ran.code == 0
    assert ran.out == Path("one.json").read_text()
    Path("sub").mkdir()
    Path("sub/a.route").write_text(POLICY)
    cli("compile", "sub/a.route", "-o", "two.json")
    assert Path("two.json").read_bytes() == Path("one.json").read_bytes()


def test_a_policy_with_errors_writes_nothing(cli: Cli) -> None:
    for text, code in ((UNREACHABLE, "R101"), (BROKEN, "T002")):
        Path("b.route").write_text(text)
        ran = cli("compile", "b.route")
        assert (ran.code, ran.out) == (1, "")
        assert f"error[{code}]" in ran.err
        assert ran.err.endswith("1 error in 1 file; nothing was written\n")
        assert not Path("sizes.table.json").exists()


def test_standard_input(cli: Cli) -> None:
    assert cli("compile", "-", stdin=POLICY).code == 0
    assert json.loads(Path("sizes.table.json").read_text())["policy"] == "sizes"


def test_a_table_that_differs_from_the_policy_is_not_written(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = verify.Mismatch({"input_tokens": 1}, ("timeout",), {"rule": "a"}, {"rule": "b"})
    monkeypatch.setattr(verify, "verify", lambda policy, table, progress: wrong)
    ran = cli("compile", "a.route")
    assert (ran.code, ran.out) == (2, "")
    assert 'for {"input_tokens": 1} after timeout the table says {"rule": "a"}' in ran.err
    assert not Path("sizes.table.json").exists()


@pytest.mark.parametrize("words", [["nothing.route"], ["a.route", "-o", "no/such/folder.json"], ["a.route", "-o", "."]])
def test_what_cannot_be_done_gives_exit_2(cli: Cli, words: list[str]) -> None:
    ran = cli("compile", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: cannot ")
    assert os.listdir() == ["a.route"]


def test_a_module_has_no_table(cli: Cli) -> None:
    Path("m.route").write_text("enum colour = red, green\n")
    assert cli("compile", "m.route").code == 2


def test_what_is_there_is_replaced_in_one_step_and_keeps_its_mode(cli: Cli) -> None:
    Path("real.json").write_text("old")
    os.chmod("real.json", 0o640)
    os.symlink("real.json", "link.json")
    assert cli("compile", "a.route", "-o", "link.json").code == 0
    assert os.path.islink("link.json")
    assert Path("real.json").read_text().startswith("{")
    assert stat.S_IMODE(os.stat("real.json").st_mode) == 0o640
    assert cli("compile", "a.route", "-o", "/dev/null").code == 0
    assert not stat.S_ISREG(os.stat("/dev/null").st_mode)

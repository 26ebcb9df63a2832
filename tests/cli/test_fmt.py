"""``interlock fmt``."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import POLICY, Cli

MESSY = "policy   p\r\nrule otherwise->fail   503 # why\r\n"


@pytest.fixture
def tidy(cli: Cli) -> str:
    """``MESSY`` as it should be."""
    ran = cli("fmt", "-", stdin=MESSY)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def test_standard_input_goes_to_standard_output(tidy: str, cli: Cli) -> None:
    assert tidy.startswith("policy p\n")
    assert "# why" in tidy
    assert "\r" not in tidy
    assert cli("fmt", "-", stdin=tidy).out == tidy


def test_files_are_changed_in_place(cli: Cli, tidy: str) -> None:
    Path("a.route").write_text(MESSY, newline="")
    Path("b.route").write_text(tidy, newline="")
    os.chmod("a.route", 0o600)
    before = os.stat("b.route")
    ran = cli("fmt", ".")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "reformatted a.route\n1 file reformatted, 1 file left as it is\n"
    assert Path("a.route").read_bytes() == tidy.encode()
    assert stat.S_IMODE(os.stat("a.route").st_mode) == 0o600
    assert os.stat("b.route").st_ino == before.st_ino
    assert sorted(os.listdir()) == ["a.route", "b.route"]


def test_check_changes_nothing(cli: Cli, tidy: str) -> None:
    Path("a.route").write_text(MESSY, newline="")
    ran = cli("fmt", "--check", "a.route")
    assert (ran.code, ran.out, ran.err) == (1, "would reformat a.route\n", "1 file would be reformatted\n")
    assert Path("a.route").read_bytes() == MESSY.encode()
    Path("a.route").write_text(tidy)
    assert cli("fmt", "--check", "a.route").code == 0
    assert cli("fmt", "--check", "-", stdin=MESSY).code == 1


def test_diff_shows_what_would_change(cli: Cli) -> None:
    Path("a.route").write_text(MESSY, newline="")
    ran = cli("fmt", "--diff", "a.route")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[:2] == ["--- a.route (now)", "+++ a.route (formatted)"]
    assert "+policy p" in lines
    assert Path("a.route").read_bytes() == MESSY.encode()


def test_broken_files_stay_as_they_are(cli: Cli) -> None:
    broken = "policy p\nrule otherwise => fail 503\n"
    Path("a.route").write_text(broken)
    Path("b.route").write_text(MESSY, newline="")
    ran = cli("fmt", "a.route", "b.route")
    assert (ran.code, ran.out) == (2, "")
    assert "error[T001]" in ran.err
    assert "`a.route` has errors and stays as it is" in ran.err
    assert Path("a.route").read_text() == broken
    assert Path("b.route").read_bytes() != MESSY.encode()
    assert cli("fmt", "-", stdin=broken).out == ""


@pytest.mark.parametrize("data", [b"\xff\xfe", b"policy p # \xc3\x28"])
def test_what_is_no_text_is_refused(cli: Cli, data: bytes) -> None:
    Path("a.route").write_bytes(data)
    ran = cli("fmt", "a.route")
    assert (ran.code, ran.out) == (2, "")
    assert "is not UTF-8" in ran.err
    assert Path("a.route").read_bytes() == data


def test_meaning_does_not_change(cli: Cli) -> None:
    Path("a.route").write_text(POLICY)
    cli("compile", "a.route", "-o", "before.json")
    assert cli("fmt", "a.route").code == 0
    cli("compile", "a.route", "-o", "after.json")
    request = ["--request", '{"input_tokens": 7, "session_id": "s"}', "--format", "json"]
    assert cli("decide", "before.json", *request).out == cli("decide", "after.json", *request).out

"""``interlock check --fix``, ``--diff`` and ``--unsafe``."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from interlock.compiler import equivalence
from tests.cli.conftest import BROKEN, POLICY, UNREACHABLE, Cli

UNUSED = POLICY + '\n## Not used yet.\nlet later = session_id like "s-*" # soon\n'

SAME_PLACE = POLICY.replace("rule otherwise", "rule huge when input_tokens >= 80K -> large[home]\nrule otherwise")
"""With one R101, that may go as `big` leads to the same place."""

TWO = SAME_PLACE + '\n## Not used yet.\nlet later = session_id like "s-*" # soon\n'


def test_fixing_in_place(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(TWO)
    os.chmod("a.route", 0o640)
    ran = cli("check", "a.route", "--fix")
    assert (ran.code, ran.out) == (0, "no findings in 1 file\n")
    assert ran.err == "fixed 2 findings in 1 file\n"
    assert (folder / "a.route").read_text() == POLICY
    assert stat.S_IMODE(os.stat("a.route").st_mode) == 0o640
    assert [path.name for path in folder.iterdir()] == ["a.route"]


def test_a_second_time_there_is_nothing_to_do(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(TWO)
    cli("check", "a.route", "--fix")
    before = os.stat("a.route")
    ran = cli("check", "a.route", "--fix")
    assert (ran.code, ran.err) == (0, "")
    assert (os.stat("a.route").st_mtime_ns, os.stat("a.route").st_ino) == (before.st_mtime_ns, before.st_ino)


def test_what_cannot_be_fixed_is_reported(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE + "\nlet later = true\n")
    ran = cli("check", "a.route", "--fix")
    assert ran.code == 1
    assert ran.err == "fixed 1 finding in 1 file\n"
    assert "R101" in ran.out
    assert ran.out.endswith("\n1 error in 1 file\n")
    assert (folder / "a.route").read_text() == UNREACHABLE


def test_the_summary_says_what_could_be_fixed(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(TWO)
    assert cli("check", "a.route").out.endswith("\n1 error, 1 warning in 1 file, 2 fixable with `--fix`\n")
    (folder / "a.route").write_text(BROKEN)
    assert cli("check", "a.route").out.endswith("\n1 error in 1 file, 1 with `--fix --unsafe`\n")
    (folder / "a.route").write_text(UNREACHABLE)
    assert cli("check", "a.route").out.endswith("\n1 error in 1 file\n")


def test_only_what_is_looked_for_is_fixed(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(TWO)
    ran = cli("check", "a.route", "--fix", "--select", "R107")
    assert (ran.code, ran.err) == (0, "fixed 1 finding in 1 file\n")
    assert (folder / "a.route").read_text() == SAME_PLACE
    cli("check", "a.route", "--fix", "--ignore", "R101")
    assert (folder / "a.route").read_text() == SAME_PLACE


def test_what_is_allowed_stays(cli: Cli, folder: Path) -> None:
    text = UNUSED.replace("let later", "# interlock: allow unused-declaration -- next week\nlet later")
    (folder / "a.route").write_text(text)
    ran = cli("check", "a.route", "--fix")
    assert (ran.code, ran.out, ran.err) == (0, "no findings in 1 file\n", "")
    assert (folder / "a.route").read_text() == text


def test_an_allow_that_does_nothing_goes(cli: Cli, folder: Path) -> None:
    allow = "# interlock: allow unused-declaration -- next week\n"
    module = "enum colour = red, green\n"
    (folder / "a.route").write_text(POLICY.replace("enum region", f"{allow}enum region"))
    (folder / "b.route").write_text(module.replace("enum", "# interlock: allow secret-in-policy -- no\nenum"))
    ran = cli("check", "a.route", "b.route", "--fix")
    assert (ran.code, ran.err) == (0, "fixed 2 findings in 2 files\n")
    assert (folder / "a.route").read_text() == POLICY
    assert (folder / "b.route").read_text() == module


def test_a_policy_in_a_folder_finds_what_it_imports(cli: Cli, folder: Path) -> None:
    (folder / "team").mkdir()
    (folder / "team" / "shared.route").write_text("enum colour = red, green\n")
    (folder / "team" / "a.route").write_text(POLICY.replace("sizes\n", 'sizes\nimport "./shared"\n') + "let x = true\n")
    ran = cli("check", "team/a.route", "--fix")
    assert (ran.code, ran.err) == (0, "fixed 1 finding in 1 file\n")


def test_a_link_stays_one(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNUSED)
    os.symlink("a.route", "link.route")
    assert cli("check", "link.route", "--fix").code == 0
    assert (folder / "link.route").is_symlink()
    assert (folder / "a.route").read_text() == POLICY


def test_the_preview(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNUSED)
    for words in (("--diff",), ("--fix", "--diff")):
        ran = cli("check", "a.route", *words)
        assert (ran.code, ran.err) == (1, "would fix 1 finding in 1 file\n")
        lines = ran.out.splitlines()
        assert lines[:2] == ["--- a.route (now)", "+++ a.route (fixed)"]
        assert [line for line in lines[2:] if line[0] in "+-"] == [
            "-",
            "-## Not used yet.",
            '-let later = session_id like "s-*" # soon',
        ]
        assert (folder / "a.route").read_text() == UNUSED
    (folder / "a.route").write_text(POLICY)
    ran = cli("check", "a.route", "--diff")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_the_preview_shows_no_credential(cli: Cli, folder: Path) -> None:
    secret = "0123456789abcdef"
    (folder / "a.route").write_text(UNUSED.replace('"s-*"', f'"Bearer {secret}"'))
    ran = cli("check", "a.route", "--diff")
    assert ran.code == 1
    assert secret not in ran.out
    assert "let later" in ran.out


def test_the_preview_of_what_cannot_be_read(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNUSED)
    ran = cli("check", "nothing.route", "a.route", "--diff")
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "error: cannot read `nothing.route`: there is no such file or folder",
        "would fix 1 finding in 1 file",
    ]
    assert "-let later" in ran.out


def test_fixing_beside_what_cannot_be_read(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNUSED)
    ran = cli("check", "nothing.route", "a.route", "--fix")
    assert ran.code == 2
    assert "fixed 1 finding in 1 file\n" in ran.err
    assert ran.err.count("nothing.route") == 1
    assert (folder / "a.route").read_text() == POLICY


def test_standard_input(cli: Cli) -> None:
    ran = cli("check", "-", "--fix", stdin=UNUSED)
    assert (ran.code, ran.out) == (0, POLICY)
    assert ran.err == "fixed 1 finding in 1 file\nno findings in 1 file\n"
    ran = cli("check", "-", "--fix", stdin=UNREACHABLE)
    assert (ran.code, ran.out) == (1, UNREACHABLE)
    assert "R101" in ran.err
    ran = cli("check", "-", "--diff", stdin=UNUSED)
    assert (ran.code, ran.err) == (1, "would fix 1 finding in 1 file\n")
    assert ran.out.startswith("--- <stdin> (now)\n")


@pytest.mark.parametrize("data", [b"\xff\xfepolicy", b"policy", b"", b"\xef\xbb\xbf" + POLICY.encode()])
def test_standard_input_of_any_kind_comes_out_as_it_was(data: bytes, cli: Cli) -> None:
    ran = cli("check", "-", "--fix", stdin=data)
    assert ran.code in (0, 1)
    assert ran.out == data.decode("utf-8", "replace")


def test_a_mark_and_the_ends_of_lines_stay(cli: Cli, folder: Path) -> None:
    def stored(text: str) -> bytes:
        return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()

    (folder / "a.route").write_bytes(stored(UNUSED))
    assert cli("check", "a.route", "--fix").code == 0
    assert (folder / "a.route").read_bytes() == stored(POLICY)


def test_bytes_that_are_no_text_stay(cli: Cli, folder: Path) -> None:
    for data in (b"\xff\xfe" + UNUSED.encode(), UNUSED.encode() + b"# \xff\n"):
        (folder / "a.route").write_bytes(data)
        ran = cli("check", "a.route", "--fix", "--unsafe")
        assert (ran.code, ran.err) == (1, "")
        assert (folder / "a.route").read_bytes() == data


def test_misspelt_names_are_respelt_only_where_asked_for(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(BROKEN)
    assert cli("check", "a.route", "--fix").code == 1
    assert (folder / "a.route").read_text() == BROKEN
    ran = cli("check", "a.route", "--fix", "--unsafe")
    assert (ran.code, ran.err) == (0, "fixed 1 finding in 1 file\n")
    assert (folder / "a.route").read_text() == POLICY
    assert cli("check", "a.route", "--unsafe").code == 2


def test_once_nothing_is_misspelt_the_rest_is_fixed_too(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(TWO.replace("input_tokens >= 40K", "input_tokns >= 40K"))
    ran = cli("check", "a.route", "--fix", "--unsafe")
    assert (ran.code, ran.err) == (0, "fixed 3 findings in 1 file\n")
    assert (folder / "a.route").read_text() == POLICY


def test_modules_are_changed_only_where_they_are_given(cli: Cli, folder: Path) -> None:
    module = "enum colour = red, green\nrequest { paint : color per session default red }\n"
    policy = 'policy p\nimport "./colours"\n\nlet later = true\nrule red when paint == red -> fail 400\n'
    policy += "rule rest -> fail 500\n"
    (folder / "colours.route").write_text(module)
    (folder / "a.route").write_text(policy)
    ran = cli("check", "a.route", "--fix", "--unsafe")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.endswith("\n1 error in 1 file\n")
    assert (folder / "colours.route").read_text() == module
    ran = cli("check", ".", "--fix", "--unsafe")
    assert (ran.code, ran.err) == (0, "fixed 2 findings in 2 files\n")
    assert (folder / "colours.route").read_text() == module.replace("color ", "colour ")
    assert (folder / "a.route").read_text() == policy.replace("let later = true\n", "")


def test_what_cannot_be_proved_is_not_done(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equivalence, "decides_alike", lambda old, new: False)
    (folder / "a.route").write_text(SAME_PLACE)
    ran = cli("check", "a.route", "--fix")
    assert ran.code == 1
    assert ran.err == "not fixed: R101 at a.route:25:6, as it was not proved that the policy decides as before\n"
    assert (folder / "a.route").read_text() == SAME_PLACE


def test_what_was_laid_out_stays_so(cli: Cli, folder: Path) -> None:
    lets = "let one = true # one\nlet one_more_that_is_long = true # two\nlet two = true # three\n"
    text = cli("fmt", "-", stdin=SAME_PLACE.replace("rule huge when", "rule huge when two and") + lets).out
    (folder / "a.route").write_text(text)
    assert cli("check", "a.route", "--fix", "--select", "R107").code == 0
    assert "let two = true  # three\n" in (folder / "a.route").read_text()
    assert "let one" not in (folder / "a.route").read_text()
    assert cli("fmt", "--check", "a.route").code == 0


def test_the_report_after_fixing_has_any_format(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE + "\nlet later = true\n")
    ran = cli("check", "a.route", "--fix", "--format", "json")
    assert [finding["code"] for finding in json.loads(ran.out)["findings"]] == ["R101"]

"""``interlock check``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import BROKEN, POLICY, UNREACHABLE, Cli


def test_a_clean_policy(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    ran = cli("check", "a.route")
    assert (ran.code, ran.out, ran.err) == (0, "no findings in 1 file\n", "")


def test_a_finding_as_text(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    ran = cli("check", "a.route")
    assert (ran.code, ran.err) == (1, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith("error[R101] unreachable-rule: `huge` ")
    assert "    ┌─ a.route:25:6" in lines
    assert " 25 │ rule huge when input_tokens >= 80K -> small[home]" in lines
    assert "    │      ^^^^" in lines
    assert any(line.startswith("  try: interlock decide a.route --request '{") for line in lines)
    assert any(line.startswith("  help: ") for line in lines)
    assert lines[-1] == "1 error in 1 file"


def test_the_line_that_a_finding_offers_can_be_run(cli: Cli, folder: Path) -> None:
    import shlex

    (folder / "it's a.route").write_text(UNREACHABLE)
    line = next(line for line in cli("check", "it's a.route").out.splitlines() if line.startswith("  try: "))
    program, *words = shlex.split(line.removeprefix("  try: "))
    assert program == "interlock"
    ran = cli(*words)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "large[us_east]  by rule big")


def test_json_has_the_documented_form(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    ran = cli("check", "a.route", "--format", "json")
    assert ran.code == 1
    said = json.loads(ran.out)
    assert said["summary"] == {"errors": 1, "warnings": 0, "infos": 0}
    (finding,) = said["findings"]
    assert list(finding) == [
        "code", "slug", "severity", "message", "file", "start", "end", "help", "related", "witness",
    ]  # fmt: skip
    assert finding["code"] == "R101"
    assert finding["file"] == "a.route"
    assert (finding["start"], finding["end"]) == ({"line": 25, "column": 6}, {"line": 25, "column": 10})
    assert list(finding["related"][0]) == ["message", "file", "start", "end"]
    assert list(finding["witness"]) == ["requests", "after", "hops"]
    assert finding["witness"]["requests"][0]["input_tokens"] >= 80_000


def test_selecting(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    assert cli("check", "a.route", "--ignore", "R101").code == 0
    assert cli("check", "a.route", "--ignore", "unreachable-rule").code == 0
    assert cli("check", "a.route", "--select", "F,C").code == 0
    assert cli("check", "a.route", "--select", "R", "--ignore", "R102").code == 1
    ran = cli("check", "a.route", "--select", "unreachable-rul")
    assert ran.code == 2
    assert "did you mean `unreachable-rule`?" in ran.err


def test_errors_in_the_text_cannot_be_ignored(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(BROKEN)
    assert cli("check", "a.route", "--ignore", "T").code == 1
    assert cli("check", "a.route", "--select", "R101").code == 1


def test_folders_are_searched(cli: Cli, folder: Path) -> None:
    for name in ("b.route", "sub/a.route", ".hidden/c.route", "sub/.d.route"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(UNREACHABLE)
    (folder / "sub" / "module.route").write_text("enum colour = red, green\n")
    ran = cli("check", ".", "b.route", "--format", "json")
    assert [finding["file"] for finding in json.loads(ran.out)["findings"]] == ["b.route", "sub/a.route"]
    assert cli("check", "sub").out.splitlines()[-1] == "1 error in 2 files"


def test_a_finding_in_a_shared_module_is_told_once(cli: Cli, folder: Path) -> None:
    (folder / "shared.route").write_text("request { a : nothing per turn }\n")
    for name in ("a.route", "b.route"):
        (folder / name).write_text('policy p\nimport "./shared"\nrule otherwise -> fail 503\n')
    found = json.loads(cli("check", ".", "--format", "json").out)["findings"]
    assert [(finding["file"], finding["code"]) for finding in found] == [("shared.route", "T002")]


def test_standard_input(cli: Cli) -> None:
    ran = cli("check", "-", stdin=UNREACHABLE)
    assert ran.code == 1
    assert "┌─ <stdin>:25:6" in ran.out
    assert '  request: {"' in ran.out


def test_what_cannot_be_read_gives_exit_2_and_does_not_stop_the_rest(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    (folder / "empty").mkdir()
    ran = cli("check", "nothing.route", "a.route")
    assert ran.code == 2
    assert ran.err == "error: cannot read `nothing.route`: there is no such file\n"
    assert "R101" in ran.out
    ran = cli("check", "empty")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: there is no `.route` file in `empty`\n"


def test_the_root_bounds_imports(cli: Cli, folder: Path) -> None:
    (folder / "shared.route").write_text("enum colour = red, green\n")
    (folder / "team").mkdir()
    (folder / "team" / "a.route").write_text('policy p\nimport "../shared"\nrule otherwise -> fail 503\n')
    assert "T007" in cli("check", "team/a.route").out
    assert cli("check", "team/a.route", "--root", ".").code == 0
    ran = cli("check", "team/a.route", "--root", "nothing")
    assert (ran.code, ran.out) == (2, "")
    assert "'nothing' is no folder" in ran.err


def test_fail_on(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    assert cli("check", "a.route", "--fail-on", "info").code == 0
    assert cli("check", "a.route", "--fail-on", "never").code == 2


def test_bytes_of_any_kind_are_a_finding(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_bytes(b"\xff\xfe\x00policy")
    ran = cli("check", "a.route")
    assert ran.code == 1
    assert "T001" in ran.out
    assert cli("check", "-", stdin=b"\xff\xfe\x00policy").code == 1

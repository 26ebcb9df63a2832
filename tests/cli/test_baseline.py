"""``check --baseline`` and ``--write-baseline``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import BROKEN, POLICY, UNREACHABLE, Cli

NAME = "interlock-baseline.json"
OPEN = UNREACHABLE.replace("fallback large[us_west] -> fail 503\n", "")
"""An F202 and an R101."""


def entries(folder: Path, name: str = NAME) -> list[dict[str, str]]:
    """What is in a baseline."""
    found: list[dict[str, str]] = json.loads((folder / name).read_text())["findings"]
    return found


def test_only_what_is_new_fails(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    ran = cli("check", "a.route", "--write-baseline")
    assert (ran.code, ran.out) == (0, "no findings in 1 file; 1 finding is in the baseline\n")
    assert ran.err == f"wrote {NAME}: 1 finding (1 new)\n"
    assert cli("check", "a.route").code == 1
    ran = cli("check", "a.route", "--baseline", NAME)
    assert (ran.code, ran.out, ran.err) == (0, "no findings in 1 file; 1 finding is in the baseline\n", "")
    (folder / "a.route").write_text(OPEN)
    ran = cli("check", "a.route", "--baseline", NAME)
    assert ran.code == 1
    assert "F202" in ran.out
    assert "R101" not in ran.out
    assert ran.out.endswith("1 error in 1 file; 1 finding is in the baseline\n")


def test_shifted_lines_and_another_layout_change_nothing(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(OPEN)
    cli("check", "a.route", "--write-baseline")
    before = (folder / NAME).read_bytes()
    (folder / "a.route").write_text("# A remark.\n\n" + OPEN.replace("rule big", "# Another.\n\n\nrule big"))
    cli("fmt", "a.route")
    ran = cli("check", "a.route", "--baseline", NAME)
    assert (ran.code, ran.err) == (0, "")
    cli("check", "a.route", "--write-baseline")
    assert (folder / NAME).read_bytes() == before


def test_the_file_is_canonical_and_readable(cli: Cli, folder: Path) -> None:
    (folder / "team").mkdir()
    (folder / "team" / "b.route").write_text(OPEN)
    (folder / "a.route").write_text(OPEN)
    cli("check", "team", "a.route", "--write-baseline")
    text = (folder / NAME).read_text()
    assert text.startswith('{\n  "findings": [\n    {"code": "F202", "file": "a.route", "fingerprint": "')
    assert text.endswith('\n  ],\n  "format": "interlock-baseline",\n  "format_version": 1\n}\n')
    assert text.count("\n") == 2 + 4 + 4  # an entry a line
    assert [(e["file"], e["code"], e["slug"]) for e in entries(folder)] == [
        ("a.route", "F202", "open-chain"),
        ("a.route", "R101", "unreachable-rule"),
        ("team/b.route", "F202", "open-chain"),
        ("team/b.route", "R101", "unreachable-rule"),
    ]
    assert entries(folder)[1]["message"].startswith("`huge` is never reached")
    cli("check", ".", "--write-baseline")
    assert (folder / NAME).read_text() == text


def test_names_are_relative_to_the_baseline(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "team").mkdir()
    (folder / "team" / "a.route").write_text(OPEN)
    cli("check", ".", "--baseline", "team/known.json", "--write-baseline")
    assert {entry["file"] for entry in entries(folder, "team/known.json")} == {"a.route"}
    monkeypatch.chdir(folder / "team")
    assert cli("check", "a.route", "--baseline", "known.json").code == 0
    assert cli("check", str(folder / "team" / "a.route"), "--baseline", "known.json").code == 0


def test_stale_entries_are_told_of_and_taken_out(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(OPEN)
    cli("check", "a.route", "--write-baseline")
    (folder / "a.route").write_text(UNREACHABLE)
    ran = cli("check", "a.route", "--baseline", NAME)
    assert ran.code == 0
    assert ran.err.splitlines() == [
        f"1 entry is stale in {NAME}: its finding is gone (`--write-baseline` takes it out)",
        "  a.route: F202 " + next(e["message"] for e in entries(folder) if e["code"] == "F202"),
    ]
    ran = cli("check", "a.route", "--write-baseline")
    assert ran.err == f"wrote {NAME}: 1 finding (1 stale removed)\n"
    assert [entry["code"] for entry in entries(folder)] == ["R101"]
    assert cli("check", "a.route", "--baseline", NAME).err == ""


def test_a_finding_that_comes_back_after_it_was_stale_is_new(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    cli("check", "a.route", "--write-baseline")
    (folder / "a.route").write_text(POLICY)
    cli("check", "a.route", "--write-baseline")
    (folder / "a.route").write_text(UNREACHABLE)
    assert cli("check", "a.route", "--baseline", NAME).code == 1


def test_what_a_run_does_not_look_at_stays(cli: Cli, folder: Path) -> None:
    for name in ("a.route", "b.route"):
        (folder / name).write_text(OPEN)
    cli("check", ".", "--write-baseline")
    before = (folder / NAME).read_bytes()
    for name in ("a.route", "b.route"):
        (folder / name).write_text(POLICY)
    # Another file's, and codes that are not looked for: of neither can be said whether they are gone.
    assert cli("check", "a.route", "--baseline", NAME, "--select", "C").err == ""
    ran = cli("check", "a.route", "--baseline", NAME, "--select", "F")
    assert ran.err.count("\n") == 2
    assert "F202" in ran.err
    cli("check", "a.route", "--write-baseline", "--select", "C")
    assert (folder / NAME).read_bytes() == before
    cli("check", "a.route", "--write-baseline")
    assert {entry["file"] for entry in entries(folder)} == {"b.route"}
    (folder / "b.route").unlink()
    assert "1 file" in cli("check", "a.route", "--baseline", NAME).out
    assert cli("check", "a.route", "--baseline", NAME).err.startswith("2 entries are stale")


def test_errors_of_the_text_cannot_be_in_it(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    cli("check", "a.route", "--write-baseline")
    before = (folder / NAME).read_bytes()
    (folder / "a.route").write_text(BROKEN)
    ran = cli("check", "a.route", "--write-baseline")
    assert ran.code == 1
    assert "T002" in ran.out
    # Nobody can say whether the other finding is gone.
    assert (folder / NAME).read_bytes() == before
    assert cli("check", "a.route", "--baseline", NAME).err == ""


def test_findings_in_a_shared_module(cli: Cli, folder: Path) -> None:
    (folder / "pools.route").write_text(
        "request { key : string per session }\nmodel m {}\n"
        "upstream u { provider p; region r }\nupstream v { provider q; region s }\n"
        "pool a { serve u with m; serve v with m; sticky by key }\n"
    )
    for name in ("a.route", "b.route"):
        (folder / name).write_text(f'policy {name[0]}\nimport "./pools"\nrule all -> a\n')
    cli("check", ".", "--write-baseline")
    (entry,) = entries(folder)
    assert (entry["file"], entry["policy"], entry["code"]) == ("pools.route", "a.route", "F202")
    for names in (["."], ["a.route"], ["b.route"], ["pools.route"]):
        ran = cli("check", *names, "--baseline", NAME)
        assert (ran.code, ran.err) == (0, ""), names
    for name in ("a.route", "b.route"):
        text = (folder / name).read_text()
        (folder / name).write_text(text + "fallback a -> fail 503\n")
    assert cli("check", "pools.route", "--baseline", NAME).err == ""
    assert cli("check", ".", "--baseline", NAME).err.startswith("1 entry is stale")


def test_twins_are_counted(cli: Cli, folder: Path) -> None:
    """Findings of one declaration that look alike are as many as they are."""
    arms = ("..8K", "..4K", "else")
    ladder = "".join(f"    {arm} -> small[home]\n" for arm in arms)
    text = POLICY.replace("rule otherwise -> small[home]\n", f"rule sizes match input_tokens {{\n{ladder}}}\n")
    (folder / "a.route").write_text(text)
    cli("check", "a.route", "--select", "R106", "--write-baseline")
    number = len(entries(folder))
    (folder / "a.route").write_text(text.replace("    ..4K -> small[home]\n", "    ..4K -> small[home]\n" * 2))
    ran = cli("check", "a.route", "--select", "R106", "--baseline", NAME)
    assert (number, ran.code) == (1, 1)
    assert ran.out.endswith("1 error in 1 file, 1 fixable with `--fix`; 1 finding is in the baseline\n")


def test_json_counts_them(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    cli("check", "a.route", "--write-baseline")
    said = json.loads(cli("check", "a.route", "--baseline", NAME, "--format", "json").out)
    assert said == {"findings": [], "summary": {"errors": 0, "warnings": 0, "infos": 0, "baselined": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the baseline `x.json` cannot be read: it is no JSON at line 1, column 1"),
        ('{\n"a": }', "the baseline `x.json` cannot be read: it is no JSON at line 2, column 6"),
        ("\xff", "the baseline `x.json` cannot be read: it is no JSON in UTF-8"),
        ("[" * 100_000, "the baseline `x.json` cannot be read: it is no JSON in UTF-8"),
        ("[]", "`x.json` is no baseline: its `format` is not `interlock-baseline`"),
        ('{"name": "package"}', "`x.json` is no baseline: its `format` is not `interlock-baseline`"),
        ('{"format": "interlock-baseline"}', "the baseline `x.json` has `format_version` null, and this"),
        ('{"format": "interlock-baseline", "format_version": 2}', "the baseline `x.json` has `format_version` 2, and"),
        ('{"format": "interlock-baseline", "format_version": true}', "the baseline `x.json` has `format_version` true"),
        ('{"format": "interlock-baseline", "format_version": 1}', "the baseline `x.json` has no list of `findings`"),
        (
            '{"format": "interlock-baseline", "format_version": 1, "findings": [1]}',
            "the baseline `x.json` is broken: entry 1 is no object",
        ),
        (
            '{"format": "interlock-baseline", "format_version": 1, "findings": [{"code": "R101", "file": 3}]}',
            "the baseline `x.json` is broken: entry 1 has no `file`",
        ),
    ],
)
def test_what_is_no_baseline_is_said_and_left_alone(cli: Cli, folder: Path, text: str, message: str) -> None:
    (folder / "a.route").write_text(POLICY)
    data = text.encode("latin-1")
    (folder / "x.json").write_bytes(data)
    for words in (["--baseline", "x.json"], ["--baseline", "x.json", "--write-baseline"]):
        ran = cli("check", "a.route", *words)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"error: {message}"), ran.err
        assert ran.err.count("\n") == 1
    assert (folder / "x.json").read_bytes() == data


def test_a_conflict_is_called_one(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(OPEN)
    cli("check", "a.route", "--write-baseline")
    text = (folder / NAME).read_text()
    (folder / NAME).write_text(text.replace("    {", "<<<<<<< ours\n    {", 1))
    assert "a merge left its conflict in it" in cli("check", "a.route", "--baseline", NAME).err


def test_a_baseline_that_is_not_there(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    ran = cli("check", "a.route", "--baseline", NAME)
    assert ran.code == 2
    assert ran.err == f"error: there is no baseline `{NAME}`; `--write-baseline` makes one\n"
    ran = cli("check", "a.route", "--baseline", "no/where.json", "--write-baseline")
    assert ran.code == 2
    assert ran.err.startswith("error: cannot write `no/where.json`")


def test_an_entry_of_another_version_of_the_catalogue_is_stale(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    cli("check", "a.route", "--write-baseline")
    text = (folder / NAME).read_text()
    (folder / NAME).write_text(text.replace("R101", "R999"))
    assert "1 finding is in the baseline" in cli("check", "a.route", "--baseline", NAME).out
    (folder / "a.route").write_text(POLICY)
    assert cli("check", "a.route", "--baseline", NAME).err.startswith("1 entry is stale")


def test_a_finding_allowed_in_the_source_needs_no_entry(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    cli("check", "a.route", "--write-baseline")
    allow = "# interlock: allow unreachable-rule -- for now\nrule huge"
    (folder / "a.route").write_text(UNREACHABLE.replace("rule huge", allow))
    assert cli("check", "a.route", "--baseline", NAME).err.startswith("1 entry is stale")


def test_nothing_but_the_baseline_is_left_behind(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    cli("check", "a.route", "--write-baseline")
    assert sorted(os.listdir(folder)) == ["a.route", NAME]

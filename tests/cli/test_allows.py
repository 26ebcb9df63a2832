"""Allows in the source, as the commands see them, and ``check --add-allows``. tests/findings/unused-allow.md says what
an allow covers."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from interlock.cli import add_allows
from interlock.compiler.artifact import encode
from interlock.compiler.pipeline import check
from interlock.compiler.settings import Settings
from interlock.dsl.format import format_module
from interlock.dsl.parse import parse
from interlock.dsl.source import Source
from tests.cli.conftest import BROKEN, POLICY, UNREACHABLE, Cli
from tests.oracle.policies import seeded

ALLOW = "# interlock: allow unreachable-rule -- for now\n"
ALLOWED = UNREACHABLE.replace("rule huge", f"{ALLOW}rule huge")
UNUSED = POLICY.replace("rule big", f"{ALLOW}rule big")
TODO = "# interlock: allow {} -- TODO: mend it, or say why it is right"


def codes(text: str, settings: Settings | None = None) -> list[str]:
    """The codes of what is found in a policy."""
    found = check("a.route", text=text) if settings is None else check("a.route", text=text, settings=settings)
    return [finding.kind.code for finding in found.findings]


def canonical(text: str) -> str:
    """The text as the formatter lays it out."""
    return format_module(parse(Source("a.route", text))[0])


# ── allows in the source ─────────────────────────────────────────────────────────────────────────────


def test_check_and_compile_honour_allows(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    assert cli("compile", "a.route").code == 1
    (folder / "a.route").write_text(ALLOWED)
    assert cli("check", "a.route", "--fail-on", "info").out == "no findings in 1 file\n"
    assert cli("compile", "a.route").code == 0
    assert cli("check", "-", stdin=ALLOWED).code == 0


def test_comments_change_no_version(cli: Cli, folder: Path) -> None:
    versions = set()
    for text in (UNREACHABLE, ALLOWED):
        front = check("a.route", text=text).front
        assert front.table is not None
        versions.add(json.loads(encode(front.table))["version"])
    assert len(versions) == 1


def test_an_unused_allow_is_a_warning(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNUSED)
    assert cli("check", "a.route").code == 0
    assert cli("check", "a.route", "--fail-on", "warning").code == 1
    assert cli("check", "a.route", "--ignore", "S503", "--fail-on", "warning").code == 0
    (folder / "interlock.toml").write_text("severity.S503 = 'error'")
    assert cli("check", "a.route").code == 1


def test_an_allow_of_what_is_not_looked_for_is_not_judged() -> None:
    assert codes(UNUSED) == ["S503"]
    assert codes(UNUSED, Settings({"R101": "off"}, 6, 120_000, 10)) == []
    assert codes(UNUSED, Settings({"S503": "off"}, 6, 120_000, 10)) == []


def test_a_policy_with_errors_of_the_text_has_no_other_findings() -> None:
    assert codes(BROKEN.replace("rule otherwise", f"{ALLOW}rule otherwise")) == ["T002"]


def test_both_line_ends_do() -> None:
    assert codes(ALLOWED.replace("\n", "\r\n")) == []
    assert codes(UNUSED.replace("\n", "\r\n")) == ["S503"]


def test_a_misspelt_allow_in_a_module_is_told_once(cli: Cli, folder: Path) -> None:
    (folder / "pools.route").write_text("# interlock: allow open-chian -- clients retry\nenum e = a, b\n")
    for name in ("a.route", "b.route"):
        (folder / name).write_text('policy p\nimport "./pools"\nrule otherwise -> fail 503\n')
    found = json.loads(cli("check", ".", "--select", "S503", "--format", "json").out)["findings"]
    assert [(finding["file"], finding["message"]) for finding in found] == [
        ("pools.route", "`open-chian` is no finding")
    ]


@pytest.mark.parametrize("named", ["unreachable-rule", "R102, unreachable-rule", "unreachable-rule R102 , F201"])
def test_what_the_fix_of_an_unused_allow_leaves(named: str) -> None:
    text = POLICY.replace(
        "rule big", f"rule never when false -> small[home]\n# interlock: allow {named} -- x\nrule big"
    )
    text = text.replace("## Big refactors.\n", "")
    (finding,) = (f for f in check("a.route", text=text).findings if f.kind.code == "S503")
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    fixed = text[: edit.span.start] + edit.text + text[edit.span.end :]
    assert fixed == re.sub("# interlock.*\n", "", text)


def test_the_fix_of_a_half_used_allow_keeps_the_rest() -> None:
    text = UNREACHABLE.replace("rule huge", "# interlock: allow R102, unreachable-rule, F201 -- x\nrule huge")
    (finding,) = check("a.route", text=text).findings
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert (edit.span.text, edit.text) == ("R102, unreachable-rule, F201", "unreachable-rule")


def test_fmt_keeps_allows_where_they_are(cli: Cli, folder: Path) -> None:
    text = """\
# interlock: allow not-exhaustive -- on purpose
policy p

request {
    # interlock: allow unused-declaration -- to come
    a : bool
      # interlock: allow unused-declaration -- to come
    longer_name : int(0..9)
}
model m {}
# interlock: allow unused-declaration -- one
## Its doc.
# interlock: allow unpinned-region -- two
upstream u { provider p }
pool x {
   # interlock: allow unpinned-region -- three
  serve u with m
}
fallback x -> fail 503
within w when a {
# interlock: allow unreachable-rule -- four
rule first -> x
    rule ladder match longer_name {
        ..3 -> x
        # interlock: allow unreachable-arm -- five
        ..2 -> x
    }
}
"""
    (folder / "a.route").write_text(text)
    cli("fmt", "a.route")
    after = (folder / "a.route").read_text()
    before = [line.strip() for line in text.splitlines()]
    lines = [line.strip() for line in after.splitlines()]
    allows = [line for line in before if line.startswith("# interlock")]
    assert [line for line in lines if line.startswith("# interlock")] == allows
    for line in allows:
        below, now = before[before.index(line) + 1], lines[lines.index(line) + 1]
        assert below.replace(" ", "") == now.replace(" ", "")
    assert cli("fmt", "--check", "a.route").code == 0


# ── --add-allows ─────────────────────────────────────────────────────────────────────────────────────


def test_allows_are_added_above_what_is_found(cli: Cli, folder: Path) -> None:
    text = canonical(UNREACHABLE.replace("fallback large[us_west] -> fail 503\n", ""))
    (folder / "a.route").write_text(text)
    ran = cli("check", "a.route", "--add-allows", "--select", "R101,F202")
    assert (ran.code, ran.out, ran.err) == (0, "no findings in 1 file\n", "added 2 allows to a.route\n")
    after = (folder / "a.route").read_text()
    lines = after.splitlines()
    assert lines[lines.index(TODO.format("open-chain")) + 1].startswith("pool large")
    assert lines[lines.index(TODO.format("unreachable-rule")) + 1].startswith("rule huge")
    assert cli("fmt", "--check", "a.route").code == 0
    assert cli("check", "a.route").code == 0
    assert cli("check", "a.route", "--add-allows", "--select", "R101,F202").err == ""
    assert (folder / "a.route").read_text() == after


def test_a_file_that_was_not_formatted_is_not_formatted_then(cli: Cli, folder: Path) -> None:
    text = UNREACHABLE.replace("rule huge", "    rule   huge").replace("\n", "\r\n")
    (folder / "a.route").write_bytes(b"\xef\xbb\xbf" + text.encode())
    cli("check", "a.route", "--add-allows", "--reason", " it is so ")
    expected = text.replace("    rule   huge", "    # interlock: allow unreachable-rule -- it is so\r\n    rule   huge")
    assert (folder / "a.route").read_bytes() == b"\xef\xbb\xbf" + expected.encode()


def test_only_what_is_shown_is_allowed(cli: Cli, folder: Path) -> None:
    text = UNREACHABLE.replace("fallback large[us_west] -> fail 503\n", "")
    (folder / "a.route").write_text(text)
    cli("check", "a.route", "--add-allows", "--select", "R")
    assert not {"R101", "S503"} & (left := set(codes((folder / "a.route").read_text())))
    assert "F202" in left
    (folder / "b.route").write_text(text)
    cli("check", "b.route", "--write-baseline", "--select", "R")
    cli("check", "b.route", "--add-allows", "--baseline", "interlock-baseline.json")
    assert set(codes((folder / "b.route").read_text())) == set(codes(text)) - left


def test_findings_in_modules_are_allowed_there(cli: Cli, folder: Path) -> None:
    (folder / "team").mkdir()
    (folder / "pools.route").write_text(
        'model m {}\nupstream u { provider p; region r }\nupstream v {\n    provider p\n    endpoint "http://x.example"\n}\n'
        "pool a {\n    serve u with m\n}\n"
    )
    for name in ("a.route", "b.route"):
        (folder / "team" / name).write_text(f'policy {name[0]}\nimport "../pools"\nrule all -> a\n')
    ran = cli("check", "team", "pools.route", "--root", ".", "--add-allows", "--select", "F202,S502")
    assert (ran.code, ran.err) == (0, "added 2 allows to pools.route\n")
    assert (folder / "pools.route").read_text().count("# interlock: allow") == 2
    assert cli("check", ".", "--root", ".", "--select", "F202,S,S503").out.startswith("no findings")


def test_what_cannot_be_allowed_is_still_shown(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(BROKEN)
    (folder / "b.route").write_text("\n\n" + UNREACHABLE.replace("rule big", f"{ALLOW}rule big"))
    ran = cli("check", ".", "--add-allows", "--fail-on", "warning", "--format", "json")
    assert (ran.code, ran.err) == (1, "added 1 allow to b.route\n")
    found = json.loads(ran.out)["findings"]
    assert [(f["code"], f["file"]) for f in found] == [("T002", "a.route"), ("S503", "b.route")]
    assert (folder / "a.route").read_text() == BROKEN


def test_what_has_no_line_of_its_own(cli: Cli, folder: Path) -> None:
    """An allow above the line would be for something else."""
    text = POLICY.replace(
        "rule otherwise", "rule a when false -> small[home] rule b when false -> small[home]\nrule otherwise"
    )
    (folder / "a.route").write_text(text)
    ran = cli("check", "a.route", "--add-allows")
    assert ran.code == 1
    assert ran.err.splitlines() == [
        "added 1 allow to a.route",
        "1 finding not allowed: not in a file of yours, or on a line with others",
    ]
    assert "`b`" in ran.out
    cli("fmt", "a.route")
    assert cli("check", "a.route", "--add-allows").code == 0


def test_that_some_request_meets_no_rule_is_allowed_above_the_policy(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY.replace("rule otherwise -> small[home]\n", ""))
    assert cli("check", "a.route", "--add-allows", "--select", "R103").code == 0
    assert (folder / "a.route").read_text().startswith(TODO.format("not-exhaustive") + "\npolicy sizes\n")


def test_what_allowed_declarations_keep_in_use_gets_no_allow(cli: Cli, folder: Path) -> None:
    """The chains mention the pools, and the pools the upstream."""
    (folder / "a.route").write_text(
        """\
policy p
model m {}
upstream u { provider p; region r }
request { key : string per session }
upstream v { provider q; region r }
upstream w { provider q2; region r2 }
pool x { serve u with m }
pool y { serve v with m }
pool z { serve v with m; serve w with m; sticky by key }
fallback x -> y -> fail 503
fallback y -> x -> fail 503
fallback z -> fail 503
rule all -> z
"""
    )
    assert cli("check", "a.route", "--format", "json").out.count("R107") == 5
    assert cli("check", "a.route", "--add-allows", "--select", "R107").err == "added 2 allows to a.route\n"
    lines = (folder / "a.route").read_text().splitlines()
    below = [lines[at + 1] for at, line in enumerate(lines) if line == TODO.format("unused-declaration")]
    assert below == ["fallback x -> y -> fail 503", "fallback y -> x -> fail 503"]
    assert cli("check", "a.route", "--select", "R107", "--fail-on", "info").code == 0


def test_reasons(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    for reason in ("", "  ", "two\nlines", "a\x1b[31m"):
        ran = cli("check", "a.route", "--add-allows", "--reason", reason)
        assert (ran.code, ran.err) == (2, "error: the `--reason` of an allow is some words on one line\n")
    assert cli("check", "a.route", "--reason", "x").code == 2
    assert cli("check", "a.route", "--add-allows", "--write-baseline").code == 2
    assert (folder / "a.route").read_text() == UNREACHABLE
    cli("check", "a.route", "--add-allows", "--reason", "-- 100% `sure` --")
    assert codes((folder / "a.route").read_text()) == []


def test_standard_input_cannot_be_written(cli: Cli) -> None:
    ran = cli("check", "-", "--add-allows", stdin=UNREACHABLE)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: `--add-allows` writes to the files of policies, and standard input is none\n"


def test_every_file_is_as_it_was_if_one_cannot_be_written(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from interlock.cli.files import Unusable, write_atomically

    def write(path: str, data: bytes) -> None:
        if path == "b.route" and data != UNREACHABLE.encode():
            raise Unusable("cannot write `b.route`: no space left on device")
        write_atomically(path, data)

    monkeypatch.setattr(add_allows, "write_atomically", write)
    for name in ("a.route", "b.route"):
        (folder / name).write_text(UNREACHABLE)
    ran = cli("check", ".", "--add-allows")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: cannot write `b.route`: no space left on device\n"
    assert {(folder / name).read_text() for name in ("a.route", "b.route")} == {UNREACHABLE}
    assert sorted(os.listdir(folder)) == ["a.route", "b.route"]


def test_every_file_is_as_it_was_if_an_allow_does_not_work(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.compiler.pipeline.check", check_without_allows())
    (folder / "a.route").write_text(UNREACHABLE)
    ran = cli("check", "a.route", "--add-allows")
    assert ran.code == 2
    assert "the allows would not do what they should; every file is as it was" in ran.err
    assert (folder / "a.route").read_text() == UNREACHABLE


def check_without_allows() -> object:
    """The check, blind for allows."""
    from interlock.cli.files import read_bytes
    from interlock.compiler import pipeline

    true_check = pipeline.check

    def blind(file: str, **options: object) -> object:
        text = read_bytes(file).decode().replace("# interlock: allow", "# remark")
        return true_check(file, text=text, **options)  # type: ignore[arg-type]

    return blind


@pytest.mark.parametrize("seed", range(12))
def test_random_policies(cli: Cli, folder: Path, seed: int) -> None:
    """After ``--add-allows`` nothing is found, the layout stays canonical, and without the comments the text is as it
    was; and no allow is there that could be left out."""
    text = canonical(seeded(seed))
    (folder / "a.route").write_text(text)
    before = check("a.route")
    if not before.findings:
        return
    assert cli("check", "a.route", "--add-allows").code == 0
    after = (folder / "a.route").read_text()
    assert cli("check", "a.route", "--fail-on", "info").out == "no findings in 1 file\n"
    assert canonical(after) == after
    assert canonical(re.sub("(?m)^ *# interlock: allow.*\n", "", after)) == text
    now = check("a.route").front.table
    assert before.front.table is not None
    assert now is not None
    assert encode_version(encode(now)) == encode_version(encode(before.front.table))
    lines = after.splitlines(keepends=True)
    allows = [at for at, line in enumerate(lines) if line.lstrip().startswith("# interlock: allow")]
    for at in allows[:: 1 + len(allows) // 5]:
        assert check("a.route", text="".join(lines[:at] + lines[at + 1 :])).findings, lines[at]


def encode_version(data: bytes) -> str:
    """The version that a table has."""
    version: str = json.loads(data)["version"]
    return version

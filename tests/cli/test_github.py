"""``check --format github``: workflow commands, as the runner of GitHub Actions reads them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from interlock.cli.render.github import github_lines
from interlock.cli.report import Report
from interlock.dsl.finding import Finding, Kind, Related, Severity
from interlock.dsl.source import Source, Span
from tests.cli.conftest import BROKEN, POLICY, UNREACHABLE, Cli


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A command, its properties and its message, unescaped, as the runner does (``ActionCommand.TryParseV2``)."""
    match = re.fullmatch(r"::(\w+)(?: (.*?))?::(.*)", line)
    assert match, line
    properties = dict(pair.split("=", 1) for pair in match[2].split(","))
    for name, value in properties.items():
        for escaped, char in ("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"):
            value = value.replace(escaped, char)
        properties[name] = value
    message = match[3]
    for escaped, char in ("%0D", "\r"), ("%0A", "\n"), ("%25", "%"):
        message = message.replace(escaped, char)
    return match[1], properties, message


def test_a_finding(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    ran = cli("check", "a.route", "--format", "github")
    assert (ran.code, ran.err, ran.out.count("\n")) == (1, "", 1)
    command, properties, message = parsed(ran.out.removesuffix("\n"))
    assert command == "error"
    assert properties == {
        "file": "a.route",
        "line": "25",
        "endLine": "25",
        "col": "6",
        "endColumn": "10",
        "title": "R101 unreachable-rule",
    }
    first, related, how, help_ = message.split("\n")
    assert first.startswith("a.route:25:6: `huge` is never reached")
    assert related.startswith("a.route:24:6: `big` ")
    assert how.startswith("try: interlock decide a.route --request '{")
    assert help_.startswith("help: ")


def test_nothing_found_is_nothing_said(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    ran = cli("check", "a.route", "--format", "github")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def finding(
    words: str, text: str = "one\ntwo\nthree\n", *, name: str = "a.route", level: Severity = "error", message: str = "m"
) -> Finding:
    """A finding at some words of a text."""
    source = Source(name, text)
    start = text.index(words)
    return Finding(Kind("X001", "a-slug", level, ""), message, Span(source, start, start + len(words)), "")


def annotated(found: Finding, file: str = "a.route") -> tuple[str, dict[str, str], str]:
    (line,) = github_lines(Report(((file, found),), (file,)))
    assert "\n" not in line
    return parsed(line)


@pytest.mark.parametrize(("level", "command"), [("error", "error"), ("warning", "warning"), ("info", "notice")])
def test_severities(level: Severity, command: str) -> None:
    assert annotated(finding("two", level=level))[0] == command


def test_columns_only_on_one_line() -> None:
    _, properties, _ = annotated(finding("two\nthree"))
    assert properties == {"file": "a.route", "line": "2", "endLine": "3", "title": "X001 a-slug"}


def test_what_the_runner_would_take_for_its_own_is_escaped() -> None:
    found = finding("two", name="100%,a:b.route", message="50% of `::error::`, as\r\nthey say")
    (line,) = github_lines(Report((("x", found),), ()))
    assert "file=100%25%2Ca%3Ab.route," in line
    _, properties, message = parsed(line)
    assert properties["file"] == "100%,a:b.route"
    assert "50% of `::error::`, as" in message
    assert "\r" not in line


def test_control_characters_do_not_reach_the_log() -> None:
    (line,) = github_lines(Report((("x", finding("two", name="\x1b[31m.route", message="\x1b[2Jgone")),), ()))
    assert "\x1b" not in line.split("::", 2)[2]


def test_a_related_place_in_another_file() -> None:
    found = finding("two")
    other = Span(Source("std/models.route", "a\nb\n"), 2, 3)
    found = Finding(found.kind, found.message, found.span, "", related=(Related("declared here", other),))
    assert annotated(found)[2] == "a.route:2:1: m\nstd/models.route:2:1: declared here"


def test_standard_input_is_no_file(cli: Cli) -> None:
    line = cli("check", "-", "--format", "github", stdin=BROKEN).out.strip()
    command, properties, message = parsed(line)
    assert (command, list(properties)) == ("error", ["title"])
    assert message.startswith("<stdin>:24:15: ")


def test_what_cannot_be_read_is_annotated_too(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    ran = cli("check", "a.route", "nothing.route", "--format", "github")
    assert ran.code == 2
    assert parsed(ran.out.splitlines()[-1]) == (
        "error",
        {"title": "interlock"},
        "cannot read `nothing.route`: there is no such file",
    )


def test_files_are_named_from_the_checkout(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "team").mkdir()
    (folder / "team" / "a.route").write_text(UNREACHABLE)

    def file(*words: str) -> str:
        return parsed(cli("check", *words, "--format", "github").out.strip())[1]["file"]

    assert file("./team/../team/a.route") == file(str(folder / "team" / "a.route")) == "team/a.route"
    monkeypatch.chdir(folder / "team")
    assert file("a.route") == "a.route"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    assert file("a.route") == "team/a.route"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder / "elsewhere"))
    assert file("a.route") == "a.route"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder / "tea"))
    assert file("a.route") == "a.route"
    (folder / "other").mkdir()
    monkeypatch.chdir(folder / "other")
    outside = os.path.join(str(folder), "team", "a.route")
    assert file(outside) == outside

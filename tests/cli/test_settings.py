"""Settings: where they are found, what they do, what is wrong with them, and how they are shown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.cli.settings import matches
from tests.cli.conftest import BROKEN, POLICY, UNREACHABLE, Cli

WARNS = POLICY + "assert nobody when false every hop.region == us_east\n"
"""A policy with one A402, a warning."""


def codes(cli: Cli, *words: str) -> list[tuple[str, str]]:
    """The code and severity of each finding of a check."""
    found = json.loads(cli("check", "--format", "json", *words).out)["findings"]
    return [(finding["code"], finding["severity"]) for finding in found]


# ── where they are found ─────────────────────────────────────────────────────────────────────────────


def test_the_nearest_settings_above_a_file_hold(cli: Cli, folder: Path) -> None:
    (folder / "team" / "inner").mkdir(parents=True)
    (folder / "interlock.toml").write_text("[severity]\nR101 = 'off'\n")
    (folder / "team" / "interlock.toml").write_text("[severity]\nR101 = 'info'\n")
    for name in ("a.route", "team/a.route", "team/inner/a.route"):
        (folder / name).write_text(UNREACHABLE)
    assert codes(cli, "a.route") == []
    assert codes(cli, "team/a.route") == codes(cli, "team/inner/a.route") == [("R101", "info")]
    assert codes(cli, ".") == [("R101", "info"), ("R101", "info")]


def test_settings_may_be_in_pyproject(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    (folder / "pyproject.toml").write_text("[project]\nname = 'x'\n[tool.interlock.severity]\nR101 = 'warning'\n")
    assert codes(cli, "a.route") == [("R101", "warning")]


def test_a_pyproject_without_the_table_does_not_count(cli: Cli, folder: Path) -> None:
    (folder / "team").mkdir()
    (folder / "interlock.toml").write_text("[severity]\nR101 = 'warning'\n")
    (folder / "team" / "a.route").write_text(UNREACHABLE)
    for text in ("[project]\nname = 'x'\n", "[project]\nname = 'interlock'\n", "[tool.ruff]\nsrc = ['interlock']\n"):
        (folder / "team" / "pyproject.toml").write_text(text)
        assert codes(cli, "team/a.route") == [("R101", "warning")]


def test_its_own_file_wins_over_pyproject(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    (folder / "interlock.toml").write_text("[severity]\nR101 = 'info'\n")
    (folder / "pyproject.toml").write_text("[tool.interlock.severity]\nR101 = 'warning'\n")
    assert codes(cli, "a.route") == [("R101", "info")]


def test_standard_input_stands_in_the_current_folder(cli: Cli, folder: Path) -> None:
    (folder / "interlock.toml").write_text("ignore = ['R101']\n")
    assert cli("check", "-", stdin=UNREACHABLE).code == 0


def test_another_file_or_none(cli: Cli, folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "strict.toml").write_text("fail-on = 'warning'\n")
    (folder / "other" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (folder / "interlock.toml").write_text("ignore = ['A']\n")
    (folder / "a.route").write_text(WARNS)
    assert codes(cli, "a.route") == []
    assert codes(cli, "a.route", "--isolated") == [("A402", "warning")]
    assert cli("check", "a.route", "--isolated").code == 0
    assert cli("check", "a.route", "--config", "other/strict.toml").code == 1
    ran = cli("check", "a.route", "--config", "other/pyproject.toml")
    assert (ran.code, ran.err) == (2, "error: `other/pyproject.toml` has no table `[tool.interlock]`\n")
    ran = cli("check", "a.route", "--config", "nothing.toml")
    assert (ran.code, ran.err) == (2, "error: cannot read `nothing.toml`: there is no such file or folder\n")
    assert cli("check", "a.route", "--config", "other/strict.toml", "--isolated").code == 2


def test_reading_toml_waits_until_there_is_some(folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    code = (
        "import sys; from interlock.cli.app import main\n"
        "sys.argv = ['interlock', 'check', 'a.route']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )

    def loaded() -> list[str]:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr.split()

    assert "tomllib" not in loaded()
    (folder / "interlock.toml").write_text("")
    assert "tomllib" in loaded()


# ── what they do ─────────────────────────────────────────────────────────────────────────────────────


def test_severities_by_code_and_by_slug(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    for word in ("R101", "r101", "unreachable-rule"):
        (folder / "interlock.toml").write_text(f"severity.{word} = 'warning'\n")
        assert codes(cli, "a.route") == [("R101", "warning")]
        assert cli("check", "a.route").code == 0
    (folder / "interlock.toml").write_text("severity.R101 = 'off'\n")
    assert codes(cli, "a.route") == []


def test_a_severity_holds_also_where_a_finding_has_its_own(cli: Cli, folder: Path) -> None:
    """F207 is a warning where the context is unknown."""
    unknown = POLICY.replace("model opus { context 1M }", "model opus {}")
    (folder / "a.route").write_text(unknown + "require context >= input_tokens when input_tokens < 40K\n")
    assert codes(cli, "a.route") == [("F207", "warning")]
    (folder / "interlock.toml").write_text("severity.F207 = 'error'\n")
    assert codes(cli, "a.route") == [("F207", "error")]


def test_errors_of_the_text_stay_errors(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(BROKEN)
    (folder / "interlock.toml").write_text("select = ['R']\nseverity.T002 = 'error'\n")
    assert codes(cli, "a.route") == [("T002", "error")]


def test_select_and_ignore(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(
        WARNS.replace("rule otherwise", "rule huge when false -> small[home]\nrule otherwise")
    )
    both = [("R102", "error"), ("A402", "warning")]
    for text, expected in (
        ("", both),
        ("select = ['R', 'vacuous-assert']", both),
        ("select = ['R']", both[:1]),
        ("select = []", []),
        ("ignore = ['R10']", both[1:]),
        ("select = ['R', 'A402']\nignore = ['never-matches']", both[1:]),
        ("select = ['A']\nseverity.R102 = 'warning'", both[1:]),
        ("select = ['R', 'A']\nseverity.A402 = 'off'", both[:1]),
    ):
        (folder / "interlock.toml").write_text(text)
        assert codes(cli, "a.route") == expected, text


def test_options_win(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(WARNS)
    (folder / "interlock.toml").write_text("ignore = ['A']\nfail-on = 'info'\n")
    assert codes(cli, "a.route", "--select", "A") == [("A402", "warning")]
    assert cli("check", "a.route", "--select", "A").code == 1
    assert cli("check", "a.route", "--select", "A", "--fail-on", "error").code == 0
    (folder / "interlock.toml").write_text("severity.A402 = 'off'\n")
    assert codes(cli, "a.route", "--select", "A402") == [("A402", "warning")]
    assert codes(cli, "a.route", "--select", "A") == []
    (folder / "interlock.toml").write_text("select = ['A']\n")
    assert codes(cli, "a.route", "--ignore", "A402") == []


def test_that_something_was_not_decided_is_said_whatever_is_selected(cli: Cli, folder: Path) -> None:
    lucky = " and ".join(f'sample(session_id, "{letter}") < 1%' for letter in "abcdefghijklmno")
    rule = f"rule lucky when {lucky} -> small[home]\n"
    (folder / "a.route").write_text(POLICY.replace("rule otherwise", f"{rule}rule otherwise"))
    assert ("S504", "error") in codes(cli, "a.route", "--select", "R101")
    assert codes(cli, "a.route", "--select", "R101", "--ignore", "S504") == []


def test_limits(cli: Cli, folder: Path) -> None:
    """``max-attempts`` and its like reach the analyses."""
    from interlock.cli.settings import Resolver

    (folder / "interlock.toml").write_text("max-attempts = 3\nmax-wait = '1_0m'\nclient-retries = 0\n")
    settings = Resolver().of("a.route").settings
    assert (settings.max_attempts, settings.max_wait_ms, settings.client_retries) == (3, 600_000, 0)


def test_settings_for_some_files(cli: Cli, folder: Path) -> None:
    (folder / "old" / "deep").mkdir(parents=True)
    for name in ("a.route", "old/a.route", "old/deep/b.route"):
        (folder / name).write_text(UNREACHABLE)
    (folder / "interlock.toml").write_text(
        """
ignore = ["S502"]
[per-file."old/**"]
severity = { R101 = "warning" }
ignore = ["A"]
[per-file."b.route"]
severity.R101 = "info"
fail-on = "info"
"""
    )
    assert codes(cli, ".") == [("R101", "error"), ("R101", "warning"), ("R101", "info")]
    assert cli("check", "old/a.route").code == 0
    assert cli("check", "old/deep/b.route").code == 1
    shown = json.loads(cli("check", "old/a.route", "--show-settings", "--format", "json").out)["files"][0]["severity"]
    assert {code for code, level in shown.items() if level["value"] == "off"} >= {"S502", "A401", "A402"}


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("a.route", "a.route", True),
        ("a.route", "x/y/a.route", True),
        ("/a.route", "x/a.route", False),
        ("./a.route", "a.route", True),
        ("./a.route", "x/a.route", False),
        ("*.route", "x/a.route", True),
        ("x/*.route", "x/a.route", True),
        ("x/*.route", "x/y/a.route", False),
        ("x/**/*.route", "x/y/z/a.route", True),
        ("x/**/*.route", "x/a.route", True),
        ("**/y/*.route", "x/y/a.route", True),
        ("**/y/*.route", "x/z/a.route", False),
        ("x", "x/y/a.route", True),
        ("x/", "x/y/a.route", True),
        ("y/", "x/y/a.route", True),
        ("x/y", "x/y/a.route", True),
        ("y/z", "x/y/z/a.route", False),
        ("*/[ab].route", "x/b.route", True),
        ("*/[!ab].route", "x/b.route", False),
        ("x/?.route", "x/ab.route", False),
        ("x*a.route", "x/a.route", False),
        ("**", "x/a.route", True),
    ],
)
def test_patterns(glob: str, path: str, expected: bool) -> None:
    assert matches(path, glob) is expected


def test_the_root_is_relative_to_the_file_and_holds_for_all_commands(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "teams" / "a").mkdir(parents=True)
    (folder / "shared.route").write_text("model m {}\nupstream u { provider p; region r }\n")
    policy = 'policy p\nimport "../../shared"\npool a { serve u with m }\nfallback a -> fail 503\nrule all -> a\n'
    policy += 'test "t" { request {} expect a }\n'
    (folder / "teams" / "a" / "a.route").write_text(policy)
    assert codes(cli, "teams/a/a.route")[0][0] == "T007"
    (folder / "interlock.toml").write_text("root = '.'\n")
    for words in (
        ["check"],
        ["compile", "-o", "-"],
        ["test"],
        ["decide", "--request", "{}"],
        ["explain", "--request", "{}"],
    ):
        ran = cli(words[0], "teams/a/a.route", *words[1:])
        assert ran.code == 0, (words, ran)
    monkeypatch.chdir(folder / "teams")
    assert cli("check", "a/a.route").code == 0
    ran = cli("check", "a/a.route", "--root", "a")
    assert "T007" in ran.out


FACTS = """\
{"format": "interlock-models", "format_version": 1, "source": "ours", "date": "2026-11-02",
 "models": {"house": {"provider": "house", "context": 9000}}}
"""


def test_a_file_of_model_facts_holds_for_all_commands(cli: Cli, folder: Path) -> None:
    policy = 'policy p\nimport "std/models"\nupstream u { provider p; region r }\npool a { serve u with house }\n'
    policy += 'fallback a -> fail 503\nrule all -> a\ntest "t" { request {} expect a }\n'
    (folder / "teams").mkdir()
    (folder / "teams" / "a.route").write_text(policy)
    (folder / "facts.json").write_text(FACTS)
    assert codes(cli, "teams/a.route")[0][0] == "T002"
    (folder / "interlock.toml").write_text("models = 'facts.json'\n")
    for words in (
        ["check"],
        ["check", "--diff"],
        ["compile", "-o", "-"],
        ["test"],
        ["decide", "--request", "{}"],
        ["explain", "--request", "{}"],
        ["graph"],
    ):
        ran = cli(words[0], "teams/a.route", *words[1:])
        assert ran.code == 0, (words, ran)
    assert cli("ask", "teams/a.route", "every hop.context == 9000").code == 0
    for words in (["check", "-"], ["compile", "-", "-o", "-"], ["decide", "-", "--request", "{}"]):
        assert cli(*words, stdin=policy).code == 0, words
    shown = cli("check", "teams/a.route", "--show-settings").out
    assert "  models          facts.json         interlock.toml:1\n" in shown


def test_a_file_of_model_facts_that_is_none_is_named(cli: Cli, folder: Path) -> None:
    policy = 'policy p\nimport "std/models"\nupstream u { provider p; region r }\npool a { serve u with house }\n'
    (folder / "a.route").write_text(policy + "fallback a -> fail 503\nrule all -> a\n")
    (folder / "facts.json").write_text("{\n")
    (folder / "interlock.toml").write_text("models = 'facts.json'\n")
    for words in (["check"], ["check", "--fix"], ["compile"], ["decide", "--request", "{}"], ["graph"]):
        ran = cli(words[0], "a.route", *words[1:])
        assert (ran.code, ran.out) == (2, ""), (words, ran)
        assert ran.err.startswith("error: facts.json:2:1: this is no JSON: "), ran.err


def test_compile_refuses_what_is_an_error_after_settings(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    assert cli("compile", "a.route").code == 1
    for text in (
        "severity.R101 = 'warning'",
        "ignore = ['R']",
        "select = ['C']",
        "[per-file.'a.route']\nignore = ['R']",
    ):
        (folder / "interlock.toml").write_text(text)
        assert cli("compile", "a.route").code == 0, text
        assert cli("compile", "a.route", "--isolated").code == 1
    (folder / "a.route").write_text(WARNS)
    assert cli("compile", "a.route").code == 0
    (folder / "interlock.toml").write_text("severity.A402 = 'error'")
    assert cli("compile", "a.route").code == 1


# ── what is wrong with them ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("root = '.'\n\nmax-attempt = 3", ":3: there is no setting `max-attempt`; did you mean `max-attempts`?"),
        ("max_attempts = 3", ":1: there is no setting `max_attempts`; did you mean `max-attempts`?"),
        ("[severities]", ":1: there is no setting `severities`; did you mean `severity`?"),
        ("xyz = 3", ":1: there is no setting `xyz`; the settings are `severity`, `select`, "),
        (
            "[severity]\n# the\nF201 = 'of'",
            ":3: the severity of `F201` is one of `error`, `warning`, `info`, `off`; did",
        ),
        ("[severity]\nF201 = 1", ":2: the severity of `F201` is one of"),
        ("severity = { F201 = 1 }", ":1: the severity of `F201` is one of"),
        ("severity = 'off'", ":1: `severity` is a table"),
        ("[severity]\nfallback-cylce = 'off'", ":2: `fallback-cylce` is no finding; did you mean `fallback-cycle`?"),
        ("[severity]\nF = 'off'", ":2: `F` is no finding"),
        ("[severity]\nT002 = 'off'", ":2: `T002` can be neither lowered nor switched off"),
        ("[severity]\nunknown-name = 'info'", ":2: `unknown-name` can be neither lowered nor switched off"),
        (
            "[severity]\nR101 = 'off'\nunreachable-rule = 'off'",
            ":3: `R101` and `unreachable-rule` are the same finding",
        ),
        ("ignore = 'F201'", ':1: `ignore` is a list of codes and slugs: `ignore = ["F206", "C"]`'),
        ("select = [201]", ":1: `select` is a list"),
        ("select = ['F2001']", ":1: `F2001` is no finding; did you mean `F201`?"),
        ("ignore = ['C', 'T']", ":1: `T` can be neither lowered nor switched off"),
        ("ignore = ['unknown-name']", ":1: `unknown-name` can be neither"),
        ("max-attempts = 0", ":1: `max-attempts` is a whole number of 1 or more"),
        ("max-attempts = true", ":1: `max-attempts` is a whole number of 1 or more"),
        ("max-attempts = 2.0", ":1: `max-attempts` is a whole number of 1 or more"),
        ("client-retries = -1", ":1: `client-retries` is a whole number of 0 or more"),
        ("max-wait = 120", ':1: `max-wait` is a duration: `max-wait = "120s"`'),
        ("max-wait = '2 min'", ":1: `max-wait` is a duration"),
        ("fail-on = 'off'", ":1: `fail-on` is one of `error`, `warning`, `info`"),
        ("root = 'nowhere'", ':1: `root` is "nowhere", and there is no such folder'),
        ("root = 1", ":1: `root` is a folder"),
        ("models = 'nowhere'", ':1: `models` is "nowhere", and there is no such file'),
        ("models = '.'", ':1: `models` is ".", and there is no such file'),
        ('models = "\\u0000"', ':1: `models` is "\\u0000", and there is no such file'),
        ("models = true", ":1: `models` is a file"),
        ("per-file = 1", ":1: `per-file` is a table"),
        ("[per-file]\n'a.route' = 1", ":2: the settings of some files are a table"),
        ("\n[per-file.'old/*']\nignor = []", ":3: there is no setting `ignor`; did you mean `ignore`?"),
        ("[per-file.'old/*'.per-file]", ":1: `per-file` cannot stand inside of another"),
        ("[per-file.'/']", ":1: a pattern names files"),
        ("a = ", ": this is no TOML: invalid value at the end of the file"),
        ("a = nope\n", ":1:5: this is no TOML: invalid value"),
        ("[a\n", ":1:3: this is no TOML: expected"),
        ("a = '''", ": this is no TOML: expected \"'''\" at the end of the file"),
        ("a = " + "[" * 5_000, ": this is no TOML: it nests too deep"),
        ("a = 1" + "0" * 5_000, ": this is no TOML: "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(cli: Cli, folder: Path, text: str, message: str) -> None:
    (folder / "a.route").write_text(POLICY)
    (folder / "interlock.toml").write_text(text)
    ran = cli("check", "a.route")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: interlock.toml{message}"), ran.err
    assert ran.err.count("\n") == 1


def test_places_in_pyproject(cli: Cli, folder: Path) -> None:
    (folder / "team").mkdir()
    (folder / "team" / "a.route").write_text(POLICY)
    (folder / "pyproject.toml").write_text("[project]\nselect = 1\n\n[tool.interlock]\nselect = 'R'\n")
    assert cli("check", "team/a.route").err.startswith("error: pyproject.toml:5: `select` is a list")
    (folder / "pyproject.toml").write_text("[tool]\ninterlock = 'on'\n")
    assert (
        cli("check", "team/a.route").err == "error: pyproject.toml:2: `tool.interlock` is a table: `[tool.interlock]`\n"
    )


def test_files_that_are_no_text(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    (folder / "interlock.toml").write_bytes(b"root = '\xff'")
    assert cli("check", "a.route").err == "error: interlock.toml: byte 8 is not UTF-8\n"
    (folder / "interlock.toml").write_bytes(b"#" * 1024 * 1024 + b"\n")
    assert cli("check", "a.route").err == "error: interlock.toml: a settings file is larger than 1 MiB\n"


def test_broken_settings_are_named_once_and_stop_only_their_own_files(cli: Cli, folder: Path) -> None:
    for name in ("one/a.route", "one/b.route", "two/c.route"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(UNREACHABLE)
    (folder / "one" / "interlock.toml").write_text("x = 1\n")
    ran = cli("check", ".")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert ran.out.splitlines()[-1] == "1 error in 1 file"
    ran = cli("decide", "one/a.route", "--request", "{}")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: one/interlock.toml:1: there is no setting `x`")


# ── how they are shown ───────────────────────────────────────────────────────────────────────────────


def test_settings_as_text(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    (folder / "b").mkdir()
    (folder / "b" / "b.route").write_text(POLICY)
    (folder / "b" / "interlock.toml").write_text('max-wait = "90s"\n\n[severity]\nF202 = "warning"\nA402 = "off"\n')
    ran = cli("check", ".", "--show-settings", "--fail-on", "info")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        """\
a.route
  settings        none
  root            the file's folder  default
  models          those that ship    default
  fail-on         info               --fail-on
  max-attempts    6                  default
  max-wait        2m                 default
  client-retries  10                 default

  all findings  as `interlock rule` lists them

b/b.route
  settings        b/interlock.toml
  root            the file's folder  default
  models          those that ship    default
  fail-on         info               --fail-on
  max-attempts    6                  default
  max-wait        90s                b/interlock.toml:1
  client-retries  10                 default

  A402 vacuous-assert  off      b/interlock.toml:5
  F202 open-chain      warning  b/interlock.toml:4
  all others           as `interlock rule` lists them
"""
    )


def test_settings_as_json(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    (folder / "pyproject.toml").write_text("[tool.interlock]\nroot = '.'\nignore = ['C', 'F202']\n")
    said = json.loads(cli("check", "a.route", "--show-settings", "--format", "json", "--select", "F").out)
    (file,) = said["files"]
    assert (file["file"], file["config"]) == ("a.route", "pyproject.toml")
    assert file["settings"] == {
        "root": {"value": ".", "from": "pyproject.toml:2"},
        "models": {"value": None, "from": "default"},
        "fail-on": {"value": "error", "from": "default"},
        "max-attempts": {"value": 6, "from": "default"},
        "max-wait": {"value": "2m", "from": "default"},
        "client-retries": {"value": 10, "from": "default"},
    }
    assert file["severity"]["C301"] == {"value": "off", "from": "--select"}
    assert file["severity"]["F202"] == {"value": "error", "from": "--select"}
    assert file["severity"]["T001"] == {"value": "error", "from": "default"}


def test_settings_cannot_be_shown_in_other_formats(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    assert cli("check", "a.route", "--show-settings", "--format", "sarif").code == 2

"""Versions at a revision, and `git diff` itself, in a real repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import BROKEN, POLICY, Cli

LARGER = POLICY.replace("input_tokens >= 40K", "input_tokens >= 50K")
SHARED = "enum region = us_east, us_west\n"
IMPORTING = POLICY.replace("enum region = us_east, us_west\n", 'import "./shared"\n')


def git(*words: str) -> str:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "NO_COLOR": "1",
    }
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    done = subprocess.run(["git", *who, *words], env=environment, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done
    return done.stdout


@pytest.fixture
def repository(folder: Path) -> Path:
    """Two commits of a policy and the module it imports, and a work tree after them."""
    git("init", "-q")
    where = folder / "policies"
    where.mkdir()
    (where / "gateway.route").write_text(IMPORTING)
    (where / "shared.route").write_text(SHARED)
    git("add", "-A")
    git("commit", "-qm", "one")
    (where / "gateway.route").write_text(IMPORTING.replace("input_tokens >= 40K", "input_tokens >= 50K"))
    (where / "shared.route").write_text(SHARED.replace("us_west", "us_west, eu"))
    git("commit", "-qam", "two")
    return folder


def test_imports_are_those_of_the_revision(repository: Path, cli: Cli) -> None:
    ran = cli("diff", "HEAD~1:policies/gateway.route", "HEAD:policies/gateway.route", "--format", "json")
    assert ran.code == 1, ran
    assert '"kind": "interface"' in ran.out
    assert "enum(us_east, us_west)" in ran.out
    assert "enum(us_east, us_west, eu)" in ran.out
    # The same where the work tree has nothing of it any more.
    for file in (repository / "policies").iterdir():
        file.unlink()
    assert (
        cli("diff", "HEAD~1:policies/gateway.route", "HEAD:policies/gateway.route", "--format", "json").out == ran.out
    )


def test_from_a_folder_and_what_is_staged(repository: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "policies")
    assert cli("diff", "HEAD:./gateway.route", "gateway.route").code == 0
    Path("gateway.route").write_text(IMPORTING)
    assert cli("diff", "HEAD:./gateway.route", ":./gateway.route").code == 0
    git("add", "gateway.route")
    assert cli("diff", "HEAD:./gateway.route", ":./gateway.route").code == 1
    ran = cli("diff", "HEAD:gateway.route", "gateway.route")
    assert ran.code == 2
    assert "there is no `gateway.route` at `HEAD`; did you mean `HEAD:./gateway.route`?" in ran.err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nonsense:policies/gateway.route", "git knows no revision `nonsense`"),
        ("--help:policies/gateway.route", "No such option"),
        ("HEAD:policies/none.route", "there is no `policies/none.route` at `HEAD`"),
        ("HEAD:policies", "cannot read `HEAD:policies`: is a directory"),
        ("HEAD:../outside.route", "`HEAD:../outside.route` is outside of the repository"),
        ("HEAD:policies/a\nb.route", "there is no `policies/a"),
    ],
)
def test_what_is_not_there(repository: Path, cli: Cli, name: str, said: str) -> None:
    ran = cli("diff", name, "policies/gateway.route")
    assert ran.code == 2, ran
    assert said in ran.err


def test_a_link_in_the_tree_and_a_module_that_is_missing_there(repository: Path, cli: Cli) -> None:
    link = repository / "policies" / "link.route"
    link.symlink_to("gateway.route")
    (repository / "policies" / "shared.route").unlink()
    git("add", "-A")
    git("commit", "-qm", "three")
    ran = cli("diff", "HEAD:policies/gateway.route", "HEAD~1:policies/gateway.route")
    assert ran.code == 2
    assert "error[T007]" in ran.err
    git("checkout", "-q", "HEAD~1", "--", "policies/shared.route")
    git("commit", "-qam", "four")
    ran = cli("diff", "HEAD:policies/link.route", "HEAD:policies/gateway.route")
    assert (ran.code, ran.out.splitlines()[0]) == (
        0,
        "HEAD:policies/link.route → HEAD:policies/gateway.route  identical",
    )


def test_configurations_and_tables_at_a_revision(repository: Path, cli: Cli) -> None:
    Path("plain.route").write_text(POLICY)
    assert cli("compile", "plain.route", "-o", "table.json").code == 0
    text = "model_list:\n  - model_name: a\n    litellm_params: {model: anthropic/claude-sonnet-4-6}\n"
    Path("proxy.yaml").write_text(text)
    git("add", "-A")
    git("commit", "-qm", "three")
    assert cli("diff", "HEAD:table.json", "plain.route").code == 0
    Path("proxy.yaml").write_text(text.replace("sonnet-4-6", "haiku-4-5"))
    ran = cli("diff", "HEAD:proxy.yaml", "proxy.yaml")
    assert ran.code == 1, ran
    assert "claude-haiku-4-5" in ran.out


# ── git diff ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def driven(folder: Path, cli: Cli) -> Path:
    """A repository set up as `interlock init --git` says."""
    git("init", "-q")
    said = cli("init", "--git")
    assert said.code == 0
    steps = [line.strip() for line in said.out.splitlines() if line.startswith("  ")]
    assert len(steps) == 2
    for step in steps:
        subprocess.run(["bash", "-c", step], check=True)
    assert not (folder / "policies").exists()
    (folder / "gateway.route").write_text(POLICY)
    git("add", "-A")
    git("commit", "-qm", "one")
    return folder


def test_git_diff_shows_the_text_and_what_it_does(driven: Path) -> None:
    Path("gateway.route").write_text(LARGER)
    shown = git("diff")
    assert shown.startswith("diff --interlock a/gateway.route b/gateway.route\n--- a/gateway.route\n")
    assert "-rule big when input_tokens >= 40K -> large[home]\n" in shown
    assert "a/gateway.route → b/gateway.route  routing\n" in shown
    assert " 1  requests with input_tokens in 40K..50K\n" in shown
    git("commit", "-qam", "two")
    assert shown in git("show", "--ext-diff", "HEAD")
    assert "routing" not in git("diff", "--no-ext-diff", "HEAD~1")


def test_git_diff_of_what_cannot_be_compared(driven: Path) -> None:
    Path("gateway.route").write_text(BROKEN)
    shown = git("diff")
    assert "+rule big when input_tokns >= 40K" in shown
    assert "what changes for whom cannot be said: `b/gateway.route` cannot be compared: 1 error" in shown
    assert "unknown attribute `input_tokns`" in shown or "input_tokns" in shown.split("cannot be said")[1]
    Path("gateway.route").write_text("enum region = a, b\n")
    assert "is a module: it has no rules to compare" in git("diff")
    Path("gateway.route").unlink()
    shown = git("diff")
    assert "+++ /dev/null" in shown
    assert "cannot be said" not in shown


def test_git_diff_of_a_file_that_moved_and_of_one_with_imports(driven: Path) -> None:
    Path("shared.route").write_text(SHARED)
    Path("gateway.route").write_text(IMPORTING)
    git("add", "-A")
    git("commit", "-qm", "two")
    Path("other.route").write_text(LARGER.replace("enum region = us_east, us_west\n", 'import "./shared"\n'))
    Path("gateway.route").unlink()
    git("add", "-A")
    shown = git("diff", "-M", "--cached")
    assert "diff --interlock a/gateway.route b/other.route" in shown
    assert "requests with input_tokens in 40K..50K" in shown
    assert "imported files are read as they are in the work tree" in shown


def test_the_driver_called_otherwise(cli: Cli) -> None:
    ran = cli("git-diff", "a", "b")
    assert ran.code == 2
    assert "interlock init --git" in ran.err

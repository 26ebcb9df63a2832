"""``interlock init``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from interlock import __version__
from interlock.cli.commands.init import FILES, HOOKS, POLICY, SETTINGS, WORKFLOW, template_text
from tests.cli.conftest import Cli

ROOT = Path(__file__).parent.parent.parent


def files(folder: Path) -> dict[str, str]:
    """All files below a folder."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def test_what_it_writes(cli: Cli, folder: Path) -> None:
    ran = cli("init")
    assert (ran.code, ran.err) == (0, "")
    assert set(files(folder)) == {POLICY, SETTINGS, WORKFLOW, HOOKS}
    assert ran.out == (
        "wrote  policies/gateway.route           a starter policy, with tests\n"
        "wrote  interlock.toml                   settings, all at their defaults\n"
        "wrote  .github/workflows/interlock.yml  check, test and fmt on every push\n"
        "wrote  .pre-commit-config.yaml          the same before every commit\n"
        "\n"
        "next\n"
        "  interlock check policies\n"
        "  interlock test policies\n"
        "  interlock graph policies/gateway.route\n"
        "  then make policies/gateway.route yours: its comments say how\n"
        "  replace OWNER in .github/workflows/interlock.yml and .pre-commit-config.yaml\n"
    )


def test_what_it_says_to_do_next_works(cli: Cli, folder: Path) -> None:
    ran = cli("init")
    steps = re.findall(r"(?m)^  interlock (.*)$", ran.out)
    assert len(steps) == 3
    for step in steps:
        assert cli(*step.split()).code == 0
    assert cli("check", "policies", "--fail-on", "info").out == "no findings in 1 file\n"
    assert "3 tests passed" in cli("test", "policies").out
    assert cli("compile", POLICY).code == 0


def test_its_workflow_does_what_it_says(cli: Cli, folder: Path) -> None:
    """The steps that are commands, run as GitHub's shell does."""
    cli("init")
    jobs = YAML(typ="safe", pure=True).load((folder / WORKFLOW).read_text(encoding="utf-8"))["jobs"]
    commands = [step["run"] for step in jobs["interlock"]["steps"] if "run" in step]
    assert commands[0] == f'pip install "interlock @ git+https://github.com/OWNER/interlock@v{__version__}"'

    def codes() -> list[int]:
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        shell = ["bash", "-e", "-o", "pipefail", "-c"]
        done = [subprocess.run([*shell, command], env=environment, capture_output=True) for command in commands[1:]]
        return [run.returncode for run in done]

    assert codes() == [0, 0, 0]
    policy = folder / POLICY
    policy.write_text(policy.read_text().replace("rule otherwise ", "rule  otherwise when plan == free ", 1))
    assert codes() == [1, 1, 1]  # some requests meet no rule, a test fails, and it is no more in its layout


@pytest.mark.parametrize(("name", "schema"), [(WORKFLOW, ["--builtin-schema", "vendor.github-workflows"]), (HOOKS, [])])
def test_its_yaml_is_valid(cli: Cli, folder: Path, name: str, schema: list[str]) -> None:
    cli("init")
    command = ["check_jsonschema", *schema, name] if schema else ["pre_commit", "validate-config", name]
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_hooks_exist() -> None:
    yaml = YAML(typ="safe", pure=True)
    hooks = yaml.load(template_text("pre-commit.yaml"))["repos"][0]["hooks"]
    known = {hook["id"] for hook in yaml.load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert {hook["id"] for hook in hooks} == known - {"interlock-check-gateway"}


def test_its_settings_are_the_defaults(cli: Cli, folder: Path) -> None:
    cli("init")
    settings = folder / SETTINGS
    text = settings.read_text(encoding="utf-8")
    assert tomllib.loads(text) == {}
    as_written = cli("check", POLICY, "--show-settings").out
    assert "interlock.toml:" not in as_written
    # What is no example is the default: taking the `#` away changes nothing but where it comes from.
    plain = re.sub(r"(?m)^#(?=(?:fail-on|max-attempts|client-retries|max-wait) = )", "", text)
    assert tomllib.loads(plain).keys() == {"fail-on", "max-attempts", "client-retries", "max-wait"}
    settings.write_text(plain)
    from_file = cli("check", POLICY, "--show-settings").out
    assert from_file != as_written
    assert [line.split()[:2] for line in from_file.splitlines()] == [
        line.split()[:2] for line in as_written.splitlines()
    ]
    # And the examples are settings that there are.
    (folder / "models.json").write_text("{}")
    settings.write_text(re.sub(r"(?m)^#(?=[\w\[])", "", text))
    ran = cli("check", POLICY)
    assert (ran.code, ran.err) == (0, "")


def test_a_folder_that_is_named_is_made(cli: Cli, folder: Path) -> None:
    ran = cli("init", "new/a b")
    assert ran.code == 0
    assert set(files(folder / "new" / "a b")) == {path for path, _, _ in FILES}
    assert "  cd 'new/a b'\n  interlock check policies\n" in ran.out


def test_nothing_is_ever_overwritten(cli: Cli, folder: Path) -> None:
    (folder / "policies").mkdir()
    for path in (POLICY, HOOKS):
        (folder / path).write_text(f"mine {path}")
    ran = cli("init")
    assert ran.code == 0
    after = files(folder)
    assert after[POLICY] == f"mine {POLICY}"
    assert after[HOOKS] == f"mine {HOOKS}"
    assert set(after) == {POLICY, SETTINGS, WORKFLOW, HOOKS}
    assert re.findall(r"(?m)^(wrote|kept) +(\S+)", ran.out) == [
        ("kept", POLICY),
        ("wrote", SETTINGS),
        ("wrote", WORKFLOW),
        ("kept", HOOKS),
    ]
    assert "yours" not in ran.out
    # What is to go into the file that was kept is shown.
    snippet = "\n".join(line[2:] for line in ran.out.splitlines() if line.startswith("    "))
    assert (
        YAML(typ="safe", pure=True).load(snippet)
        == YAML(typ="safe", pure=True).load(template_text("pre-commit.yaml"))["repos"]
    )

    assert cli("init").out.count("kept") == 4
    assert files(folder) == after


def test_a_link_to_nowhere_is_there_too(cli: Cli, folder: Path) -> None:
    (folder / SETTINGS).symlink_to("elsewhere.toml")
    ran = cli("init")
    assert ran.code == 0
    assert "kept   interlock.toml" in ran.out
    assert not (folder / "elsewhere.toml").exists()


@pytest.mark.parametrize("place", ["pyproject.toml", "../interlock.toml"])
def test_settings_that_hold_already_stay_in_force(cli: Cli, folder: Path, place: str) -> None:
    (folder / "project").mkdir()
    text = "[tool.interlock]\nmax-attempts = 3\n" if place == "pyproject.toml" else "max-attempts = 3\n"
    (folder / "project" / place).write_text(text)
    ran = cli("init", "project")
    assert ran.code == 0
    assert "has settings already" in ran.out
    assert not (folder / "project" / SETTINGS).exists()
    assert "max-attempts    3" in cli("check", f"project/{POLICY}", "--show-settings").out


def test_a_file_where_a_folder_should_be(cli: Cli, folder: Path) -> None:
    (folder / "policies").write_text("")
    ran = cli("init")
    assert ran.code == 2
    assert ran.err.startswith("error: cannot write `policies/gateway.route`: ")
    assert ran.err.count("\n") == 1
    assert set(files(folder)) == {"policies"}


def test_new_files_have_the_mode_of_new_files(cli: Cli, folder: Path) -> None:
    old = os.umask(0o027)
    try:
        cli("init")
    finally:
        os.umask(old)
    assert {(folder / path).stat().st_mode & 0o777 for path, _, _ in FILES} == {0o640}

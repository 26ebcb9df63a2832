"""What people paste from docs/ci.md, adopt.md and diff.md is valid, and .pre-commit-hooks.yaml does what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from interlock.dsl.format import format_module
from interlock.dsl.parse import parse
from interlock.dsl.source import Source
from tests.cli.conftest import POLICY, UNREACHABLE
from tests.markdown import blocks

ROOT = Path(__file__).parent.parent.parent
PAGES = tuple(ROOT / "docs" / name for name in ("ci.md", "adopt.md", "diff.md"))
FILES = {
    f"{page.stem}:{block.notes['file']}": block.text
    for page in PAGES
    for block in blocks(page)
    if block.language == "yaml" and block.notes["file"] != "config.yaml"
}
SCHEMAS = {
    "diff:.github/workflows/diff.yml": ["--builtin-schema", "vendor.github-workflows"],
    "ci:.github/workflows/interlock.yml": ["--builtin-schema", "vendor.github-workflows"],
    "adopt:.github/workflows/gateway.yml": ["--builtin-schema", "vendor.github-workflows"],
    "adopt:.gitlab-ci.yml": ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
    "ci:.github/workflows/policies.yml": ["--builtin-schema", "vendor.github-workflows"],
    "ci:.gitlab-ci.yml": ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
    "ci:.github/workflows/policy-diff.yml": ["--builtin-schema", "vendor.github-workflows"],
    "ci:policy-diff.gitlab-ci.yml": ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
}
HOOKS = [hook["id"] for hook in YAML(typ="safe", pure=True).load((ROOT / ".pre-commit-hooks.yaml").read_text())]
FORMATTED = format_module(parse(Source("a.route", POLICY))[0])

Done = subprocess.CompletedProcess[str]


def python(*words: str | Path, folder: Path = ROOT, environment: dict[str, str] | None = None) -> Done:
    """Run a module, as its command does."""
    return subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
    )


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_the_page_says_to_paste_is_valid(name: str, tmp_path: Path) -> None:
    path = tmp_path / Path(name.partition(":")[2]).name
    path.write_text(FILES[name], encoding="utf-8")
    done = python("check_jsonschema", *SCHEMAS[name], path)
    assert done.returncode == 0, done.stdout
    path.write_text(FILES[name].replace("runs-on", "runs").replace("script:", "scripts:"), encoding="utf-8")
    assert python("check_jsonschema", *SCHEMAS[name], path).returncode != 0, "this validates nothing"


def test_every_file_of_the_page_is_validated() -> None:
    assert set(FILES) == {*SCHEMAS, "ci:.pre-commit-config.yaml", "adopt:.pre-commit-config.yaml"}


@pytest.mark.parametrize(
    ("action", "section"), [("action.yml", "GitHub"), (".github/actions/diff/action.yml", "What a change does")]
)
def test_inputs_on_the_page_are_those_of_the_action(action: str, section: str) -> None:
    inputs = YAML(typ="safe", pure=True).load((ROOT / action).read_text(encoding="utf-8"))["inputs"]
    page = PAGES[0].read_text(encoding="utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    shown = dict(re.findall(r"(?m)^\| `([\w-]+)` \| (?:`(.*?)`|of the .*?)? ?\|", page))
    assert shown == {
        name: "" if about["default"].startswith("${{") else about["default"] for name, about in inputs.items()
    }


_FAKE_CURL = """\
#!PYTHON
# Stands for GitLab: the notes of a merge request are a list in a file.
import json, os, pathlib, sys
kept = pathlib.Path("notes.json")
notes, words = json.loads(kept.read_text()), sys.argv[1:]
assert "PRIVATE-TOKEN: t0ken" in words
url = words[-1]
assert url.startswith("https://gitlab.example/api/v4/projects/3/merge_requests/5/notes"), url
if "--request" in words:
    method = words[words.index("--request") + 1]
    body = pathlib.Path(words[words.index("--data-urlencode") + 1].removeprefix("body@")).read_text()
    if method == "POST":
        notes.append({"id": 10 + len(notes), "body": body})
    else:
        assert method == "PUT"
        next(n for n in notes if n["id"] == int(url.rsplit("/", 1)[1]))["body"] = body
    kept.write_text(json.dumps(notes))
else:
    print(json.dumps(notes))
""".replace("PYTHON", sys.executable)


def test_the_job_of_gitlab_that_compares(tmp_path: Path) -> None:
    """Its script, less the installation, as GitLab's shell runs it: one note, kept up to date."""
    job = YAML(typ="safe", pure=True).load(FILES["ci:policy-diff.gitlab-ci.yml"])["policy diff"]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "curl").write_text(_FAKE_CURL)
    (tmp_path / "bin" / "curl").chmod(0o755)
    work = tmp_path / "work"
    (work / "policies").mkdir(parents=True)
    (work / "notes.json").write_text('[{"id": 10, "body": "hello"}]')

    def git(*words: str) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *who, *words], cwd=work, capture_output=True, text=True, check=True).stdout

    git("init", "-q")
    (work / "policies" / "gateway.route").write_text(POLICY)
    git("add", "-A")
    git("commit", "-q", "-m", "x")
    given = {
        "CI_API_V4_URL": "https://gitlab.example/api/v4",
        "CI_PROJECT_ID": "3",
        "CI_MERGE_REQUEST_IID": "5",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git("rev-parse", "HEAD").strip(),
        "INTERLOCK_TOKEN": "t0ken",
        "POLICY": job["variables"]["POLICY"],
    }
    given["NOTES"] = re.sub(r"\$(\w+)", lambda match: given[match[1]], job["variables"]["NOTES"])
    path = os.pathsep.join([str(tmp_path / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])

    def run(text: str) -> tuple[int, list[str]]:
        (work / "policies" / "gateway.route").write_text(text)
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"][1:])],
            cwd=work,
            env={**os.environ, **given, "PATH": path},
            capture_output=True,
        )
        return done.returncode, [note["body"] for note in json.loads((work / "notes.json").read_text())]

    for limit in ("60K", "50K"):
        code, notes = run(POLICY.replace("input_tokens >= 40K", f"input_tokens >= {limit}"))
        assert (code, len(notes)) == (0, 2)
        assert f"40K..{limit}" in notes[1]
    code, notes = run(POLICY.replace("home : region per session default us_east", "home : region per session"))
    assert (code, len(notes)) == (1, 2)
    assert "interface" in notes[1]


def test_the_job_of_gitlab(tmp_path: Path) -> None:
    """Its script, less the installation, as GitLab's shell runs it: one report each, and a failed job."""
    script = YAML(typ="safe", pure=True).load(FILES["ci:.gitlab-ci.yml"])["policies"]["script"]
    (tmp_path / "policies").mkdir()

    def run() -> int:
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(script[1:])],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
        ).returncode

    (tmp_path / "policies" / "a.route").write_text(POLICY)
    assert run() == 0
    (tmp_path / "policies" / "a.route").write_text(UNREACHABLE)
    assert run() == 1
    assert "<failure" in (tmp_path / "check.xml").read_text()
    assert "<testsuites" in (tmp_path / "test.xml").read_text()


# ── hooks ───────────────────────────────────────────────────────────────────────────────────────────────

Commit = Callable[..., Done]


@pytest.fixture
def pre_commit(tmp_path: Path) -> Commit:
    """Stages files in a repository of its own and runs its hooks, all of which come from this one.

    pre-commit reads .pre-commit-hooks.yaml as it does for anybody. What it would install for a hook is here already,
    so the hooks are run from the PATH: the test needs no network. (.ci/run has it install them.)
    """
    if shutil.which("git") is None:
        pytest.skip("pre-commit needs git")
    hooks, repository = tmp_path / "hooks", tmp_path / "repository"
    environment = {
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONIOENCODING": "utf-8",
        # Whatever the machine's settings of git are, and whether this runs in a hook itself.
        **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "tests"),
        **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "tests@localhost"),
        **dict.fromkeys(("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"), os.devnull),
    }

    def git(folder: Path, *words: str) -> str:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        return subprocess.run(
            ["git", *words], cwd=folder, env={**clean, **environment}, check=True, capture_output=True, text=True
        ).stdout.strip()

    for folder in (hooks, repository):
        folder.mkdir()
        git(folder, "init", "-q")
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    git(hooks, "add", ".")
    git(hooks, "commit", "-qm", "hooks")
    entries = "".join(f"      - {{id: {hook}, language: system}}\n" for hook in HOOKS)
    (repository / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {hooks}\n    rev: {git(hooks, 'rev-parse', 'HEAD')}\n    hooks:\n{entries}"
    )
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "configuration")

    def run(**files: str) -> Done:
        for name, text in files.items():
            file = name.replace("__", ".") if "__" in name else f"{name}.route"
            (repository / file).write_text(text)
            git(repository, "add", file)
        return python("pre_commit", "run", folder=repository, environment=environment)

    return run


def verdicts(done: Done) -> dict[str, str]:
    """What became of each hook that had files to look at."""
    found = dict(re.findall(r"(?m)^(interlock \w+)\.+(?:\([^)]*\))?(\w+)$", done.stdout))
    return {name: verdict for name, verdict in found.items() if verdict != "Skipped"}


def test_the_manifest_and_the_configuration_are_valid(tmp_path: Path) -> None:
    done = python("pre_commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml")
    assert done.returncode == 0, done.stdout
    path = tmp_path / "config.yaml"
    used = []
    for page in PAGES[:2]:
        text = FILES[f"{page.stem}:.pre-commit-config.yaml"]
        path.write_text(text, encoding="utf-8")
        done = python("pre_commit", "validate-config", path)
        assert (done.returncode, done.stdout) == (0, "")
        used += re.findall(r"id: (\S+)", text)
    assert sorted(used) == sorted(HOOKS)


def test_a_clean_policy_passes(pre_commit: Commit) -> None:
    done = pre_commit(a=FORMATTED)
    assert (done.returncode, verdicts(done)) == (
        0,
        {"interlock check": "Passed", "interlock test": "Passed", "interlock fmt": "Passed"},
    )


def test_each_hook_fails_on_what_is_its_own(pre_commit: Commit) -> None:
    done = pre_commit(a=UNREACHABLE)
    assert (done.returncode, verdicts(done)["interlock check"]) == (1, "Failed")
    assert "R101" in done.stdout
    assert verdicts(done)["interlock test"] == "Passed"
    wrong = 'test "t" { request { input_tokens: 1, session_id: "s" }; expect large[us_east] }\n'
    done = pre_commit(a=POLICY + wrong)
    assert verdicts(done) == {"interlock check": "Passed", "interlock test": "Failed", "interlock fmt": "Failed"}
    assert "got small[us_east]" in done.stdout
    assert "reformatted a.route" in done.stdout


def test_a_module_alone_has_its_policies_checked(pre_commit: Commit) -> None:
    policy = 'policy p\n\nimport "./shared"\n\nrule all when a -> fail 503\nrule otherwise -> fail 503\n'
    assert verdicts(pre_commit(shared="request { a : bool per turn }\n", p=policy))["interlock test"] == "Passed"
    done = pre_commit(shared="request { b : bool per turn }\n")
    assert verdicts(done)["interlock check"] == "Failed"
    assert "p.route:5:15" in done.stdout


def test_without_policies_in_a_commit_nothing_runs(pre_commit: Commit) -> None:
    done = pre_commit()
    assert (done.returncode, verdicts(done)) == (0, {})
    assert "no files to check" in done.stdout


def test_the_configuration_of_a_gateway_is_checked(pre_commit: Commit) -> None:
    sound = "model_list:\n  - model_name: a\n    litellm_params: {model: openai/gpt-5}\n"
    assert verdicts(pre_commit(litellm__yaml=sound))["interlock gateway"] == "Passed"
    done = pre_commit(litellm__yaml=sound + "  - [b\n")
    assert verdicts(done)["interlock gateway"] == "Failed"
    assert "G001" in done.stdout
    done = pre_commit(portkey__json='{"strategy": {"mode": "fallback"}, "targets": [}')
    assert verdicts(done)["interlock gateway"] == "Failed"

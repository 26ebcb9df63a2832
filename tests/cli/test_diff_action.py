"""The action that compares: its steps in a git repository, with a GitHub that keeps comments."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.cli.conftest import BROKEN, POLICY
from tests.cli.runner import ROOT, Runner

ACTION = ROOT / ".github" / "actions" / "diff" / "action.yml"
MOVED = POLICY.replace("input_tokens >= 40K", "input_tokens >= 60K")

_FAKE_GH = """\
#!PYTHON
# Stands for GitHub: its comments are a list in a file.
import json, os, pathlib, sys
kept = pathlib.Path(os.environ["COMMENTS"])
words = sys.argv[1:]
assert words.pop(0) == "api" and os.environ["GH_TOKEN"] == "t0ken"
if kept.read_text() == "closed":
    sys.exit("HTTP 403: Resource not accessible by integration")
comments = json.loads(kept.read_text())
if "--jq" in words:
    assert words[:2] == ["--paginate", "repos/o/r/issues/7/comments"], words
    # What the expression selects, which jq itself is asked in a test of its own.
    for c in comments:
        if c["user"]["type"] == "Bot" and c["body"].startswith("<!-- interlock diff -->"):
            print(c["id"])
else:
    method, path = words[1], words[2]
    body = pathlib.Path(words[4].removeprefix("body=@")).read_text()
    if method == "POST":
        assert path == "repos/o/r/issues/7/comments", path
        comments.append({"id": len(comments) + 1, "user": {"type": "Bot"}, "body": body})
    else:
        assert method == "PATCH" and path.startswith("repos/o/r/issues/comments/"), words
        comments[int(path.rsplit("/")[-1]) - 1]["body"] = body
    kept.write_text(json.dumps(comments))
""".replace("PYTHON", sys.executable)


class Repository:
    """A checkout of a pull request, whose base has some files and whose head has others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.comments = folder / "comments.json"
        self.comments.write_text("[]")
        (folder / "bin").mkdir()
        (folder / "bin" / "gh").write_text(_FAKE_GH)
        (folder / "bin" / "gh").chmod(0o755)
        self.runs = 0
        self.base = ""
        self.work = folder / "repository"
        self.work.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *who, *words], cwd=self.work, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, **files: str | None) -> str:
        """A commit with these files; None: without."""
        for name, text in files.items():
            path = self.work / f"{name.replace('__', '/')}.route"
            path.parent.mkdir(exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self.git("rev-parse", "HEAD")

    def run(self, **inputs: str) -> Runner:
        """Run the action; what the repository holds is the workspace."""
        self.runs += 1
        folder = self.folder / f"run {self.runs}"
        folder.mkdir()
        context = {
            "github.event.pull_request.base.sha": self.base,
            "github.event.pull_request.number": "7",
            "github.token": "t0ken",
        }
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        variables = {"PATH": path, "COMMENTS": str(self.comments), "GITHUB_REPOSITORY": "o/r"}
        runner = Runner(folder, ACTION, context, variables)
        runner.workspace = self.work
        return runner.run(**inputs)

    @property
    def bodies(self) -> list[str]:
        """The comments, as they are read."""
        return [unescape(comment["body"]) for comment in json.loads(self.comments.read_text())]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with one policy at its base."""
    found = Repository(tmp_path)
    found.base = found.commit(gateway=POLICY)
    return found


def test_it_is_valid() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", str(ACTION)],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout
    used = [
        step["uses"] for step in YAML(typ="safe", pure=True).load(ACTION.read_text())["runs"]["steps"] if "uses" in step
    ]
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) for action in used)


def test_a_change_is_commented_on_once(repository: Repository) -> None:
    repository.commit(gateway=MOVED)
    ran = repository.run()
    assert (ran.failed, ran.outputs["diff"]["changed"]) == (None, "true")
    (body,) = repository.bodies
    assert body.startswith("<!-- interlock diff -->\n")
    assert "input_tokens in 40K..60K" in body
    assert "input_tokens in 40K..60K" in unescape(ran.summary.read_text())
    assert "1 region of requests goes elsewhere" in ran.log
    # Pushed again, the comment is the same one with another text.
    repository.commit(gateway=POLICY.replace("input_tokens >= 40K", "input_tokens >= 50K"))
    repository.run()
    (body,) = repository.bodies
    assert "input_tokens in 40K..50K" in body
    assert "60K" not in body
    # And taken back, it says so.
    repository.commit(gateway=POLICY)
    ran = repository.run()
    assert (ran.failed, ran.outputs["diff"]["changed"]) == (None, "false")
    (body,) = repository.bodies
    assert "treats every request as before" in body


def test_where_nothing_changes_nothing_is_said(repository: Repository) -> None:
    repository.commit(readme="# not a policy\n", gateway="# a remark\n" + POLICY)
    ran = repository.run()
    assert (ran.failed, repository.bodies) == (None, [])


def test_what_the_target_has_done_since_is_not_the_change(repository: Repository) -> None:
    repository.git("switch", "-q", "-c", "change")
    repository.commit(gateway=MOVED)
    repository.git("switch", "-q", "main")
    repository.base = repository.commit(gateway=POLICY.replace("input_tokens >= 40K", "input_tokens >= 10K"))
    repository.git("switch", "-q", "change")
    repository.run()
    (body,) = repository.bodies
    assert "input_tokens in 40K..60K" in body
    assert "10K" not in body


def test_a_refactoring_may_be_too_much(repository: Repository) -> None:
    repository.commit(gateway=POLICY.replace("rule otherwise", "rule the_rest"))
    assert (repository.run().failed, repository.bodies) == (None, [])
    ran = repository.run(options="--fail-on=refactor")
    assert (ran.failed, ran.code) == ("Result", 1)
    assert "refactor" in repository.bodies[0]


def test_the_job_fails_for_what_is_too_much(repository: Repository) -> None:
    repository.commit(gateway=MOVED)
    assert repository.run(options="--fail-on=interface").failed is None
    ran = repository.run(options="--fail-on=routing\n")
    assert (ran.failed, ran.code) == ("Result", 1)
    assert len(repository.bodies) == 1


def test_policies_that_are_new_gone_or_in_modules(repository: Repository) -> None:
    repository.base = repository.commit(
        deep__old=POLICY.replace("sizes", "old"),
        other='policy other\nimport "./models"\nupstream u { provider a; region r }\npool p { serve u with m }\n'
        "fallback p -> fail 503\nrequest { n : int(0..=9) }\nrule r when small -> p\nrule rest -> fail 400\n",
        models="model m {}\nlet small = n < 3\n",
    )
    repository.commit(models="model m {}\nlet small = n < 5\n", deep__old=None, näw=POLICY.replace("sizes", "new"))
    ran = repository.run()
    (body,) = repository.bodies
    assert ran.failed is None
    assert "`deep/old.route` is gone." in body
    assert "`näw.route` is new." in body
    assert "n in 3..5" in body
    assert "gateway.route" not in body


def test_what_cannot_be_compared_fails_and_says_why(repository: Repository) -> None:
    repository.commit(gateway=BROKEN)
    ran = repository.run()
    assert (ran.failed, ran.code) == ("Result", 2)
    (body,) = repository.bodies
    assert "`gateway.route` could not be compared." in body
    assert "input_tokns" in body


def test_without_a_base(repository: Repository) -> None:
    repository.base = ""
    ran = repository.run()
    assert (ran.failed, ran.code) == ("Result", 2)
    assert "fetch-depth: 0" in repository.bodies[0]


def test_a_token_that_may_not_write_is_no_failure(repository: Repository) -> None:
    repository.commit(gateway=MOVED)
    repository.comments.write_text("closed")
    ran = repository.run()
    assert ran.failed is None
    assert "::warning::the comments of pull request 7 could not be read" in ran.log
    assert "::warning::" not in repository.run(comment="false").log


def test_inputs_are_never_run(repository: Repository) -> None:
    repository.commit(gateway=MOVED)
    ran = repository.run(files='$(touch broken)\n"; touch broken; "\n--help', options="`touch broken`")
    assert not (repository.work / "broken").exists()
    assert ran.failed is None, "what is at neither commit is new, or gone"
    ran = repository.run(options="`touch broken`")
    assert (ran.failed, ran.code) == ("Result", 2)
    assert not (repository.work / "broken").exists()


def test_long_comments_are_cut_between_policies(repository: Repository) -> None:
    def version(message: str) -> dict[str, str]:
        fails = "".join(
            f'rule r{k} when input_tokens == {k} -> fail 400 "{f"{k}{message}" * 300}"\n' for k in range(20)
        )
        return {f"p{n}": POLICY.replace("rule big", fails + "rule big", 1) for n in range(6)}

    repository.base = repository.commit(**version("x"))
    repository.commit(**version("y"))
    ran = repository.run()
    (comment,) = json.loads(repository.comments.read_text())
    assert len(comment["body"]) < 65_536
    assert "`p5.route` differs, too; the summary of the run has the rest." in comment["body"]
    assert "p5.route" in ran.summary.read_text()


@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq to ask")
def test_the_comment_is_found_by_what_jq_selects() -> None:
    steps: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(ACTION.read_text())["runs"]["steps"]
    script = next(step["run"] for step in steps if step["name"].startswith("Comment"))
    expression = re.search(r"mine='(.*)'", script)
    assert expression
    comments = [
        {"id": 1, "user": {"type": "User"}, "body": "<!-- interlock diff -->"},
        {"id": 2, "user": {"type": "Bot"}, "body": "said <!-- interlock diff -->"},
        {"id": 3, "user": {"type": "Bot"}, "body": "<!-- interlock diff -->\nx"},
    ]
    done = subprocess.run(["jq", expression[1]], input=json.dumps(comments), capture_output=True, text=True, check=True)
    assert done.stdout == "3\n"

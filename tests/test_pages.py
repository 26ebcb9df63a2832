"""What the pages show besides policies and commands: the demo, the pictures and the Python."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from tests.markdown import blocks
from tests.test_docs import DOCUMENTS, ROOT

COMMAND = Path(sys.executable).with_name("interlock")


def python(*arguments: str | Path, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run Python on a script, as a user would."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_the_demo_runs() -> None:
    done = python("docs/demo.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    shown = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("$ interlock ")]
    assert shown == ["check", "test", "check", "decide", "decide", "compile", "explain"]
    assert "error[F201]" in done.stdout
    assert "error[C301]" in done.stdout


def test_the_pages_of_findings_are_up_to_date() -> None:
    done = python("docs/make_findings.py", "--check")
    assert done.returncode == 0, done.stderr


def test_the_picture_shows_what_check_prints() -> None:
    done = python("docs/make_picture.py", "--check")
    assert done.returncode == 0, done.stderr
    picture = (ROOT / "docs" / "check.svg").read_text(encoding="utf-8")
    words = " ".join(unescape(" ".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture))).split())
    assert "$ interlock check fleet.route" in words
    assert "2 errors in 1 file" in words
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", ""), "a picture loads nothing from elsewhere"


def test_the_picture_of_walks_is_what_graph_draws() -> None:
    done = python("docs/make_graph.py", "--check")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "path",
    [path for path in DOCUMENTS if any(block.language == "python" for block in blocks(path))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_the_python_runs(path: Path, tmp_path: Path) -> None:
    """All of a page's Python, in order, as one program, with the tables that the page's commands compile."""
    for policy in (ROOT / "stdlib_policies").glob("*.route"):
        (tmp_path / policy.name).write_bytes(policy.read_bytes())
    code = []
    for block in blocks(path):
        if "file" in block.notes:
            file = tmp_path / block.notes["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for command in re.findall(r"^\$ interlock (compile .*)$", block.text, re.MULTILINE):
                subprocess.run([COMMAND, *command.split()], cwd=tmp_path, capture_output=True, check=True)
        elif block.language == "python":
            code.append(block.text)
    (tmp_path / "page.py").write_text("\n\n".join(code), encoding="utf-8")
    done = python("page.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr


PAGES = [*DOCUMENTS, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "benchmarks" / "README.md"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```$", "", path.read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = link.partition("#")
        if "://" in file:
            continue
        target = path.parent / file if file else path
        assert target.exists(), f"{link}: there is no such file"
        if anchor:
            assert anchor in anchors(target), f"{link}: there is no such heading"


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"(?ms)^```.*?^```$", "", path.read_text(encoding="utf-8"))
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

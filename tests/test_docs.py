"""README.md and docs/**/*.md as a reader would use them: ``route`` blocks are checked and commands run.

Comments before a block say more. Before any: ``<!-- file: name.route -->`` the file that the document makes of it, in
the folder in which its commands run. Before ``route``: ``<!-- expect: R101, T002 -->`` the codes that ``check`` finds
(none without it); ``<!-- fragment: REASON -->`` part of a policy, which is not checked. Before ``console``:
``<!-- exit: 1 -->`` the exit codes of its commands, in order (0 where not said). In shown output a line ``...`` stands
for any lines, and ``...`` within a line for any text; a command with no output after it may print what it likes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.compiler.pipeline import check
from tests.markdown import Block, blocks

ROOT = Path(__file__).parent.parent
DOCUMENTS = [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if path.exists()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_document(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for policy in (ROOT / "stdlib_policies").glob("*.route"):
        (tmp_path / policy.name).write_bytes(policy.read_bytes())
    (tmp_path / "stdlib_policies").symlink_to(ROOT / "stdlib_policies")
    for block in blocks(path):
        place = f"{path.relative_to(ROOT)}:{block.line}"
        if block.language == "route":
            _check_policy(block, place)
        elif block.language == "console":
            _run_commands(block, place, tmp_path)
        elif "file" in block.notes:
            Path(block.notes["file"]).parent.mkdir(parents=True, exist_ok=True)
            Path(block.notes["file"]).write_text(block.text, encoding="utf-8")


def _check_policy(block: Block, place: str) -> None:
    if "fragment" in block.notes:
        assert block.notes["fragment"], f"{place}: say why this is only a fragment"
        return
    name = block.notes.get("file", "policy.route")
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(block.text, encoding="utf-8")
    expected = [code.strip() for code in block.notes.get("expect", "").split(",") if code.strip()]
    # An info tells of what may be meant, such as an example with one provider.
    found = [f for f in check(name).findings if f.severity != "info" or f.kind.code in expected]
    told = "\n".join(f"{f.kind.code} line {f.span.first[0]}: {f.message}" for f in found)
    assert sorted(expected) == sorted(f.kind.code for f in found), f"{place}: found\n{told or 'nothing'}"


def _run_commands(block: Block, place: str, folder: Path) -> None:
    codes = [int(code) for code in block.notes.get("exit", "").split(",") if code.strip()]
    for number, (command, shown) in enumerate(_commands(block.text)):
        if not command.startswith("interlock "):
            continue
        result = _run(command, folder)
        code = codes[number] if number < len(codes) else 0
        assert result.returncode == code, f"{place}: `{command}` gives exit {result.returncode}:\n{result.stdout}"
        if shown.strip():
            assert _as_shown(shown, result.stdout), f"{place}: `{command}` prints\n{result.stdout}"


def _commands(text: str) -> list[tuple[str, str]]:
    """Each command with the output shown after it."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            command, shown = found[-1]
            if command.endswith("\\"):
                found[-1] = (command[:-1] + line.strip(), shown)
            else:
                found[-1] = (command, f"{shown}{line}\n")
    return found


def _run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",  # so that both outputs come in the order in which a terminal shows them
        "PYTHONIOENCODING": "utf-8",
        "NO_COLOR": "1",
    }
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def _as_shown(shown: str, printed: str) -> bool:
    lines = [line.rstrip() for line in shown.strip("\n").splitlines()]
    parts = [
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line).replace(r"\.\.\.", ".*") + "\n" for line in lines
    ]
    text = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
    return re.fullmatch("".join(parts), text) is not None


def test_what_counts_as_shown() -> None:
    printed = "a 12 b\n\nmiddle\nlast\n"
    assert _as_shown("a ... b\n\nmiddle\nlast\n", printed)
    assert _as_shown("a 12 b\n...\nlast\n", printed)
    assert _as_shown("...\n", printed)
    assert not _as_shown("a 12 b\nlast\n", printed)
    assert not _as_shown("a 13 b\n...\n", printed)
    assert not _as_shown("a 12 b\n\nmiddle\n", printed)

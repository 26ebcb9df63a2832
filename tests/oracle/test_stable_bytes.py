"""The same policy gives the same bytes: on every run, under every hash seed, on every version of Python."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.oracle.compiled import compiled, examples
from tests.oracle.policies import seeded

ROOT = Path(__file__).parents[2]
COUNT = examples(40)

# Reads policies from standard input, apart by NUL, and prints the SHA-256 of each table. What it imports is
# pure Python, so that any interpreter can borrow this one's packages.
SCRIPT = """
import hashlib, sys
from interlock.compiler.artifact import encode
from interlock.compiler.pipeline import front
for text in sys.stdin.buffer.read().decode().split("\\0"):
    print(hashlib.sha256(encode(front("generated.route", text=text).table)).hexdigest())
"""


@cache
def texts() -> list[str]:
    return [seeded(seed) for seed in range(COUNT)]


@cache
def hashes() -> list[str]:
    return [hashlib.sha256(compiled(text).artifact).hexdigest() for text in texts()]


def hashes_under(python: str, seed: str) -> list[str]:
    """The hashes that another process computes."""
    packages = [str(ROOT / "src"), *(path for path in sys.path if path.endswith("site-packages"))]
    done = subprocess.run(
        [python, "-c", SCRIPT],
        input="\0".join(texts()).encode(),
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(packages), "PYTHONHASHSEED": seed},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split()


def other_pythons() -> list[str]:
    """An interpreter of each version from 3.11 that is not this one's."""
    found: dict[str, str] = {}
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", Path.home() / ".local/share/uv/python"))
    candidates = [shutil.which(f"python3.{minor}") for minor in range(11, 20)]
    candidates += [shutil.which("python3"), "/usr/bin/python3"]
    candidates += [str(path) for folder in (pyenv, uv) for path in sorted(folder.glob("*/bin/python3"))]
    for candidate in filter(None, candidates):
        probe = "import sys; assert sys.version_info >= (3, 11); print('.'.join(map(str, sys.version_info[:2])))"
        done = subprocess.run([candidate, "-c", probe], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found.setdefault(done.stdout.strip(), candidate)
    found.pop(".".join(map(str, sys.version_info[:2])), None)
    return [found[version] for version in sorted(found)]


def test_compiling_twice_gives_the_same_bytes() -> None:
    assert [hashlib.sha256(compiled(text).artifact).hexdigest() for text in texts()] == hashes()


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_the_hash_seed_changes_nothing(seed: str) -> None:
    assert hashes_under(sys.executable, seed) == hashes()


def test_another_version_of_python_gives_the_same_bytes() -> None:
    pythons = other_pythons()
    if not pythons:
        pytest.skip("no other Python of version 3.11 or newer is installed here")
    for python in pythons:
        assert hashes_under(python, "random") == hashes(), python

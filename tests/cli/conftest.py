"""Running the command line in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from interlock.cli.app import app

POLICY = """\
policy sizes

enum region = us_east, us_west

request {
    home : region per session default us_east
    input_tokens : int(0..=1M) rising
    session_id : string per session
}

model haiku { context 200K }
model opus { context 1M }

upstream egress[r in region] { provider anthropic; account platform; region r }
upstream spare[r in region] { provider bedrock; account r; region eu_central }
pool small[r in region] { serve egress[r] with haiku; sticky by session_id }
pool large[r in region] { serve egress[r] with opus weight 100; serve spare[r] with opus; sticky by session_id }

fallback small[r in region] -> large[r] -> fail 503
fallback large[us_east] -> large[us_west] -> fail 503 "every region is down"
fallback large[us_west] -> fail 503

## Big refactors.
rule big when input_tokens >= 40K -> large[home]
rule otherwise -> small[home]
"""
"""A policy in which nothing is wrong."""

UNREACHABLE = POLICY.replace("rule otherwise", "rule huge when input_tokens >= 80K -> small[home]\nrule otherwise")
"""The same with one R101."""

BROKEN = POLICY.replace("input_tokens >= 40K", "input_tokns >= 40K")
"""The same with one T002."""


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


Cli = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(folder: Path) -> Cli:
    """Runs a command in ``folder``, within this process."""

    def run(*words: str, stdin: str | bytes = b"") -> Ran:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        result = CliRunner().invoke(app, list(words), input=data, prog_name="interlock")
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


def spawn(
    *words: str, stdin: bytes = b"", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Runs a command in a process of its own, as a shell does."""
    return subprocess.run(
        [sys.executable, "-m", "interlock", *words],
        input=stdin,
        capture_output=True,
        env={**os.environ, **(environment or {})},
        timeout=60,
    )

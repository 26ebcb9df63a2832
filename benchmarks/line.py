"""The straight line from text to table, timed phase by phase, and the commands as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import interleaved, seconds
from interlock.compiler import pipeline
from interlock.compiler.artifact import encode
from interlock.compiler.verify import verify

REPEATS = 3
START_UP_REPEATS = 15


@dataclass(frozen=True, slots=True)
class Phases:
    """Seconds in one warm process (the parser is built, modules are imported), and sizes in bytes."""

    build: float
    check: float
    verify: float
    text_bytes: int
    table_bytes: int


@dataclass(frozen=True, slots=True)
class StartUp:
    """Seconds from start to end of two processes, run in turn."""

    policy: str
    interlock: float
    python: float


def phases(file: Path) -> Phases:
    """Text to table bytes; the same with every analysis; and the proof that the table means what the policy
    says, which ``interlock compile`` adds to both. Raises ValueError if the policy has errors."""
    name, text = str(file), file.read_text("utf-8")
    front = pipeline.front(name, text=text)
    found = pipeline.check(name, text=text).findings
    errors = [each.message for each in found if each.severity == "error"]
    if front.policy is None or front.table is None or errors:
        raise ValueError(f"{name} is meant to be free of errors: {errors[:3]}")
    policy, table = front.policy, front.table
    mismatch = verify(policy, table)
    if mismatch is not None:
        raise ValueError(f"{name}: {mismatch}")
    return Phases(
        build=seconds(lambda: build(file), REPEATS),
        check=seconds(lambda: pipeline.check(name, text=text), REPEATS),
        verify=seconds(lambda: verify(policy, table), REPEATS),
        text_bytes=len(text.encode()),
        table_bytes=len(encode(table)),
    )


def build(file: Path) -> bytes:
    """The artifact's bytes: parse, resolve, lower, encode."""
    front = pipeline.front(str(file), text=file.read_text("utf-8"))
    if front.table is None:
        raise ValueError(f"{file} does not compile: {front.findings}")
    return encode(front.table)


def command(*arguments: str) -> float:
    """The median wall time of ``interlock ARGUMENTS`` in a process of its own, in seconds, start-up included.
    Raises RuntimeError when it could not do its work."""
    _run(*arguments)  # the first run may fill caches
    return seconds(lambda: _run(*arguments), REPEATS)


def start_up(file: Path) -> StartUp:
    """``interlock check`` on a ready-made policy beside an interpreter that does nothing."""
    _run("check", str(file))
    mine, floor = interleaved(
        lambda: _run("check", str(file)),
        lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
        START_UP_REPEATS,
    )
    return StartUp(file.name, mine, floor)


def _run(*arguments: str) -> None:
    script = Path(sys.executable).with_name("interlock")
    start = [str(script)] if script.exists() else [sys.executable, "-m", "interlock"]
    # As where it is installed: its bytecode is kept, even if this shell says otherwise.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [*start, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"interlock {arguments} ended with {done.returncode}: {done.stderr[-2000:]}")

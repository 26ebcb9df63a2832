"""Commands that run side by side, each with ports of its own, until all have ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

AT_ONCE = 3
PATIENCE = 1800.0
"""Seconds until a command is ended, and has failed."""
FIRST_PORT, PORTS = 23_000, 500
"""The ports of the first command, and how many each has: none that the system gives to others by itself (Linux has its
own from 32,768 on)."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    name: str
    failed: bool
    seconds: float
    output: str


@dataclass(frozen=True, slots=True)
class _Running:
    name: str
    process: subprocess.Popen[bytes]
    began: float
    output: Path


def run(commands: Mapping[str, Sequence[str]], folder: Path, patience: float = PATIENCE) -> Iterator[Done]:
    """Run all of them; gives each when it has ended. What still runs when the caller goes on without it is ended."""
    waiting, running = list(enumerate(commands.items())), list[_Running]()
    with tempfile.TemporaryDirectory() as outputs:
        try:
            while waiting or running:
                while waiting and len(running) < AT_ONCE:
                    number, (name, command) = waiting.pop(0)
                    running.append(_start(name, command, folder, number, Path(outputs, str(number))))
                time.sleep(0.05)
                for each in running[:]:
                    seconds = time.monotonic() - each.began
                    late = each.process.poll() is None and seconds > patience
                    if late:
                        _end(each.process)
                    elif each.process.returncode is None:
                        continue
                    running.remove(each)
                    text = each.output.read_text("utf-8", "replace")
                    text += f"\nended after {patience:.0f} s" if late else ""
                    yield Done(each.name, late or each.process.returncode != 0, seconds, text)
        finally:
            for each in running:
                _end(each.process)


def _start(name: str, command: Sequence[str], folder: Path, number: int, output: Path) -> _Running:
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "GATEWAY_PORTS": str(FIRST_PORT + PORTS * number)},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return _Running(name, process, time.monotonic(), output)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command and what it has started: kindly at first, so that it ends its own gateway."""
    for how in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)

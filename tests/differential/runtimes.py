"""The runtimes of this checkout that can run here, each as a process that speaks ``run --batch``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "runtimes"
SECONDS = 300
"""How long an answer may take before a runtime counts as hung."""


@dataclass(frozen=True)
class Runtime:
    """How to start one. ``needs`` is the program without which it cannot."""

    name: str
    needs: str
    command: tuple[str, ...]
    env: Mapping[str, str]


RUNTIMES = (
    Runtime("python", sys.executable, (sys.executable, str(FOLDER / "python" / "run")), {}),
    Runtime("go", "go", (str(FOLDER / "go" / "run"),), {}),
    Runtime("lua", "luajit", (str(FOLDER / "lua" / "run"),), {"LUA": "luajit"}),
    Runtime("typescript", "node", (str(FOLDER / "typescript" / "run"),), {}),
)


def present() -> list[Runtime]:
    """Those whose language is installed."""
    return [runtime for runtime in RUNTIMES if shutil.which(runtime.needs)]


class Speaker:
    """A running runtime. ``ask`` may be called again and again; ``close`` ends it."""

    def __init__(self, runtime: Runtime) -> None:
        self.name = runtime.name
        self._process = subprocess.Popen(
            [*runtime.command, "--batch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | runtime.env,
        )
        self._lines: list[bytes] = []

    def send(self, commands: Sequence[bytes]) -> None:
        """Begin to ask; ``answers`` has what comes back."""
        data = b"".join(command + b"\n" for command in commands)
        self._lines = []
        self._threads = [
            threading.Thread(target=self._write, args=(data,), daemon=True),
            threading.Thread(target=self._read, args=(len(commands),), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def answers(self, commands: Sequence[bytes]) -> list[bytes]:
        """The answers to what was sent last. Raises ``AssertionError`` if the runtime ended or hangs."""
        for thread in self._threads:
            thread.join(SECONDS)
        if len(self._lines) < len(commands):
            ended = self._process.poll()
            what = "hangs" if ended is None else f"ended with {ended}"
            raise AssertionError(f"{self.name} {what} at: {commands[len(self._lines)][:2000]!r}")
        return self._lines

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it ended; ``answers`` says so

    def _read(self, count: int) -> None:
        assert self._process.stdout is not None
        for _ in range(count):
            line = self._process.stdout.readline()
            if not line.endswith(b"\n"):
                return
            self._lines.append(line[:-1])


def ask_all(speakers: Sequence[Speaker], commands: Sequence[bytes]) -> list[list[bytes]]:
    """The answers of each, asked at the same time."""
    for speaker in speakers:
        speaker.send(commands)
    return [speaker.answers(commands) for speaker in speakers]

"""What a large policy costs: whole commands, their time and the most memory they held."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Cost:
    """One run of a command: seconds from start to end, seconds of processor, bytes of memory at most."""

    wall: float
    processor: float
    memory: int


@dataclass(frozen=True, slots=True)
class Large:
    """A policy and what the commands cost on it."""

    name: str
    text_bytes: int
    check: Cost
    compile: Cost


def measure(name: str, rules: int, text: str, folder: Path) -> Large:
    """Runs ``interlock check`` and ``interlock compile`` on a text, once each: they take long enough."""
    file = folder / f"large_{rules}.route"
    file.write_text(text, "utf-8")
    _, check = cost_of("check", str(file))
    _, compiled = cost_of("compile", str(file), "-o", str(file.with_suffix(".table.json")))
    return Large(name, len(text.encode()), check, compiled)


def rows(measured: Sequence[Large]) -> str:
    """A Markdown table, one line a policy."""
    lines = ["| policy | text | `interlock check` | `interlock compile` |", "| --- | ---: | ---: | ---: |"]
    for each in measured:
        text = f"{each.text_bytes / 1000:,.0f} kB"
        lines.append(f"| {each.name} | {text} | {_said(each.check)} | {_said(each.compile)} |")
    return "\n".join(lines) + "\n"


def _said(cost: Cost) -> str:
    return f"{cost.wall:.1f} s, {cost.memory / 1e6:,.0f} MB"


def cost_of(*arguments: str) -> tuple[str, Cost]:
    """What a command writes, and what it costs. Raises ``RuntimeError`` where it cannot do its work."""
    script = Path(sys.executable).with_name("interlock")
    start = [str(script)] if script.exists() else [sys.executable, "-m", "interlock"]
    began = perf_counter()
    with (
        tempfile.TemporaryFile() as out,
        subprocess.Popen([*start, *arguments], stdout=out, stderr=subprocess.PIPE) as process,
    ):
        assert process.stderr is not None
        said = process.stderr.read().decode("utf-8", "replace")
        # Popen.wait would reap it without saying how much memory it took.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        written = out.read().decode()
    wall = perf_counter() - began
    if process.returncode not in (0, 1):
        raise RuntimeError(f"interlock {arguments} ended with {process.returncode}: {said[-2000:]}")
    if process.returncode == 1 and arguments[0] == "compile":
        raise RuntimeError(f"interlock {arguments} found errors: {said[-2000:]}")
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return written, Cost(wall, usage.ru_utime + usage.ru_stime, memory)

"""What is measured, each in a process of its own that prints its figures as JSON."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.languages.case import Case
from benchmarks.timing import Disagreement

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RUNTIMES = ROOT / "runtimes"
INSTALLED = ROOT / ".peers"
"""Where the peers and their dependencies are built; git ignores it."""

DIFFERS = 3
"""The exit code of a peer that decides a request differently."""

NODE_FLAGS = ("--expose-gc", "--min-semi-space-size=64", "--no-turbo-inline-js-wasm-calls")
"""Memory is counted between collections. Node.js 20 ends with "unreachable code" where it inlines a call of Cedar's."""

Figures = dict[str, Any]
"""What a `bench` prints (docs/runtimes.md, "Asking from a shell")."""


class Unavailable(Exception):
    """An engine that this machine cannot run, and why."""


@dataclass(frozen=True, slots=True)
class Engine:
    """``needs`` are programs. ``prepare`` makes what is asked of a case, once; ``ask`` checks answers and measures."""

    language: str
    name: str
    needs: tuple[str, ...]
    prepare: Callable[[Case], None]
    ask: Callable[[Case], Figures]


def run(command: Sequence[str | Path], cwd: Path | None = None) -> str:
    """What a program prints. Raises Disagreement when a peer answers otherwise, Unavailable when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8")
    if done.returncode == DIFFERS:
        raise Disagreement(done.stderr.strip())
    if done.returncode:
        raise Unavailable(f"{Path(command[0]).name}: {(done.stderr.strip() or done.stdout.strip())[-400:]}")
    return done.stdout


def missing(engine: Engine) -> list[str]:
    """The programs that an engine needs and the machine lacks."""
    return [program for program in engine.needs if shutil.which(program) is None]


def runtime(name: str, language: str, *needs: str) -> Engine:
    """Interlock's runtime in ``runtimes/<name>``."""
    folder = RUNTIMES / name

    def check(case: Case) -> None:
        answers = run([folder / "run", case.table, case.requests])
        rules = {rule: index for index, rule in enumerate(json.loads(case.table.read_bytes())["rules"])}
        lines = zip(answers.splitlines(), case.requests.read_text("utf-8").splitlines(), case.expected, strict=True)
        for answer, request, want in lines:
            got = json.loads(answer)
            if got.get("invalid") is not None or rules.get(got["rule"], -1) != want:
                raise Disagreement(f"Interlock in {language} answers {answer}, not rule {want}, for {request}")
        _hashes(case)[name] = hashlib.sha256(answers.encode()).hexdigest()

    def ask(case: Case) -> Figures:
        told: Figures = json.loads(run([folder / "bench", case.table, case.requests]))
        hashes = {**_hashes(case), f"{name}'s bench": told["answers_sha256"]}
        if len(set(hashes.values())) != 1:
            raise Disagreement(f"the runtimes' answers differ: {hashes}")
        return told

    return Engine(language, "Interlock", needs, check, ask)


_KNOWN: dict[Path, dict[str, str]] = {}


def _hashes(case: Case) -> dict[str, str]:
    """The hash of each runtime's answers."""
    return _KNOWN.setdefault(case.table, {})


def _go(name: str) -> Engine:
    folder = INSTALLED / "go"

    def prepare(case: Case) -> None:
        shutil.copytree(HERE / "go", folder, dirs_exist_ok=True)
        shutil.copy(case.chain("go"), folder / "chain.go")
        run(["go", "build", "-buildvcs=false", "-o", "bench", "."], folder)

    def ask(case: Case) -> Figures:
        told: Figures = json.loads(run([folder / "bench", case.peers, name]))
        return told

    return Engine("Go", name, ("go",), prepare, ask)


def _js(name: str) -> Engine:
    folder = INSTALLED / "js"

    def prepare(case: Case) -> None:
        wanted = (HERE / "js" / "package-lock.json").read_text("utf-8")
        shutil.copytree(HERE / "js", folder, dirs_exist_ok=True)
        ready = folder / ".ready"
        if not ready.exists() or ready.read_text("utf-8") != wanted:
            run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], folder)
            ready.write_text(wanted, "utf-8")
        shutil.copy(case.chain("mjs"), folder / "chain.mjs")

    def ask(case: Case) -> Figures:
        told: Figures = json.loads(run(["node", *NODE_FLAGS, folder / "bench.mjs", case.peers, name]))
        return told

    return Engine("TypeScript", name, ("node", "npm"), prepare, ask)


def _nothing(case: Case) -> None:
    """There is nothing to prepare."""


def _lua(case: Case) -> Figures:
    files = [case.chain("lua"), case.requests, case.indexes]
    told: Figures = json.loads(run(["luajit", HERE / "lua" / "bench.lua", RUNTIMES / "lua", *files]))
    return told


def _python(case: Case) -> Figures:
    files = [case.chain("py"), case.requests, case.indexes]
    told: Figures = json.loads(run([sys.executable, HERE / "python_chain.py", *files]))
    return told


ENGINES = (
    runtime("go", "Go", "go"),
    _go("if-chain"),
    _go("CEL"),
    _go("OPA"),
    runtime("typescript", "TypeScript", "node", "npm"),
    _js("if-chain"),
    _js("JsonLogic"),
    _js("Portkey"),
    _js("Cedar"),
    runtime("lua", "LuaJIT", "luajit"),
    Engine("LuaJIT", "if-chain", ("luajit",), _nothing, _lua),
    runtime("python", "Python"),
    Engine("Python", "if-chain", (), _nothing, _python),
)
"""In the order of the results."""

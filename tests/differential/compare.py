"""All runtimes asked the same, and the reference evaluator. A difference is an ``AssertionError`` that says where."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

from interlock.compiler.artifact import canonical
from interlock.compiler.reference import decide
from interlock.compiler.reference_text import read_request
from interlock.dsl.policy import Policy
from tests.differential.mutations import mutated
from tests.differential.requests import Requests
from tests.differential.runtimes import Speaker, ask_all
from tests.oracle.compiled import compiled
from tests.oracle.policies import seeded

CASES = 400
"""Cases a table."""
FIXED = ("json", "format", "version", "digest")
"""Reasons whose order the format fixes; which of the others a reader tells is its own choice."""


def decisions(speakers: Sequence[Speaker], seed: int, cases: int = CASES) -> int:
    """Compare whole decisions, records and explanations over a random table; the number of cases compared."""
    draw = random.Random(seed)
    made = compiled(seeded(seed, draw.choice((2, 6, 6, 12))))
    table = json.loads(made.artifact)
    requests = Requests(table["attributes"], draw)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.json"
        path.write_bytes(made.artifact)
        asked: list[tuple[bytes, list[str]]] = [(requests.text(), requests.after()) for _ in range(cases)]
        commands = [b"load " + str(path).encode()]
        commands += [b"decide " + _classes(after) + b" " + text for text, after in asked]
        # Every tenth is recorded and explained too. No reference says these: the runtimes are compared with each other.
        others = asked[::10]
        commands += [b"record " + _classes(after) + b" " + text for text, after in others]
        commands += [b"explain " + text for text, _ in others]
        answers = ask_all(speakers, commands)
    wanted: list[bytes | None] = [b"loaded " + table["version"].encode()]
    wanted += [_reference(made.policy, table["version"], text, after) for text, after in asked]
    wanted += [None] * (2 * len(others))
    _compare(speakers, commands, answers, wanted, f"the table of seed {seed}")
    return cases


def tables(speakers: Sequence[Speaker], seed: int, mutations: int) -> tuple[int, int]:
    """Compare how broken tables are refused, and decisions where none refuses them; how many there were, and loaded."""
    draw = random.Random(seed)
    made = compiled(seeded(seed, draw.choice((2, 4, 6))))
    table = json.loads(made.artifact)
    requests = Requests(table["attributes"], draw)
    loaded = 0
    with tempfile.TemporaryDirectory() as folder:
        commands: list[bytes] = []
        starts: list[int] = []
        good = Path(folder) / "good"
        good.write_bytes(made.artifact)
        # Loaded once: what is asked next is decided by the last table that was not refused, the same in all of them.
        commands.append(b"load " + str(good).encode())
        for i in range(mutations):
            path = Path(folder) / str(i)
            path.write_bytes(mutated(table, draw))
            starts.append(len(commands))
            commands.append(b"load " + str(path).encode())
            for _ in range(3):
                commands.append(b"decide " + _classes(requests.after()) + b" " + requests.text())
            commands.append(b"explain " + requests.text())
        answers = ask_all(speakers, commands)
        for start in starts:
            told = [_load_answer(answer[start]) for answer in answers]
            if len(set(told)) > 1:
                data = Path(commands[start][5:].decode()).read_bytes()
                kept = _keep(data)
                said = "\n".join(f"  {s.name}: {a[start][:300]!r}" for s, a in zip(speakers, answers, strict=True))
                raise AssertionError(f"seed {seed}: a broken table is read differently (kept as {kept}):\n{said}")
            loaded += told[0].startswith("loaded")
    for answer in answers:
        for start in starts:
            answer[start] = b""
    _compare(speakers, commands, answers, [None] * len(commands), f"broken tables of seed {seed}")
    return mutations, loaded


def _compare(
    speakers: Sequence[Speaker],
    commands: Sequence[bytes],
    answers: Sequence[Sequence[bytes]],
    wanted: Sequence[bytes | None],
    what: str,
) -> None:
    for i, want in enumerate(wanted):
        said = {answer[i] for answer in answers} | ({want} if want is not None else set())
        if len(said) > 1:
            lines = [f"  reference: {want!r}"] if want is not None else []
            lines += [f"  {speaker.name}: {answer[i]!r}" for speaker, answer in zip(speakers, answers, strict=True)]
            raise AssertionError(f"{what}, different answers to {commands[i]!r}\n" + "\n".join(lines))


def _reference(policy: Policy, version: str, text: bytes, after: Sequence[str]) -> bytes:
    return canonical(decide(policy, read_request(text), tuple(after)) | {"version": version})


def _classes(after: Sequence[str]) -> bytes:
    return ",".join(after).encode() or b"-"


def _load_answer(answer: bytes) -> str:
    word, _, rest = answer.decode(errors="replace").partition(" ")
    reason = rest.split(" ")[0]
    if word != "refused":
        return f"{word} {reason}"
    return f"refused {reason}" if reason in FIXED else "refused content"


def _keep(data: bytes) -> str:
    with tempfile.NamedTemporaryFile(delete=False, suffix=".table.json") as file:
        file.write(data)
    return file.name

"""A small seeded run of the differential fuzzer; `make fuzz` is the long one."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest

from interlock.compiler.reference_text import read_request
from tests.differential.compare import decisions, tables
from tests.differential.mutations import VALUES, mutated
from tests.differential.requests import Requests
from tests.differential.runtimes import FOLDER, RUNTIMES, Speaker, present


@pytest.fixture(scope="module")
def speakers() -> Iterator[list[Speaker]]:
    started = [Speaker(runtime) for runtime in present()]
    yield started
    for speaker in started:
        speaker.close()


def test_every_runtime_can_be_asked() -> None:
    missing = [runtime.name for runtime in RUNTIMES if runtime not in present()]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"these languages are not installed: {', '.join(missing)}")
    if missing:
        pytest.skip(f"NOT COMPARED, as these languages are not installed: {', '.join(missing)}")


@pytest.mark.parametrize("seed", range(20))
def test_decisions(speakers: list[Speaker], seed: int) -> None:
    assert decisions(speakers, seed) == 400


def test_deep_requests_are_generated() -> None:
    """Nothing deeper than 200 was, and the runtime for Python gave up at some 900 where others did not."""
    attributes = json.loads((FOLDER / "vectors" / "tables" / "kinds.json").read_bytes())["attributes"]
    requests = Requests(attributes, random.Random(1))
    texts = [text for text in (requests.text() for _ in range(4_000)) if text.count(b"[") + text.count(b"{") > 900]
    read = [read_request(text) for text in texts]
    assert sum(value is None for value in read) > 0
    assert sum(isinstance(value, dict) for value in read) > 3


@pytest.mark.parametrize("seed", range(1000, 1004))
def test_changed_tables(speakers: list[Speaker], seed: int) -> None:
    assert tables(speakers, seed, 50)[0] == 50


def test_changes_are_made_in_one_place_and_leave_what_they_put_there_as_it_is() -> None:
    before = json.dumps(VALUES)
    draw = random.Random(1)
    table = {"a": [[]], "b": {}, "c": [0, {"d": []}]}
    for _ in range(20_000):  # "Circular reference detected", before the values were copied
        mutated(table, draw)
    assert json.dumps(VALUES) == before


RUN = FOLDER / "python" / "run"


def _run(*arguments: str, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, str(RUN), *arguments], input=text, capture_output=True, timeout=60)


def test_run_decides_each_line() -> None:
    table = FOLDER / "vectors" / "tables" / "kinds.json"
    done = _run(str(table), "-", "--after", "timeout", text=b'{"beta": true}\nno JSON\n\n{}')
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert len(lines) == 4
    assert all('"policy":"kinds"' in line for line in lines)
    assert '"reason":"not_an_object"' in lines[1]
    assert '"reason":"not_an_object"' in lines[2]


def test_a_byte_order_mark_is_passed_over_at_the_start_of_the_file_and_nowhere_else() -> None:
    table = str(FOLDER / "vectors" / "tables" / "walks.json")
    mark, request = b"\xef\xbb\xbf", b'{"route": 0}'
    taken, not_taken = _run(table, "-", text=request + b"\n\n").stdout.splitlines()
    for text, lines in (
        (mark + request + b"\n" + mark + request, [taken, not_taken]),
        (mark + mark + request, [not_taken]),
        (mark, [not_taken]),
    ):
        assert _run(table, "-", text=text).stdout.splitlines() == lines


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.json", "-"), "nowhere.json"),
        ((str(RUN), "-"), "JSON"),
        ((str(FOLDER / "vectors" / "tables" / "kinds.json"), "-", "--after", "unavailable"), "no error class"),
        ((str(FOLDER / "vectors" / "tables" / "kinds.json"), "nowhere.jsonl"), "nowhere.jsonl"),
        ((), "usage"),
    ],
)
def test_run_says_what_it_cannot_use(arguments: tuple[str, ...], said: str) -> None:
    done = _run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_batch_answers_every_command() -> None:
    kinds = FOLDER / "vectors" / "tables" / "kinds.json"
    commands = [b"decide - {}", b"load nowhere", b"load " + str(kinds).encode(), b"load " + str(RUN).encode()]
    commands += [b"decide x {}", b"decide - {}", b"dance", b""]
    answers = _run("--batch", text=b"\n".join(commands) + b"\n").stdout.splitlines()
    words = [answer.split(b" ")[0][:5] for answer in answers]
    assert words == [b"error", b"error", b"loade", b"refus", b"error", b'{"acc', b"error", b"error"]

"""Whatever the text, the whole line answers: findings or a verified table, in bounded time, and never a traceback."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.compiler import pipeline
from interlock.compiler.verify import verify
from interlock.dsl.format import format_module
from interlock.dsl.parse import parse
from interlock.dsl.source import Source

HERE = Path(__file__).parent
POLICIES = [
    path.read_text(encoding="utf-8")
    for path in [
        *sorted((HERE / "policies").glob("*.route")),
        *sorted((HERE.parent / "stdlib_policies").glob("*.route")),
    ]
]
TOKENS = [re.findall(r'"[^"\n]*"|[A-Za-z_][\w-]*|\d[\w.%/]*|\s+|.', text) for text in POLICIES]
WORDS = [token for tokens in TOKENS for token in tokens if token.strip()]
SCALE = int(os.environ.get("INTERLOCK_EXAMPLES", "1"))


def whole_line(text: str) -> None:
    """Check a text; verify its table; format it where it parses."""
    start = time.process_time()
    checked = pipeline.check("fuzz.route", text=text)
    front = checked.front
    if front.table is not None and front.policy is not None and all(f.kind.code != "S504" for f in checked.findings):
        assert verify(front.policy, front.table) is None
    module, findings = parse(Source("fuzz.route", text))
    if not findings:
        once = format_module(module)
        again, none = parse(Source("fuzz.route", once))
        assert none == []
        assert again.declarations == module.declarations
        assert format_module(again) == once
    assert time.process_time() - start < 20


@given(st.binary(max_size=300))
@settings(max_examples=150 * SCALE, deadline=None)
def test_bytes(data: bytes) -> None:
    whole_line(data.decode("utf-8", "surrogateescape"))


@given(st.lists(st.sampled_from(WORDS), max_size=60))
@settings(max_examples=150 * SCALE, deadline=None)
def test_words_in_any_order(words: list[str]) -> None:
    whole_line("policy p\n" + " ".join(words))


@pytest.mark.parametrize("seed", range(150 * SCALE))
def test_mutated_policies(seed: int) -> None:
    rng = random.Random(seed)
    tokens = list(rng.choice(TOKENS))
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        match rng.randrange(5):
            case 0:
                tokens[at] = ""
            case 1:
                tokens.insert(at, rng.choice(WORDS) + " ")
            case 2:
                tokens[at] = rng.choice(WORDS)
            case 3:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case _:
                tokens[at] *= 2
    whole_line("".join(tokens))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "policy p\nrule r when " + "(" * 100_000,
        "policy p\nrule r when " + "not " * 100_000 + "true -> fail 503",
        "policy p\nrequest { x : int(0..=" + "9" * 5_000 + ") }",
        "policy p\n" + "".join(f"within w{n} when true {{ " for n in range(5_000)),
        "policy p\nlet a0 = true\n" + "".join(f"let a{n + 1} = a{n} and a{n}\n" for n in range(200)),
        "policy p\nlet a0 = true\n" + "".join(f"let a{n + 1} = a{n}\n" for n in range(20_000)),
        "policy p\nrequest { s : set(string) }\nrule r when "
        + " and ".join(f'(s contains "a{n}" or s contains "b{n}")' for n in range(40))
        + " -> fail 503",
    ],
    ids=["parentheses", "in a rule", "nots", "digits", "withins", "doubling lets", "long lets", "columns"],
)
def test_texts_that_ask_for_too_much(text: str) -> None:
    start = time.process_time()
    pipeline.check("large.route", text=text)
    assert time.process_time() - start < 20


def test_the_command_survives_bytes(tmp_path: Path) -> None:
    file = tmp_path / "junk.route"
    file.write_bytes(bytes(range(256)) * 10)
    run = subprocess.run([sys.executable, "-m", "interlock", "check", str(file)], capture_output=True, text=True)
    assert run.returncode == 1
    assert "T001" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr

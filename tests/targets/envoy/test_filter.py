"""What the Lua filter finds in a request and makes of an answer, without Envoy. The oracle of its attributes is the
hook for LiteLLM, which has the same rules in Python."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from interlock.compiler.artifact import encode
from interlock.compiler.pipeline import front
from interlock.compiler.targets.lua.bundle import runtime
from interlock.runtime.serving import Permit
from tests.targets.histories import histories
from tests.targets.litellm.test_hook import ATTRIBUTES

ROOT = Path(__file__).parents[3]
LUA = next((found for name in ("luajit", "lua5.4", "lua5.1", "lua") if (found := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(LUA is None, reason="no Lua is installed")

DECLARED = [
    {"name": name, "type": type_, "hi": 1_000_000, "source": {"kind": kind, "name": source}}
    for name, type_, kind, source in (
        ("a", "int", "gateway", "input_tokens"),
        ("b", "enum", "gateway", "model_hint"),
        ("c", "bool", "gateway", "has_tools"),
        ("d", "int", "header", "X-Number"),
        ("e", "bool", "header", "x-bool"),
        ("f", "set", "header", "x-set"),
        ("g", "string", "header", "x-claude-code-session-id"),
        ("h", "string", "body", "/messages/0/content"),
        ("i", "int", "body", "/a~1b/c~0d"),
        ("j", "string", "metadata", "plan"),
        ("k", "int", "gateway", "hour"),
        ("l", "bool", "body", "/stream"),
        ("m", "int", "body", "/messages/01/x"),
    )
]


def ask(*questions: dict[str, Any]) -> list[dict[str, Any]]:
    folders = [ROOT / "runtimes/lua", ROOT / "compiler/targets/lua"]
    command = [str(LUA), str(Path(__file__).with_name("driver.lua")), *map(str, folders)]
    text = "".join(json.dumps(question) + "\n" for question in questions)
    run = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def pieces(random_: random.Random) -> Any:
    words = ["", "x" * 50, 'say "no"', "a\\b\\", "line\nline\ttab\x01\x0b\x7f", "é€😀", "/path/", "_session_", "base64"]
    return random_.choice([random_.choice(words), random_.randint(-9, 10**12), None, True, False])


def body(random_: random.Random) -> dict[str, Any]:
    def nested(depth: int) -> Any:
        if depth == 0 or random_.random() < 0.3:
            return pieces(random_)
        if random_.random() < 0.5:
            return [nested(depth - 1) for _ in range(random_.randint(0, 3))]
        names = ["type", "data", "text", "content", "é", "a/b"]
        made = {random_.choice(names): nested(depth - 1) for _ in range(random_.randint(0, 3))}
        if random_.random() < 0.3:
            made |= {"type": random_.choice(["base64", "text"]), "data": "A" * random_.randint(0, 90)}
        return made

    made = {
        "model": random_.choice(["claude-haiku-4-5", "us.anthropic.Claude-Opus-4", "gpt-5", "", 5, None]),
        "system": nested(2),
        "tools": random_.choice([None, [], [{}], [None], {}, "x", nested(2)]),
        "messages": random_.choice([[{"role": "user", "content": nested(3)}], nested(3)]),
        "metadata": random_.choice([{"plan": pieces(random_), "user_id": "u_session_ab_session_c"}, {"user_id": 1}, 7]),
        "a/b": {"c~d": random_.choice([pieces(random_), 1.5])},
        "stream": random_.choice([True, False, None, "x"]),
    }
    keys = random_.sample(sorted(made), random_.randint(0, len(made)))
    return {key: made[key] for key in keys}


def test_attributes_are_those_of_the_hook_for_litellm() -> None:
    random_ = random.Random(7)
    questions, wanted = [], []
    for number in range(400):
        given = body(random_)
        headers = {
            "x-number": random_.choice(["12", " -3 ", "1.5", "1e3", "", "12345678901234567", "0x10"]),
            "x-bool": random_.choice(["true", " FALSE", "yes", "1"]),
            "x-set": random_.choice(["", "a, b,,c", " a ", ",", "a b"]),
        }
        if random_.random() < 0.3:
            headers["X-Claude-Code-Session-Id"] = random_.choice(["s-1", ""])
        separators = random_.choice([(",", ":"), (", ", ": "), (" ,\n", "\t: ")])
        text = json.dumps(given, ensure_ascii=number % 2 == 0, separators=separators)
        if number % 3 == 0:
            text = " " + text.replace("/", "\\/") + "\n"
        questions.append({"ask": "attributes", "declared": DECLARED, "headers": headers, "body": text})
        wanted.append(ATTRIBUTES.attributes(DECLARED, headers, given, [given.get("metadata")]))
    for question, told, want in zip(questions, ask(*questions), wanted, strict=True):
        plain = {name: repr(value) if isinstance(value, float) else value for name, value in want.items()}
        got = told.get("found") or {}
        empty = {name for name, value in plain.items() if value in ({}, []) and got.get(name) in ({}, [])}
        assert {k: v for k, v in got.items() if k not in empty} == {k: v for k, v in plain.items() if k not in empty}, (
            question
        )


@pytest.mark.parametrize(
    "text", ["", "[]", "7", "{", '{"a"}', '{"a":}', '{"a":1,}', '{"a":1}x', '{"a":"x}', '{"a":[1}', "{a:1}"]
)
def test_what_is_no_object_is_refused(text: str) -> None:
    (told,) = ask({"ask": "attributes", "declared": DECLARED, "headers": {}, "body": text})
    assert told == {"refused": True}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('{"model":"a","x":"model"}', '{"model":"new","x":"model"}'),
        ('{ "x" : {"model":"a"} }', '{"model":"new", "x" : {"model":"a"} }'),
        ("{}", '{"model":"new"}'),
        ('{"model":1, "model" : [2] }', '{"model":"new", "model" : "new" }'),
        ('{"mod\\u0065l":"a"}', '{"mod\\u0065l":"new"}'),
        ('{"m":"\\\\","model":null}', '{"m":"\\\\","model":"new"}'),
    ],
)
def test_the_model_is_written_in_place(text: str, made: str) -> None:
    assert ask({"ask": "model", "body": text, "model": "new"}) == [{"text": made}]


@pytest.mark.parametrize(
    ("status", "class_"),
    [(529, "overloaded"), (503, "overloaded"), (429, "rate_limited"), (504, "timeout"), (500, "server_error"),
     (502, "server_error"), (413, "context_overflow"), (400, False), (401, False), (404, False), (200, False)],
)  # fmt: skip
def test_the_class_of_a_status(status: int, class_: str | bool) -> None:
    assert ask({"ask": "class", "status": status}) == [{"class": class_}]


@pytest.mark.parametrize(
    ("text", "class_"),
    [
        ("prompt is too long: 220000 tokens > 200000 maximum", "context_overflow"),
        ("input length and `max_tokens` exceed context limit: 1 + 2 > 3", "context_overflow"),
        ("Output blocked by content filtering policy", "refused"),
        ("messages: at least one message is required", False),
    ],
)
def test_the_class_of_a_400(text: str, class_: str | bool) -> None:
    assert ask({"ask": "class", "text": text}) == [{"class": class_}]


@pytest.mark.parametrize(
    ("told", "class_", "limited"),
    [
        ("UF upstream_reset_before_response_started{connection_timeout}", "timeout", False),
        ("UT response_timeout", "timeout", False),
        ("first_token,- direct_response", "timeout", False),
        ("UF upstream_reset_before_response_started{remote_connection_failure}", "unreachable", False),
        ("UC upstream_reset_before_response_started{connection_termination}", "unreachable", False),
        ("NC cluster_not_found", "unreachable", False),
        ("- local_rate_limited", "overloaded", True),
    ],
)
def test_the_class_of_an_answer_of_envoys_own(told: str, class_: str, limited: bool) -> None:
    assert ask({"ask": "class", "told": told}) == [{"class": class_, "limited": limited}]


BREAKERS = """
policy b
request { x : bool }
model m { context 1K }
upstream a { provider anthropic  breaker 50% of 4 in 1s, probe after 2s }
upstream b { provider anthropic  breaker 100% of 1 in 7ms, probe after 30ms }
upstream c { provider anthropic }
pool a { serve a with m }
pool b { serve b with m }
pool c { serve c with m }
fallback a -> fail 503
fallback b -> fail 503
fallback c -> fail 503
rule a when x -> a
rule b -> b
"""


def test_breakers_answer_as_the_runtime_for_python_does() -> None:
    made = front("b.route", text=BREAKERS).table
    assert made is not None
    data = encode(made)
    questions, wanted = [], []
    for steps, answers in histories(data):
        questions.append({"ask": "breaker", "table": data.decode(), "steps": steps})
        wanted.append({"answers": [isinstance(answer, Permit) for answer in answers]})
    assert any(not all(each["answers"]) for each in wanted)
    assert ask(*questions) == wanted


def test_the_runtime_is_what_amalgamate_writes() -> None:
    run = subprocess.run([ROOT / "runtimes/lua/amalgamate"], capture_output=True, check=True)
    assert runtime().encode() == run.stdout

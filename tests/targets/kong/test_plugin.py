"""The plugin's modules without nginx, with the runtime for Python as the oracle of limits and breakers."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from interlock.compiler.artifact import encode
from interlock.compiler.pipeline import front
from interlock.compiler.targets.fidelity import Unemittable
from interlock.compiler.targets.kong import emit
from interlock.runtime.decision import Fail
from interlock.runtime.serving import Permit
from tests.gateways.envoy_streams import CONTENT, DELTA, ERROR, OTHER, PING, START
from tests.targets.histories import histories

ROOT = Path(__file__).parents[3]
LUA = next((found for name in ("luajit", "lua5.4", "lua5.1", "lua") if (found := shutil.which(name))), None)
needs_lua = pytest.mark.skipif(LUA is None, reason="no Lua is installed")


def ask(*questions: dict[str, Any]) -> list[dict[str, Any]]:
    targets = ROOT / "compiler" / "targets"
    folders = [ROOT / "runtimes" / "lua", targets / "lua", targets / "kong" / "plugin"]
    command = [str(LUA), str(Path(__file__).with_name("driver.lua")), *map(str, folders)]
    text = "".join(json.dumps(question) + "\n" for question in questions)
    run = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


POLICY = """
policy kept
request { x : bool }
model m { context 1K }
upstream a { provider anthropic  limit 2/s burst 3 else spill  breaker 50% of 4 in 1s, probe after 2s }
upstream b { provider anthropic  limit 40/min burst 1 else fail 418  breaker 100% of 1 in 7ms, probe after 30ms }
upstream c { provider anthropic  limit 1/s burst 1 else spill }
pool a { serve a with m }
pool b { serve b with m }
pool c { serve c with m }
fallback a -> fail 503
fallback b -> fail 503
fallback c -> fail 503
rule a when x -> a
rule b -> b
"""


def _said(answer: Permit | Fail) -> str:
    if isinstance(answer, Permit):
        return "sent"
    return "overloaded" if answer.status is None else str(answer.status)


@needs_lua
def test_limits_and_breakers_answer_as_the_runtime_for_python_does() -> None:
    made = front("kept.route", text=POLICY).table
    assert made is not None
    data = encode(made)
    questions, wanted = [], []
    for steps, answers in histories(data):
        questions.append({"ask": "serving", "table": data.decode(), "steps": steps})
        wanted.append({"answers": [_said(answer) for answer in answers]})
    assert {"sent", "overloaded", "418"} <= {answer for each in wanted for answer in each["answers"]}
    assert ask(*questions) == wanted


@needs_lua
@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://a.example", ("https", "a.example", 443, "a.example", "")),
        ("http://a.example:8080/x/y/", ("http", "a.example", 8080, "a.example:8080", "/x/y")),
        ("http://[::1]:80/", ("http", "[::1]", 80, "[::1]:80", "")),
        ("ftp://a.example", None),
        ("https://u:p@a.example", None),
        ("https://a.example?x", None),
        ("", None),
    ],
)
def test_an_address_from_a_variable(url: str, parts: tuple[str | int, ...] | None) -> None:
    names = ("scheme", "host", "port", "authority", "base")
    assert ask({"ask": "address", "url": url}) == [
        {"address": dict(zip(names, parts, strict=True)) if parts else False}
    ]


@needs_lua
@pytest.mark.parametrize(
    ("text", "begun"),
    [
        (START + PING, False),
        (START + CONTENT, "content"),
        (START + DELTA + ERROR, "content"),
        (START + ERROR, "overloaded"),
        ((START + ERROR).replace("\n", "\r\n"), "overloaded"),
        (ERROR[:-1], False),
        (OTHER, "content"),
        ('data:{"type":"error","error":{"type":"overloaded_error"}}\n\n', "overloaded"),
        ("event: error\ndata: no JSON\n\n", "content"),
        ('event: ping\ndata: {"said": "event: error overloaded_error"}\n\n', False),
    ],
)
def test_what_has_begun_in_a_stream(text: str, begun: str | bool) -> None:
    assert ask({"ask": "begun", "text": text}) == [{"begun": begun}]


def test_the_configuration_is_one_by_kong_s_own_schema() -> None:
    schema = json.loads((ROOT / "tests" / "schemas" / "kong-deck.json").read_text("utf-8"))
    validator = jsonschema.Draft4Validator(schema)
    checked = 0
    for path in sorted((ROOT / "stdlib_policies").glob("*.route")):
        made = front(str(path)).table
        if made is None:
            continue
        try:
            files = emit(made).files
        except Unemittable:
            continue
        deck = yaml.safe_load(files["kong.yaml"])
        validator.validate(deck)
        checked += 1
        deck["routes"][0]["plugins"][0]["colour"] = "blue"
        assert not validator.is_valid(deck)
    assert checked

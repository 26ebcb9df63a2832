"""The Worker's modules by themselves, in Node. tests/gateways has the whole of it in workerd."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.gateways.cloudflare_requests import random_request

HERE = Path(__file__).parent
HOOK = HERE.parents[2] / "compiler/targets/litellm/hook/interlock_attributes.py"

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")


def called(function: str, *calls: list[Any]) -> list[Any]:
    """What a function of the Worker gives, for each list of arguments."""
    lines = "".join(json.dumps(arguments) + "\n" for arguments in calls)
    run = subprocess.run(["node", str(HERE / "worker.mjs"), function], input=lines, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def found(type_: str, kind: str, name: str, *, headers: Any = None, body: Any = None) -> Any:
    declared = [{"name": "x", "type": type_, "hi": 1000, "source": {"kind": kind, "name": name}}]
    return called("attributes", [declared, headers or {}, body])[0].get("x")


def hook() -> Any:
    spec = importlib.util.spec_from_file_location("interlock_attributes", HOOK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SOURCES = [
    ("header", "x-size"), ("header", "X-Urgent"), ("header", "x-labels"), ("header", "x-claude-code-session-id"),
    ("body", "/top_k"), ("body", "/nested/0/flag~1x"), ("body", "/areas/1"), ("body", "/areas/01"), ("body", "/no/way"),
    ("body", ""), ("metadata", "tier"), ("metadata", "user_id"), ("gateway", "input_tokens"), ("gateway", "model_hint"),
    ("gateway", "has_tools"), ("gateway", "other"),
]  # fmt: skip


def test_attributes_are_those_that_the_hook_for_litellm_finds() -> None:
    attributes, random = hook().attributes, Random(5)
    calls: list[list[Any]] = []
    declared: list[dict[str, Any]] = [
        {"name": f"{type_} {kind} {name}", "type": type_, "hi": 500, "source": {"kind": kind, "name": name}}
        for kind, name in SOURCES
        for type_ in ("int", "bool", "set", "string", "enum")
    ]
    declared.append({"name": "none", "type": "int", "hi": 1, "source": None})
    for _ in range(300):
        headers, body = random_request(random)
        if random.random() < 0.2:
            del headers["x-claude-code-session-id"]
            body["metadata"] = {"user_id": random.choice(["user_1_session_ab", "user_1_session_", "u", 5])}
        calls.append([declared, headers, random.choice([body, body, body, [body], "x", None])])
    for call, got in zip(calls, called("attributes", *calls), strict=True):
        body = call[2]
        own = body.get("metadata") if isinstance(body, dict) else None
        assert got == attributes(declared, call[1], body, [own]), call[1:]


def test_the_metadata_of_the_ai_gateways_header_comes_before_the_bodys() -> None:
    body = {"metadata": {"plan": "free", "own": 1}}
    header = {"cf-aig-metadata": '{"plan": "team"}'}
    assert found("string", "metadata", "plan", headers=header, body=body) == "team"
    assert found("int", "metadata", "own", headers=header, body=body) == 1
    for malformed in ("{", "[1]", "5", '"x"'):
        assert found("string", "metadata", "plan", headers={"cf-aig-metadata": malformed}, body=body) == "free"


def test_tokens_are_at_most_what_the_attribute_can_say_and_a_picture_is_1600() -> None:
    assert found("int", "gateway", "input_tokens", body={"system": "x" * 9000}) == 1000
    picture = {"messages": [{"source": {"type": "base64", "data": "A" * 400_000}}]}
    declared = [{"name": "x", "type": "int", "hi": 10**9, "source": {"kind": "gateway", "name": "input_tokens"}}]
    assert 1600 <= called("attributes", [declared, {}, picture])[0]["x"] < 1650


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"model":"a"}', '{"model":"N"}'),
        (' {\n "x" : [1, {"model": "a"}] ,\t"model" :\r\n"a\\"" , "y": 1.50e1 } ', None),
        ('{"mod\\u0065l": "a", "model": "b"}', '{"mod\\u0065l": "N", "model": "N"}'),
        ('{"model": null, "x": "\\\\"}', '{"model": "N", "x": "\\\\"}'),
        ('{"x": "\\\\\\"", "model": {"model": [1, "}"]}}', '{"x": "\\\\\\"", "model": "N"}'),
        ('{"model":12}', '{"model":"N"}'),
        ('{"é": 1}', '{"model":"N","é": 1}'),
        (" { } ", ' {"model":"N" } '),
    ],
)
def test_only_the_model_of_a_body_changes(text: str, wanted: str | None) -> None:
    (got,) = called("model", [text, "N"])
    assert got == (wanted if wanted is not None else text.replace('"a\\""', '"N"'))
    assert json.loads(got) == {**json.loads(text), "model": "N"}


def test_random_bodies_keep_everything_but_the_model() -> None:
    random, calls = Random(7), []
    for _ in range(300):
        _, body = random_request(random)
        if random.random() < 0.3:
            del body["model"]
        items = list(body.items())
        random.shuffle(items)
        calls.append([json.dumps(dict(items), indent=random.choice([None, 1]), ensure_ascii=True), 'a"b'])
    for (text, model), got in zip(calls, called("model", *calls), strict=True):
        assert json.loads(got) == {**json.loads(text), "model": model}
        old = json.dumps(json.loads(text).get("model"))
        assert len(got) - len(text) in (len('"a\\"b"') - len(old), len('"model":"a\\"b",')), text


@pytest.mark.parametrize(
    ("status", "body", "class_"),
    [
        (529, "", "overloaded"),
        (503, "<html>", "overloaded"),
        (500, {"error": {"type": "overloaded_error"}}, "overloaded"),
        (429, "", "rate_limited"),
        (500, "", "server_error"),
        (502, {"error": "text"}, "server_error"),
        (520, "", "server_error"),
        (504, "", "timeout"),
        (524, "", "timeout"),
        (522, "", "unreachable"),
        (413, "", "context_overflow"),
        (400, {"error": {"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"}}, "context_overflow"),
        (400, {"error": {"message": "input length and `max_tokens` exceed context limit: 1"}}, "context_overflow"),
        (400, {"message": "Input is too long for requested model."}, "context_overflow"),
        (400, {"error": {"code": "context_length_exceeded"}}, "context_overflow"),
        (400, {"error": {"message": "Output blocked by content filtering policy"}}, "refused"),
        (400, {"error": {"code": "content_filter"}}, "refused"),
        (400, {"error": {"message": "messages: at least one"}, "quoted": "prompt is too long"}, None),
        (400, "prompt is too long", None),
        (400, "null", None),
        (401, "", None),
        (404, "[1]", None),
        (307, "", None),
    ],
)
def test_the_class_of_an_answer(status: int, body: object, class_: str | None) -> None:
    assert called("classOf", [status, body if isinstance(body, str) else json.dumps(body)]) == [class_]


@pytest.mark.parametrize(
    ("error", "class_"),
    [
        ({"type": "overloaded_error", "message": "Overloaded"}, "overloaded"),
        ({"type": "rate_limit_error"}, "rate_limited"),
        ({"type": "api_error"}, "server_error"),
        ({"type": "timeout_error"}, "timeout"),
        ({"type": "invalid_request_error", "message": "prompt is too long: 9"}, "context_overflow"),
        ({"type": "invalid_request_error", "message": "no"}, None),
        ({"code": "server_error"}, "server_error"),
        ({"type": "toString"}, None),
        ({}, None),
    ],
)
def test_the_class_of_an_error_in_a_stream(error: object, class_: str | None) -> None:
    assert called("classOfEvent", [error]) == [class_]


def event(data: object) -> str:
    return f"event: x\ndata: {json.dumps(data)}\n\n"


def chunk(content: str) -> str:
    return event({"choices": [{"delta": {"role": "assistant", "content": content}, "finish_reason": None}]})


START = event({"type": "message_start", "message": {}})
PING = event({"type": "ping"})
TEXT = event({"type": "content_block_start", "content_block": {"type": "text", "text": ""}})
TOOL = event({"type": "content_block_start", "content_block": {"type": "tool_use", "name": "t"}})
DELTA = event({"type": "content_block_delta", "delta": {"text": "x"}})
ERROR = event({"type": "error", "error": {"type": "overloaded_error"}})
OVERLOADED = {"type": "overloaded_error"}


@pytest.mark.parametrize(
    ("pieces", "held", "error"),
    [
        ([START, PING, TEXT, DELTA, ERROR], 4, None),
        ([START, PING, ERROR], 3, OVERLOADED),
        ([START + TEXT + ERROR], 1, OVERLOADED),
        ([START + DELTA + ERROR], 1, None),
        ([START, TOOL, ERROR], 2, None),
        ([*ERROR], len(ERROR), OVERLOADED),
        ([ERROR.replace("\n", "\r\n")], 1, OVERLOADED),
        ([ERROR.replace("\n", "\r")], 1, OVERLOADED),
        ([": comment\n\n", "retry: 5\n\n", ERROR], 3, OVERLOADED),
        (["data: no json\n\n", ERROR], 1, None),
        (['data: {"error":\ndata: {"type": "overloaded_error"}}\n\n'], 1, OVERLOADED),
        ([chunk(""), event({"error": OVERLOADED})], 2, OVERLOADED),
        ([chunk("x"), event({"error": OVERLOADED})], 1, None),
        (["data: [DONE]\n\n", ERROR], 1, None),
        ([event({"choices": [None]}), DELTA], 2, None),
        (["x" * (2**20 + 1), ERROR], 1, None),
    ],
)  # fmt: skip
def test_what_is_kept_back_of_a_stream(pieces: list[str], held: int, error: object) -> None:
    assert called("beginning", [pieces, True]) == [{"held": held, "error": error}]


def test_a_stream_that_ends_before_its_content_is_lost_and_what_is_no_stream_is_not_read() -> None:
    assert called("beginning", [[START, PING], True], [[], True]) == [None, None]
    assert called("beginning", [[ERROR, "x"], False], [[], False]) == [
        {"held": 1, "error": None},
        {"held": 0, "error": None},
    ]


def test_headers_quote_what_no_header_may_hold() -> None:
    decision = {
        "policy": "p",
        "version": "v",
        "rule": "a/1",
        "pool": "opus[us east]",
        "upstream": "é\n'(!)*",
        "model": None,
        "hop": 0,
    }
    assert called("told", [decision]) == [
        {
            "x-interlock-policy": "p",
            "x-interlock-version": "v",
            "x-interlock-rule": "a/1",
            "x-interlock-pool": "opus[us east]",
            "x-interlock-upstream": "%C3%A9%0A%27%28%21%29%2A",
            "x-interlock-hop": "0",
        }
    ]

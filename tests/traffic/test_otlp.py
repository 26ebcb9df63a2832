"""Spans in OTLP's JSON, in the shapes of the protocol and the semantic conventions for generative AI."""

from __future__ import annotations

import json

import pytest

from tests.traffic.reading import facts, read, unread, values


def attribute(key: str, value: object) -> dict[str, object]:
    """An attribute as OTLP encodes it: 64-bit integers are texts."""
    return {"key": key, "value": encoded(value)}


def encoded(value: object) -> dict[str, object]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [encoded(item) for item in value]}}
        case dict():
            return {"kvlistValue": {"values": [attribute(key, item) for key, item in value.items()]}}
    return {"stringValue": value}


ASKED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-opus-4-7",
    "gen_ai.request.max_tokens": 4_096,
    "gen_ai.conversation.id": "conv_5j66",
    "gen_ai.usage.input_tokens": 1_500,
    "gen_ai.usage.output_tokens": 180,
    "gen_ai.usage.cache_read.input_tokens": 900,
    "gen_ai.usage.cache_creation.input_tokens": 50,
    "metadata.tier": "team",
    "seats": 12,
    "features": ["a", "b"],
}


def span(attributes: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "chat claude-opus-4-7",
        "kind": 3,
        "startTimeUnixNano": "1767323045678000000",
        "endTimeUnixNano": "1767323049000000000",
        "attributes": [attribute(key, value) for key, value in attributes.items()],
        **more,
    }


def export(*spans: object, resource: dict[str, object] | None = None) -> str:
    """One export, as the collector's file exporter writes it on one line."""
    described = {"attributes": [attribute(key, value) for key, value in (resource or {}).items()]}
    scope = {"scope": {"name": "gateway"}, "spans": list(spans)}
    return json.dumps({"resourceSpans": [{"resource": described, "scopeSpans": [scope]}]})


def test_a_span() -> None:
    assert values(export(span(ASKED))) == {
        "session_id": "conv_5j66",
        "input_tokens": 1_500,
        "model_hint": "opus",
        "tier": "team",
        "seats": 12,
        "features": ["a", "b"],
        "limit": 4_096,
    }
    assert facts(export(span(ASKED))) == {
        "$at": "2026-01-02T03:04:05.678000Z",
        "$input_tokens": 1_500,
        "$output_tokens": 180,
        "$cache_read_tokens": 900,
        "$cache_write_tokens": 50,
    }


def test_headers() -> None:
    headers = {
        "http.request.header.x-region": ["eu"],
        "http.request.header.x-beta": "TRUE",
        "http.request.header.x_claude_code_session_id": ["s-1"],
        "http.request.header.user-agent": ["a", "b"],
    }
    found = values(export(span({**ASKED, **headers})))
    assert (found["home"], found["beta"], found["session_id"], found["user_agent"]) == ("eu", True, "s-1", "a, b")


def test_headers_of_the_span_around_it() -> None:
    server = span({"http.request.header.x-region": ["eu"]}, spanId="a", kind=2)
    between = span({"gen_ai.operation.name": "invoke_agent"}, spanId="b", parentSpanId="a")
    inner = span(ASKED, spanId="c", parentSpanId="b")
    found, told = read(export(inner, between, server))
    assert [one.values["home"] for one in found] == ["eu"]
    assert (told.requests, told.left_out) == (1, 2)


def test_spans_around_one_another() -> None:
    one, two = span(ASKED, spanId="a", parentSpanId="b"), span(ASKED, spanId="b", parentSpanId="a")
    assert len(read(export(one, two, span(ASKED, spanId="c", parentSpanId="c")))[0]) == 3


def test_what_the_resource_says() -> None:
    assert values(export(span({**ASKED, "metadata.tier": None}), resource={"tier": "free"}))["tier"] == "free"


@pytest.mark.parametrize(
    ("attributes", "counts"),
    [
        ({"gen_ai.operation.name": "embeddings"}, True),
        ({"gen_ai.request.model": "m"}, True),  # older instrumentations name no operation
        ({"gen_ai.operation.name": "responses", "gen_ai.request.model": "m"}, True),
        ({"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m"}, False),
        ({"gen_ai.operation.name": "execute_tool"}, False),
        ({"http.request.method": "POST"}, False),
    ],
)
def test_which_spans_are_requests(attributes: dict[str, object], counts: bool) -> None:
    found, told = read(export(span(attributes)))
    assert (len(found), told.left_out) == (counts, not counts)


def test_older_names() -> None:
    old = {"gen_ai.request.model": "m", "gen_ai.usage.prompt_tokens": 7, "gen_ai.usage.completion_tokens": 3}
    made = export(span(old)).replace("scopeSpans", "instrumentationLibrarySpans")
    assert facts(made)["$input_tokens"] == 7
    assert facts(made)["$output_tokens"] == 3


def test_numbers_of_other_encoders() -> None:
    made = json.loads(export(span(ASKED)))
    one = made["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    one["startTimeUnixNano"] = 1767323045678000000
    one["attributes"][5]["value"] = {"intValue": 1_500}
    assert facts(json.dumps(made)) == facts(export(span(ASKED)))


def test_definitions_of_tools_are_a_text_or_values() -> None:
    tools = [{"type": "function", "name": "bash"}]
    for stored in (tools, json.dumps(tools)):
        assert values(export(span({**ASKED, "gen_ai.tool.definitions": stored})))["has_tools"] is True
    assert values(export(span({**ASKED, "gen_ai.tool.definitions": []})))["has_tools"] is False


def test_a_pointer_names_an_attribute() -> None:
    made = export(span({**ASKED, "service.region": "eu"}), resource={"deployment.team": "t"})
    found = values(made, pointers={"home": "/service.region", "team": "/deployment.team"})
    assert (found["home"], found["team"]) == ("eu", "t")


def test_other_signals_and_what_is_broken() -> None:
    lines = [
        export(span(ASKED), None, 5),
        json.dumps({"resourceLogs": []}),
        json.dumps({"resourceSpans": [None, {"scopeSpans": [None, {"spans": None}, {}]}]}),
        json.dumps({"resourceSpans": 5}),
        json.dumps({"other": 1}),
        json.dumps(
            {"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [None, {"key": 5}, {"key": "a"}]}]}]}]}
        ),
    ]
    found, told = read("\n".join(lines))
    assert len(found) == 1
    assert told.left_out == 2
    assert {one.reason: one.rows for one in told.unread} == {
        "something in `resourceSpans` is no span": 5,
        "it is no export of traces: it has no `resourceSpans`": 1,
    }
    assert unread(json.dumps({"other": 1}), "otlp")[0][2] == ("log.jsonl:1",)

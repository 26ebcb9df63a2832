"""Portkey's log export, with the fields and in the ways that its documentation leaves open."""

from __future__ import annotations

import json

import pytest

from tests.traffic.reading import facts, read, values

BODY = {
    "model": "claude-opus-4-7",
    "max_tokens": 4_096,
    "tools": [],
    "messages": [{"role": "user", "content": "a secret plan"}],
}


def log(**changes: object) -> str:
    """A record of the export with every field, by the names of "Create a Log Export"."""
    made: dict[str, object] = {
        "id": "2c6c",
        "trace_id": "trace-1",
        "created_at": "2026-01-02T03:04:05.678Z",
        "request": BODY,
        "response": {"usage": {"prompt_tokens": 1_500, "prompt_tokens_details": {"cached_tokens": 900}}},
        "is_success": True,
        "ai_org": "anthropic",
        "ai_model": "claude-opus-4-7",
        "req_units": 1_500,
        "res_units": 200,
        "total_units": 1_700,
        "request_url": "https://api.anthropic.com/v1/messages",
        "cost": 1.25,
        "cost_currency": "USD",
        "response_time": 800,
        "response_status_code": 200,
        "mode": "single",
        "config": "pc-x",
        "prompt_slug": "",
        "metadata": {"_user": "u-1", "tier": "team", "seats": "12", "features": "a, b"},
    }
    return json.dumps({**made, **changes})


EXPECTED = {
    "input_tokens": 1_500,
    "model_hint": "opus",
    "has_tools": False,
    "tier": "team",
    "seats": 12,
    "features": ["a", "b"],
    "limit": 4_096,
    "first": "user",
}


@pytest.mark.parametrize(
    "request_", [BODY, json.dumps(BODY), {"body": BODY, "url": "x"}, {"body": json.dumps(BODY), "headers": {}}]
)
def test_a_record(request_: object) -> None:
    assert values(log(request=request_)) == EXPECTED
    assert facts(log(request=request_)) == {
        "$at": "2026-01-02T03:04:05.678000Z",
        "$input_tokens": 1_500,
        "$output_tokens": 200,
        "$cache_read_tokens": 900,
        "$cost": 0.0125,
    }


def test_fields_of_the_older_export() -> None:
    made = json.loads(log())
    made["request.body"] = made.pop("request")
    given = made.pop("metadata")
    made |= {"metadata.key": list(given), "metadata.value": list(given.values()), "created_at": "2026-01-02 03:04:05"}
    assert values(json.dumps(made)) == EXPECTED
    assert facts(json.dumps(made))["$at"] == "2026-01-02T03:04:05.000000Z"


def test_metadata_as_pairs() -> None:
    pairs = [{"key": "tier", "value": "free"}, {"key": "seats", "value": "3"}, {"other": 1}, None]
    found = values(log(metadata=pairs))
    assert (found["tier"], found["seats"]) == ("free", 3)


def test_headers_where_the_request_was_logged_with_them() -> None:
    made = log(request={"body": BODY, "headers": {"X-Region": "eu", "x-beta": "false"}})
    assert (values(made)["home"], values(made)["beta"]) == ("eu", False)


def test_tokens_of_a_cache_that_are_counted_apart() -> None:
    usage = {"input_tokens": 10, "cache_read_input_tokens": 900, "cache_creation_input_tokens": 90}
    for response in ({"usage": usage}, {"body": {"usage": usage}}, json.dumps({"usage": usage})):
        found = facts(log(response=response, req_units=10))
        assert (found["$input_tokens"], found["$cache_read_tokens"], found["$cache_write_tokens"]) == (1_000, 900, 90)


def test_an_export_without_requests() -> None:
    made = json.loads(log())
    for field in ("request", "response", "metadata"):
        del made[field]
    found, told = read(json.dumps(made))
    assert dict(found[0].values) == {"input_tokens": 1_500, "model_hint": "opus"}
    why = {one.attribute: one.why for one in told.sourced if not one.found}
    assert "only with the field `metadata`" in why["tier"][0]
    assert "only with the field `request`" in why["limit"][0]


def test_no_prompt_is_taken() -> None:
    assert "secret" not in str(read(log()))

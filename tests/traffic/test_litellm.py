"""LiteLLM's spend logs, in the shapes that its schema and its code give them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from interlock.compiler.sources.check import import_sources, policy_text
from interlock.dsl.source import Source
from tests.traffic.reading import facts, read, values

KEY = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"


def row(**changes: object) -> dict[str, object]:
    """A row of the table, as its API gives it."""
    return {
        "request_id": "chatcmpl-1",
        "call_type": "anthropic_messages",
        "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
        "spend": 0.0125,
        "total_tokens": 1_700,
        "prompt_tokens": 1_500,
        "completion_tokens": 200,
        "startTime": "2026-01-02T03:04:05.678000+00:00",
        "endTime": "2026-01-02T03:04:09Z",
        "completionStartTime": "2026-01-02T03:04:06Z",
        "model": "claude-sonnet-4-6",
        "model_id": "us1",
        "model_group": "sonnet",
        "custom_llm_provider": "anthropic",
        "api_base": "https://api.anthropic.com",
        "user": "default_user_id",
        "metadata": {
            "user_api_key_alias": "ci",
            "user_agent": "claude-cli/2.1.86",
            "spend_logs_metadata": {"tier": "team", "seats": "12", "features": ["a", "b"]},
            "additional_usage_values": {"cache_read_input_tokens": 900, "cache_creation_input_tokens": 50},
            "status": "success",
        },
        "cache_hit": "False",
        "cache_key": "Cache OFF",
        "request_tags": ["User-Agent: claude-cli"],
        "team_id": "t-1",
        "end_user": "",
        "messages": {},
        "response": {},
        "session_id": "e96634a3-fa28-4083-b354-55542e2dca01",
        "status": "success",
        "mcp_namespaced_tool_name": None,
        "proxy_server_request": {},
        **changes,
    }


def test_a_row() -> None:
    assert values(json.dumps(row())) == {
        "session_id": "e96634a3-fa28-4083-b354-55542e2dca01",
        "input_tokens": 1_500,
        "model_hint": "sonnet",
        "user_agent": "claude-cli/2.1.86",
        "tier": "team",
        "seats": 12,
        "features": ["a", "b"],
        "team": "t-1",
    }
    assert facts(json.dumps(row())) == {
        "$at": "2026-01-02T03:04:05.678000Z",
        "$input_tokens": 1_500,
        "$output_tokens": 200,
        "$cache_read_tokens": 900,
        "$cache_write_tokens": 50,
        "$cost": 0.0125,
    }


def test_a_row_that_has_its_body() -> None:
    body = {
        "model": "claude-opus-4-7",
        "max_tokens": 4_096,
        "tools": [{"name": "bash"}],
        "messages": [{"role": "user", "content": "a secret plan"}],
        "metadata": {"user_id": "user_x_session_y", "tier": "free", "seats": 5},
    }
    for stored in (body, json.dumps(body), json.dumps(json.dumps(body))):
        found = values(json.dumps(row(proxy_server_request=stored)))
        assert found["model_hint"] == "opus"
        assert (found["limit"], found["has_tools"], found["first"]) == (4_096, True, "user")
        assert found["tier"] == "team"  # what was given to be logged comes first
        assert "secret" not in str(found)
    assert values(json.dumps(row(metadata="{}", proxy_server_request=body)))["seats"] == 5


def test_columns_of_json_as_text() -> None:
    made = row()
    made |= {name: json.dumps(made[name]) for name in ("metadata", "request_tags", "messages", "proxy_server_request")}
    assert values(json.dumps(made)) == values(json.dumps(row()))


def test_a_csv_of_the_table() -> None:
    stream = io.StringIO()
    made = row(startTime="2026-01-02 03:04:05.678", messages={"content": 'a "quoted", text\nin lines'})
    writer = csv.writer(stream)
    writer.writerow(made)
    cells = [json.dumps(v) if isinstance(v, dict | list) else "" if v is None else v for v in made.values()]
    writer.writerows([cells, cells])
    found, told = read(stream.getvalue().encode(), name="logs.csv")
    assert [dict(one.values) for one in found] == [values(json.dumps(row()))] * 2
    assert dict(found[0].facts) == facts(json.dumps(row()))
    assert [one.line for one in found] == [2, 3]
    assert told.files == (("logs.csv", "litellm-spend"),)


def test_what_the_api_answers() -> None:
    page = json.dumps({"data": [row(), row(request_id="2")], "total": 2, "page": 1}, indent=2)
    found, told = read(page, name="page.json")
    assert (len(found), told.requests, told.rows) == (2, 2, 1)
    listed, told = read(json.dumps([row(), row(), row()]), name="logs.json")
    assert (len(listed), told.rows) == (3, 3)


def test_a_request_that_failed_has_no_count() -> None:
    made = row(status="failure", prompt_tokens=0, completion_tokens=0, spend=0.0)
    assert "input_tokens" not in values(json.dumps(made))
    assert facts(json.dumps(made))["$output_tokens"] == 0


def test_the_model_that_was_asked_for_is_taken_and_not_that_of_a_fallback() -> None:
    made = row(model_group="haiku", metadata={"original_model_group": "claude-opus-4-7"})
    assert values(json.dumps(made))["model_hint"] == "opus"


def test_calls_of_tools_are_left_out() -> None:
    lines = [row(), row(call_type="call_mcp_tool"), row(mcp_namespaced_tool_name="github-search")]
    found, told = read("\n".join(map(json.dumps, lines)))
    assert (len(found), told.left_out) == (1, 2)


def test_what_is_in_no_row_is_told_with_the_reason() -> None:
    _, told = read(json.dumps(row()))
    absent = {one.attribute: (one.where, one.why) for one in told.sourced if not one.found}
    assert set(absent) == {"home", "beta", "limit", "first", "has_tools", "agent_id", "parent_agent_id", "unsaid"}
    assert absent["home"][0] == 'header "X-Region"'
    assert "keep no headers" in absent["home"][1][0]
    assert "store_prompts_in_spend_logs" in absent["limit"][1][0]
    assert absent["unsaid"] == ("nothing", ())


def test_a_pointer_takes_it_from_elsewhere() -> None:
    made = json.dumps(row(metadata=json.dumps({"deep": {"a/b": [{"region": "eu"}]}, "n": "7"})))
    found = values(
        made, pointers={"home": "/metadata/deep/a~1b/0/region", "seats": "/metadata/n", "unsaid": "/nothing"}
    )
    assert (found["home"], found["seats"]) == ("eu", 7)


def test_an_imported_configuration_finds_what_it_asks_for(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "model_list:\n"
        "  - {model_name: sonnet, litellm_params: {model: anthropic/claude-sonnet-4-6}}\n"
        "  - {model_name: sonnet, litellm_params: {model: bedrock/us.anthropic.claude-sonnet-4-6}}\n"
        "  - {model_name: haiku, litellm_params: {model: anthropic/claude-haiku-4-5}}\n"
        "router_settings: {optional_pre_call_checks: [session_affinity], fallbacks: [{sonnet: [haiku]}]}\n"
    )
    source = Source(str(config), config.read_text())
    text, refused = policy_text(import_sources("litellm", [source], None))
    assert text is not None, refused
    _, told = read(json.dumps(row(litellm_call_id="c-1")), text=text)
    assert {one.attribute for one in told.sourced} >= {"model", "input_tokens", "session_id"}
    assert not [one for one in told.sourced if not one.found]


def test_no_credential_is_taken() -> None:
    made = json.dumps(row(metadata={"spend_logs_metadata": {"features": [KEY, "a"]}}, session_id=f"Bearer {KEY}"))
    first, second = values(made), values(made)
    assert "abcdefgh" not in str(first)
    assert first == second  # and what was one stays one
    assert str(first["session_id"]).startswith("credential-")
    assert first["features"] != [first["session_id"], "a"]

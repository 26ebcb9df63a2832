"""What is found in decK files: one in which nothing is wrong, and one thing changed."""

from __future__ import annotations

import pytest

from interlock.compiler.sources.check import check_imported, import_sources
from interlock.dsl.finding import Finding
from interlock.dsl.source import Source

GOOD = """\
_format_version: "3.0"
_plugin_configs:
  shared:
    llm_format: anthropic
    balancer:
      algorithm: priority
      retries: 1
      connect_timeout: 5000
      read_timeout: 30000
      failover_criteria: [error, timeout, http_429, http_500, http_502, http_503, http_504, non_idempotent]
services:
  - name: llm
    url: http://localhost:32000
    routes:
      - {name: chat, paths: [/v1/messages], methods: [POST]}
      - {name: any, paths: [~/v2/.*]}
    plugins:
      - name: ai-proxy-advanced
        _config: shared
        config:
          targets:
            - route_type: llm/v1/chat
              weight: 2
              auth: {header_name: Authorization, header_value: "{vault://env/one}"}
              model: {provider: bedrock, name: anthropic.claude-sonnet-4-6, options: {bedrock: {aws_region: us-east-1}}}
            - route_type: llm/v1/chat
              weight: 1
              auth: {header_name: Authorization, header_value: '${{ env "DECK_TWO" }}'}
              model: {provider: bedrock, name: anthropic.claude-sonnet-4-6, options: {bedrock: {aws_region: us-west-2}}}
consumers:
  - {username: ann}
consumer_groups:
  - {name: gold}
plugins:
  - {name: key-auth, service: llm}
  - {name: rate-limiting, consumer: ann, config: {minute: 5}}
"""
TARGET = "{targets: [{route_type: llm/v1/chat, model: {provider: azure, name: gpt-4o}}]}"
CHANGES: dict[str, tuple[str, str, str, str]] = {
    "a consumer that is not there": ("consumer: ann,", "consumer: anne,", "G101", "`anne`, what"),
    "a service that is not there": ("service: llm}", "service: lm}", "G101", "`lm`, what `key-auth` is bound to"),
    "a shared configuration that is not there": ("_config: shared", "_config: share", "G101", "`share` is none of"),
    "two routes of one name": ("name: any", "name: chat", "G001", "two routes are called `chat`"),
    "a plugin twice": (
        "consumers:",
        f"      - {{name: ai-proxy-advanced, config: {TARGET}}}\nconsumers:",
        "G001",
        "twice in one place",
    ),
    "a plugin that names its service again": (
        "_config: shared",
        "_config: shared\n        service: llm",
        "G001",
        "`service` in a plugin",
    ),
    "a plugin for a consumer, in a service": ("_config: shared", "_config: shared\n        consumer: ann", "", ""),
    "an expression beside paths": ("name: any,", "name: any, expression: http.path ^= '/',", "G001", "`expression`"),
    "a path without a slash": ("[/v1/messages]", "[v1/messages]", "G001", "starts neither with `/`"),
    "a route without conditions": ("paths: [/v1/messages], methods: [POST]", "tags: [a]", "G001", "has neither"),
    "words around a reference": ('"{vault://env/one}"', '"Bearer {vault://env/one}"', "G004", "sent as it is written"),
    "a status in quotes of another kind": ("retries: 1", 'retries: "1"', "G001", "is no number"),
    "too few retries": ("retries: 1", "retries: 0", "G110", "`retries` is 0"),
    "no non_idempotent": (", non_idempotent", "", "G110", "POST is not repeated"),
    "a criterion less": ("http_503, ", "", "G105", "no `http_503`"),
    "one weight for all": ("weight: 2", "weight: 1", "G112", "they are one group"),
    "a key for the wrong thing": ("read_timeout: 30000", "read_timout: 30000", "G002", "unknown key `read_timout`"),
    "a header that is not hashed": ("retries: 1", "retries: 1\n      hash_on_header: x-s", "G102", "no effect"),
    "a dump's default of it": ("retries: 1", "retries: 1\n      hash_on_header: X-Kong-LLM-Request-ID", "", ""),
    "a disabled service": ("url:", "enabled: false\n    url:", "G102", "never runs"),
    "entities that are in the gateway already": (
        "services:",
        "_info: {default_lookup_tags: {consumers: [x]}}\nservices:",
        "",
        "",
    ),
}  # fmt: skip


def found_in(text: str) -> list[Finding]:
    return list(check_imported(import_sources("kong", [Source("kong.yaml", text)])))


def test_nothing_is_found_in_a_good_file() -> None:
    assert [(f.kind.code, f.message) for f in found_in(GOOD)] == []


@pytest.mark.parametrize("title", CHANGES)
def test_one_thing_changed(title: str) -> None:
    before, after, code, words = CHANGES[title]
    assert before in GOOD
    found = found_in(GOOD.replace(before, after, 1))
    told = [(f.kind.code, f.message) for f in found]
    if not code:
        assert told == []
    else:
        assert any(f.kind.code == code and words in f.message for f in found), told
        # At its own place: on the line that was changed, or below it.
        assert all(f.span.start < f.span.end for f in found if f.kind.code == code)


def test_what_another_file_may_have_is_no_mistake() -> None:
    assert [
        f.kind.code
        for f in found_in(
            GOOD.replace("consumer: ann", "consumer: eve").replace("consumers:\n  - {username: ann}\n", "")
        )
    ] == []
    lookups = GOOD.replace("_plugin_configs", "_info: {default_lookup_tags: {consumers: [x]}}\n_plugin_configs", 1)
    assert found_in(lookups.replace("consumer: ann", "consumer: eve")) == []


def test_the_order_that_the_documentation_has_not_is_told() -> None:
    found = import_sources("kong", [Source("kong.yaml", GOOD.replace("~/v2/.*", "~/v1/.*"))])
    assert found.plan is not None
    assert "`any` is tried before `chat`: so Kong's code has it" in " ".join(r.text for r in found.plan.remarks)


def test_retries_that_multiply() -> None:
    more = "".join(
        f"            - {{route_type: llm/v1/chat, weight: {n}, model: {{provider: openai, name: gpt-5, options: "
        f"{{upstream_url: 'https://r{n}.example.com'}}}}}}\n"
        for n in range(3, 10)
    )
    text = GOOD.replace("retries: 1", "retries: 8").replace("consumers:", f"{more}consumers:", 1)
    found = next(finding for finding in found_in(text) if finding.kind.code == "F204")
    assert "9 attempts" in found.message
    assert found.help == "write fewer `retries` in `balancer`"

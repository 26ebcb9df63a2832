"""Rows of LiteLLM's table ``LiteLLM_SpendLogs``, as JSON (its API, or a database's) or CSV (``COPY … TO``).

Read in LiteLLM 1.106.2: proxy/schema.prisma, proxy/spend_tracking/spend_tracking_utils.py (``get_logging_payload``),
proxy/litellm_pre_call_utils.py (``get_chain_id_from_headers``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from interlock.compiler.traffic.entry import TOKEN_COUNTS, computed, without_none
from interlock.compiler.traffic.values import canonical_time, dollars, members, opened, tokens

_MARKS = ("request_id", "call_type", "spend", "startTime")
_SESSION_HEADER = re.compile(r"x-(?:.+-)?session-id|x-litellm-trace-id")
"""The headers whose value LiteLLM keeps in the column ``session_id``."""
_COLUMNS = {
    name: name
    for name in (
        "agent_id",
        "end_user",
        "litellm_call_id",
        "model_group",
        "organization_id",
        "request_tags",
        "session_id",
        "team_id",
        "user",
    )
} | {"user_api_key_hash": "api_key"}
"""What is known of a request before it is routed, and the columns in which it is."""


WHY = {
    "header": "LiteLLM's spend logs keep no headers but the user agent's and a session id's",
    "body": "but for `/model`, LiteLLM keeps bodies only with `store_prompts_in_spend_logs: true`, long texts cut",
    "metadata": "LiteLLM keeps `spend_logs_metadata`, the metadata of its own and, with bodies, that of the body",
    "gateway": "a spend log has no column for it; `has_tools` is taken from bodies, where they are kept",
}


def recognizes(record: Mapping[str, object]) -> bool:
    """Whether a record is a row of that table."""
    return all(mark in record for mark in _MARKS)


@lru_cache(maxsize=256)
def _has_session(header: str) -> bool:
    return _SESSION_HEADER.fullmatch(header) is not None


class Row:
    """One row. What is JSON in it is opened only where it is asked for: prompts are long."""

    # No `cached_property`: in Python 3.11 it takes a lock each time, which is a tenth of reading a log.

    def __init__(self, raw: Mapping[str, object]) -> None:
        self.raw = raw
        self._meta = members(raw.get("metadata"))
        self._stored: Mapping[str, object] | None = None

    @property
    def _body(self) -> Mapping[str, object]:
        if self._stored is None:
            self._stored = members(self.raw.get("proxy_server_request"))
        return self._stored

    @property
    def is_request(self) -> bool:
        """A call of a tool (MCP) is logged in this table too, and goes to no model."""
        return not self.raw.get("mcp_namespaced_tool_name") and self.raw.get("call_type") != "call_mcp_tool"

    def header(self, name: str) -> object:
        if name == "user-agent":
            return self._meta.get("user_agent")
        return self.raw.get("session_id") or None if _has_session(name) else None

    def body(self) -> Mapping[str, object]:
        model = self._model
        return self._body if model is None else {"model": model, **self._body}

    def metadata(self, key: str) -> object:
        for place in (self._meta.get("spend_logs_metadata"), self._body.get("metadata"), self._meta):
            value = members(place).get(key)
            if value is not None:
                return value
        return None

    def gateway(self, name: str) -> object:
        if name in TOKEN_COUNTS:
            return self._prompt_tokens()
        if name in _COLUMNS:
            return opened(self.raw.get(_COLUMNS[name])) or None
        return computed(name, self._model, self._body)

    def facts(self) -> Mapping[str, object]:
        usage = members(self._meta.get("additional_usage_values")) or members(self._meta.get("usage_object"))
        details = members(usage.get("prompt_tokens_details"))
        return without_none(
            {
                "$at": canonical_time(self.raw.get("startTime")),
                "$input_tokens": self._prompt_tokens(),
                "$output_tokens": tokens(self.raw.get("completion_tokens")),
                "$cache_read_tokens": tokens(usage.get("cache_read_input_tokens", details.get("cached_tokens"))),
                "$cache_write_tokens": tokens(
                    usage.get("cache_creation_input_tokens", details.get("cache_creation_tokens"))
                ),
                "$cost": dollars(self.raw.get("spend")),
            }
        )

    def _prompt_tokens(self) -> int | None:
        # A request that failed before it was counted has 0, which is not how long its prompt was.
        return tokens(self.raw.get("prompt_tokens")) or None

    @property
    def _model(self) -> object:
        """The model that was asked for, which need not be the one that served."""
        for value in (
            self._body.get("model"),
            self._meta.get("original_model_group"),
            self.raw.get("model_group"),
            self.raw.get("model"),
        ):
            if value:
                return value
        return None

"""Records of Portkey's log export: JSON Lines, with the fields that were asked for.

Read in Portkey's documentation, November 2026: "Logs Export" (the fields), "Create a Log Export" (their names),
"Insert a Log" (url, headers and body of a request). It shows no whole record, so what it leaves open is read in every
way that its words allow: a request is the body, or has ``body`` and ``headers``; metadata are an object, or keys and
values apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from interlock.compiler.traffic.entry import TOKEN_COUNTS, computed, without_none
from interlock.compiler.traffic.values import canonical_time, dollars, members, opened, tokens

_MARKS = ("ai_model", "ai_org", "req_units", "res_units", "total_units", "response_status_code", "prompt_slug")
FIELDS = (*_MARKS, "id", "trace_id", "created_at", "request", "response", "cost", "metadata", "request.body")

WHY = {
    "header": "Portkey's export has no headers but a trace id's, unless the request was logged with its own",
    "body": "the export has bodies only with the field `request`",
    "metadata": "the export has it only with the field `metadata`, where the request was sent with it",
    "gateway": "the export has no field for it",
}


def recognizes(record: Mapping[str, object]) -> bool:
    """Whether a record is one of such an export: three of the fields that only it has."""
    return sum(mark in record for mark in _MARKS) >= 3


class Log:
    """One record of the export."""

    is_request = True

    def __init__(self, raw: Mapping[str, object]) -> None:
        self.raw = raw

    @cached_property
    def _request(self) -> Mapping[str, object]:
        return members(self.raw.get("request"))

    @cached_property
    def _body(self) -> Mapping[str, object]:
        if "request.body" in self.raw:
            return members(self.raw["request.body"])
        return members(self._request["body"]) if "body" in self._request else self._request

    @cached_property
    def _usage(self) -> Mapping[str, object]:
        response = members(self.raw.get("response", self.raw.get("response.body")))
        return members(members(response.get("body", response)).get("usage"))

    @cached_property
    def _metadata(self) -> Mapping[str, object]:
        keys, values = opened(self.raw.get("metadata.key")), opened(self.raw.get("metadata.value"))
        if isinstance(keys, list) and isinstance(values, list):
            return {key: value for key, value in zip(keys, values, strict=False) if isinstance(key, str)}
        listed = opened(self.raw.get("metadata"))
        if isinstance(listed, list):
            pairs = [members(pair) for pair in listed]
            return {str(pair["key"]): pair.get("value") for pair in pairs if "key" in pair}
        return listed if isinstance(listed, dict) else {}

    def header(self, name: str) -> object:
        given = members(self._request.get("headers")) if "body" in self._request else {}
        found = next((value for key, value in given.items() if key.lower() == name), None)
        return self.raw.get("trace_id") if found is None and name == "x-portkey-trace-id" else found

    def body(self) -> Mapping[str, object]:
        return self._body

    def metadata(self, key: str) -> object:
        return self._metadata.get(key)

    def gateway(self, name: str) -> object:
        if name in TOKEN_COUNTS:
            return self._input_tokens()
        if name in ("trace_id", "prompt_slug"):
            return self.raw.get(name)
        return computed(name, self._body.get("model") or self.raw.get("ai_model"), self._body)

    def facts(self) -> Mapping[str, object]:
        usage = self._usage
        details = members(usage.get("prompt_tokens_details"))
        cents = dollars(self.raw.get("cost"))
        return without_none(
            {
                "$at": canonical_time(self.raw.get("created_at")),
                "$input_tokens": self._input_tokens(),
                "$output_tokens": tokens(self.raw.get("res_units")),
                "$cache_read_tokens": tokens(usage.get("cache_read_input_tokens", details.get("cached_tokens"))),
                "$cache_write_tokens": tokens(usage.get("cache_creation_input_tokens")),
                "$cost": None if cents is None else cents / 100,
            }
        )

    def _input_tokens(self) -> int | None:
        """All tokens of the prompt. Anthropic's usage counts those of the cache apart."""
        cached = (
            tokens(self._usage.get("cache_read_input_tokens")),
            tokens(self._usage.get("cache_creation_input_tokens")),
        )
        fresh = tokens(self._usage.get("input_tokens"))
        if fresh is not None:
            return fresh + sum(part or 0 for part in cached)
        counted = tokens(self._usage.get("prompt_tokens"))
        return counted if counted is not None else tokens(self.raw.get("req_units"))

"""Spans of OpenTelemetry in OTLP's JSON encoding, by the semantic conventions for generative AI.

Read November 2026: opentelemetry-proto (trace.proto, and the rules for JSON of the OTLP specification), semantic
conventions for generative AI (gen-ai-spans.md, 1.42.0 and the names before 1.37) and for HTTP headers
(``http.request.header.<key>``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.compiler.traffic.entry import TOKEN_COUNTS, computed, without_none
from interlock.compiler.traffic.values import integer, opened, tokens, written_time

_ASKS = frozenset(("chat", "text_completion", "generate_content", "embeddings"))
_OTHER = frozenset(
    {"create_agent", "invoke_agent", "invoke_workflow", "execute_tool", "plan", "retrieval"}
    | {"create_memory", "delete_memory", "search_memory", "update_memory", "upsert_memory"}
    | {"create_memory_store", "delete_memory_store"}
)
"""What spans of generative AI tell of besides: what leads to requests, or follows from them, not the requests."""
_BODY = {
    "model": "gen_ai.request.model",
    "max_tokens": "gen_ai.request.max_tokens",
    "stream": "gen_ai.request.stream",
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "top_k": "gen_ai.request.top_k",
    "seed": "gen_ai.request.seed",
    "tools": "gen_ai.tool.definitions",
}
"""What of a body the conventions have attributes for, prompts left out."""

WHY = {
    "header": "spans have a header only as `http.request.header.NAME`, which instrumentations record if told to",
    "body": "spans have of a body only what the conventions have attributes for, such as `/model` and `/max_tokens`",
    "metadata": "no span has an attribute KEY or `metadata.KEY`, nor has its resource",
    "gateway": "spans have no attribute for it",
}


_Object = Mapping[str, object]


def recognizes(record: Mapping[str, object]) -> bool:
    """Whether a record is an export of traces, as the collector's file exporter writes one a line."""
    return "resourceSpans" in record or "resource_spans" in record


class Span:
    """One span of a call of a model. ``above`` are the attributes of the spans around it in the same export."""

    def __init__(self, raw: Mapping[str, object], start: int | None, above: tuple[Mapping[str, object], ...]) -> None:
        self.raw = raw
        self._start = start
        self._above = above

    @property
    def is_request(self) -> bool:
        operation = self.raw.get("gen_ai.operation.name")
        if isinstance(operation, str) and operation in _ASKS | _OTHER:
            return operation in _ASKS
        return "gen_ai.request.model" in self.raw  # older instrumentations name no operation, and others their own

    def header(self, name: str) -> object:
        # The names had underscores once.
        for key in (f"http.request.header.{name}", f"http.request.header.{name.replace('-', '_')}"):
            for attributes in (self.raw, *self._above):
                value = attributes.get(key)
                if value is not None:
                    return ", ".join(map(str, value)) if isinstance(value, list) else value
        if name == "user-agent":
            return next(
                (a["user_agent.original"] for a in (self.raw, *self._above) if "user_agent.original" in a), None
            )
        return self.raw.get("gen_ai.conversation.id") if name.endswith("session-id") else None

    def body(self) -> Mapping[str, object]:
        return {key: opened(self.raw[name]) for key, name in _BODY.items() if name in self.raw}

    def metadata(self, key: str) -> object:
        value = self.raw.get(f"metadata.{key}")
        return self.raw.get(key) if value is None else value

    def gateway(self, name: str) -> object:
        if name in TOKEN_COUNTS:
            return self._usage("input_tokens", "prompt_tokens")
        if name in ("session_id", "conversation_id"):
            return self.raw.get("gen_ai.conversation.id")
        if name == "has_tools" and "gen_ai.tool.definitions" not in self.raw:
            return None  # recorded only if told to, so that their absence says nothing
        return computed(name, self.raw.get("gen_ai.request.model"), self.body())

    def facts(self) -> Mapping[str, object]:
        return without_none(
            {
                "$at": None if self._start is None else written_time(self._start // 1_000),
                "$input_tokens": self._usage("input_tokens", "prompt_tokens"),
                "$output_tokens": self._usage("output_tokens", "completion_tokens"),
                "$cache_read_tokens": self._usage("cache_read.input_tokens"),
                "$cache_write_tokens": self._usage("cache_creation.input_tokens"),
            }
        )

    def _usage(self, *names: str) -> int | None:
        values = (tokens(self.raw.get(f"gen_ai.usage.{name}")) for name in names)
        return next((value for value in values if value is not None), None)


def spans(export: Mapping[str, object]) -> Iterator[Span | None]:
    """The spans of one export; None for what stands where a span should and is none."""
    for resource in _objects(export, "resourceSpans", "resource_spans"):
        if resource is None:
            yield None
            continue
        described = resource.get("resource")
        shared = _attributes(described if isinstance(described, dict) else {})
        found = [
            (span, _attributes(span)) if span is not None else None
            for scope in _objects(resource, "scopeSpans", "scope_spans", "instrumentationLibrarySpans")
            for span in (_objects(scope, "spans") if scope is not None else [None])
        ]
        known = {_id(both[0]): both for both in found if both is not None}
        for both in found:
            yield None if both is None else _span(*both, known, shared)


def _span(span: _Object, attributes: _Object, known: Mapping[str, tuple[_Object, _Object]], shared: _Object) -> Span:
    above: list[_Object] = []
    parent = _parent(span)
    while parent in known and len(above) < 20:  # also where a broken file makes spans their own parents
        above.append(known[parent][1])
        parent = _parent(known[parent][0])
    start = integer(span.get("startTimeUnixNano", span.get("start_time_unix_nano")))
    return Span({**shared, **attributes}, start, tuple(above))


def _id(span: _Object) -> str:
    return str(span.get("spanId", span.get("span_id")))


def _parent(span: Mapping[str, object]) -> str:
    return str(span.get("parentSpanId", span.get("parent_span_id")) or "none")


def _objects(holder: Mapping[str, object], *names: str) -> list[Mapping[str, object] | None]:
    listed = next((holder[name] for name in names if name in holder), None)
    if listed is None:
        return []
    return [item if isinstance(item, dict) else None for item in listed] if isinstance(listed, list) else [None]


def _attributes(holder: Mapping[str, object]) -> dict[str, object]:
    """The attributes of a span or resource as plain values."""
    listed = holder.get("attributes")
    found: dict[str, object] = {}
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and isinstance(item.get("key"), str):
            found[item["key"]] = _plain(item.get("value"), 0)
    return found


def _plain(value: object, depth: int) -> object:
    """The value of an ``AnyValue``. 64-bit integers are texts in OTLP's JSON; numbers are taken, too."""
    if not isinstance(value, dict) or depth > 20:
        return None
    for kind, inner in value.items():
        if kind in ("stringValue", "string_value", "boolValue", "bool_value", "bytesValue", "bytes_value"):
            return inner
        if kind in ("intValue", "int_value"):
            number = integer(inner)
            return inner if number is None else number
        if kind in ("doubleValue", "double_value"):
            return inner
        if kind in ("arrayValue", "array_value"):
            items = inner.get("values") if isinstance(inner, dict) else None
            return [_plain(item, depth + 1) for item in items] if isinstance(items, list) else []
        if kind in ("kvlistValue", "kvlist_value"):
            pairs = inner.get("values") if isinstance(inner, dict) else None
            return {
                str(pair.get("key")): _plain(pair.get("value"), depth + 1)
                for pair in (pairs if isinstance(pairs, list) else ())
                if isinstance(pair, dict)
            }
    return None

"""The kinds of logs there are, and the requests in each of their records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, get_args

from interlock.compiler.traffic import litellm, otlp, portkey
from interlock.compiler.traffic.entry import FACTS, Entry
from interlock.dsl.record import record

Kind = Literal["litellm-spend", "otlp", "portkey", "requests"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@record
class Log:
    """One kind of log. ``entries`` gives of a record the requests in it, None for each part that is no request to a
    model, or a text that says why it is no record of this kind. ``why`` says for each kind of source what this log has
    of it."""

    kind: Kind
    title: str
    entries: Callable[[Mapping[str, object]], Iterator[Entry | str | None]]
    why: Mapping[str, str]


def _litellm(record_: Mapping[str, object]) -> Iterator[Entry | str | None]:
    if "request_id" not in record_ and "startTime" not in record_:
        yield "it is no row of LiteLLM's spend logs: it has neither `request_id` nor `startTime`"
        return
    row = litellm.Row(record_)
    yield row if row.is_request else None


def _otlp(record_: Mapping[str, object]) -> Iterator[Entry | str | None]:
    if not otlp.recognizes(record_):
        known = any(key in record_ for key in ("resourceLogs", "resourceMetrics"))
        yield None if known else "it is no export of traces: it has no `resourceSpans`"
        return
    for span in otlp.spans(record_):
        if span is None:
            yield "something in `resourceSpans` is no span"
        else:
            yield span if span.is_request else None


def _portkey(record_: Mapping[str, object]) -> Iterator[Entry | str | None]:
    if not any(key in record_ for key in portkey.FIELDS):
        yield "it is no record of Portkey's log export: it has none of its fields"
    else:
        yield portkey.Log(record_)


LOGS: Mapping[str, Log] = {
    "litellm-spend": Log("litellm-spend", "LiteLLM spend log", _litellm, litellm.WHY),
    "otlp": Log("otlp", "OpenTelemetry spans", _otlp, otlp.WHY),
    "portkey": Log("portkey", "Portkey log export", _portkey, portkey.WHY),
}


def recognized(value: object, attributes: Mapping[str, object]) -> Kind | None:
    """The kind of log that a record is unmistakably from, or requests already if it has no keys but attributes."""
    if not isinstance(value, dict):
        return None
    if otlp.recognizes(value):
        return "otlp"
    if litellm.recognizes(value):
        return "litellm-spend"
    if portkey.recognizes(value):
        return "portkey"
    return "requests" if value and all(key in attributes or key in FACTS for key in value) else None


def wrapped(value: object) -> list[object] | None:
    """The records in what an API answers with, ``{"data": [RECORD, …], …}``; None for anything else."""
    if isinstance(value, dict):
        data = value.get("data")
        if isinstance(data, list) and data and all(isinstance(item, dict) for item in data):
            return data
    return None

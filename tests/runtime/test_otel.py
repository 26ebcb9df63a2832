"""The spans of hops: what an exporter gets of them, as docs/record.md says and the runtime for Go does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, Tracer

from interlock.compiler.reference_text import read_request
from interlock.runtime import Record
from interlock.runtime.otel import start

from .test_vectors import FILES, cases, table

RUNTIME = Path(__file__).parents[2] / "runtimes" / "python"


class Gateway:
    """A tracer, and the spans that it has exported."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer: Tracer = provider.get_tracer("gateway")

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    with made.tracer.start_as_current_span("request"):
        yield made


REQUEST = {"route": 0, "kind": "b", "flag": True, "session": "s"}


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in (span.attributes or {}).items()}


def always(record: Record) -> dict[str, Any]:
    return {
        "interlock.policy": record.decision.policy,
        "interlock.policy.version": record.decision.version,
        "interlock.hop": record.decision.hop,
        "interlock.record": record.to_json(),
    }


def test_a_hop_that_fails_and_one_that_goes_well(gateway: Gateway) -> None:
    walks = table("walks")
    first, second = walks.record(REQUEST), walks.record(REQUEST, ["overloaded"])
    request = trace.get_current_span()
    hop = start(gateway.tracer, first)
    assert trace.get_current_span(hop.context) is not request
    assert trace.get_current_span() is request
    hop.end("overloaded")
    hop.end()  # a second time, which changes nothing
    start(gateway.tracer, second).end()
    one, two = gateway.spans
    for span in (one, two):
        assert (span.name, span.kind) == ("interlock.hop", SpanKind.CLIENT)
        assert span.parent == request.get_span_context()
    assert attributes(one) == always(first) | {
        "interlock.rule": "session",
        "interlock.pool": "by_session",
        "interlock.upstream": "far",
        "gen_ai.provider.name": "q",
        "gen_ai.request.model": "n",
        "interlock.attribute.route": 0,
        "interlock.attribute.kind": "b",
        "interlock.attribute.flag": True,
        "error.type": "overloaded",
    }
    assert (one.status.status_code, two.status.status_code) == (StatusCode.ERROR, StatusCode.UNSET)
    told = attributes(two)
    assert (told["interlock.after"], told["interlock.hop"]) == (["overloaded"], 1)
    assert "error.type" not in told


def test_a_fail_goes_on_the_span_of_the_request() -> None:
    gateway = Gateway()
    record = table("kinds").record({"home": "us_east"})
    with gateway.tracer.start_as_current_span("request") as request:
        hop = start(gateway.tracer, record)
        assert trace.get_current_span(hop.context) is request
        hop.end()
    (span,) = gateway.spans
    assert span.name == "request"
    assert attributes(span) == always(record) | {
        "interlock.fail.status": 400,
        "interlock.invalid.attribute": "beta",
        "interlock.invalid.reason": "missing",
    }


def test_nothing_is_set_that_is_null() -> None:
    gateway = Gateway()
    record = table("kinds").record(None)
    with gateway.tracer.start_as_current_span("request"):
        start(gateway.tracer, record)
    assert attributes(gateway.spans[0]) == always(record) | {
        "interlock.fail.status": 400,
        "interlock.invalid.reason": "not_an_object",
    }


def test_in_a_with_statement_the_span_is_the_current_one(gateway: Gateway) -> None:
    walks = table("walks")
    request = trace.get_current_span()
    after: list[str] = []
    for error_class in ("timeout", None):
        with start(gateway.tracer, walks.record(REQUEST, after)) as hop:
            assert trace.get_current_span() is not request
            with gateway.tracer.start_as_current_span("HTTP"):
                pass
            hop.error_class = error_class
        assert trace.get_current_span() is request
        after += [error_class] if error_class else []
    assert [span.name for span in gateway.spans] == ["HTTP", "interlock.hop"] * 2
    for below, span in zip(gateway.spans[::2], gateway.spans[1::2], strict=True):
        assert below.parent == span.get_span_context()
    assert [attributes(span).get("error.type") for span in gateway.spans[1::2]] == ["timeout", None]


def test_what_the_block_raises_is_recorded_and_goes_on(gateway: Gateway) -> None:
    with pytest.raises(KeyError), start(gateway.tracer, table("walks").record(REQUEST)):
        raise KeyError("x")
    (span,) = gateway.spans
    assert span.status.status_code == StatusCode.ERROR
    assert attributes(span)["error.type"] == "KeyError"
    assert [event.name for event in span.events] == ["exception"]


def test_a_context_of_the_callers() -> None:
    gateway = Gateway()
    request = gateway.tracer.start_span("request")
    start(gateway.tracer, table("walks").record(REQUEST), trace.set_span_in_context(request)).end()
    assert gateway.spans[0].parent == request.get_span_context()


def test_a_tracer_that_does_nothing() -> None:
    with start(trace.NoOpTracer(), table("walks").record(REQUEST)) as hop:
        hop.error_class = "timeout"


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "record"], ids=lambda path: path.stem)
def test_attributes_of_the_vectors(path: Path) -> None:
    """docs/record.md, said again from the record's JSON and the table's."""
    name, asked = cases(path)
    kinds = {a["name"]: a for a in json.loads((path.parents[1] / "tables" / f"{name}.json").read_bytes())["attributes"]}
    for case in asked:
        record = case["record"]
        wanted: dict[str, Any] = {
            "interlock.policy": record["policy"],
            "interlock.policy.version": record["version"],
            "interlock.hop": record["hop"],
        }
        for key in ("rule", "pool", "upstream", "account"):
            wanted[f"interlock.{key}"] = record[key]
        wanted["gen_ai.provider.name"] = record["provider"]
        wanted["gen_ai.request.model"] = record["model"]
        wanted["cloud.region"] = record["region"]
        wanted["interlock.after"] = record["after"] or None
        for key in ("status", "message"):
            wanted[f"interlock.fail.{key}"] = record["fail"] and record["fail"][key]
        for key in ("attribute", "reason"):
            wanted[f"interlock.invalid.{key}"] = record["invalid"] and record["invalid"][key]
        for key, value in (record["attributes"] or {}).items():
            if kinds[key]["type"] in ("bool", "int") or (kinds[key]["type"] == "enum" and value is not False):
                wanted[f"interlock.attribute.{key}"] = value
        made = table(name).record(read_request(case["request"]), case["after"]).span_attributes()
        assert json.loads(str(made.pop("interlock.record"))) == record
        assert made == {key: value for key, value in wanted.items() if value is not None}


def _alone(code: str) -> str:
    code = f"import sys; sys.path.insert(0, {str(RUNTIME)!r})\n{code}"
    return subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True).stdout


def test_the_runtime_does_not_import_it() -> None:
    assert (
        _alone(
            "import interlock_runtime; print('opentelemetry' in sys.modules, 'interlock_runtime.otel' in sys.modules)"
        )
        == "False False\n"
    )


def test_without_the_package_it_says_what_to_install() -> None:
    told = _alone("try:\n    import interlock_runtime.otel\nexcept ImportError as error:\n    print(error)")
    assert told.startswith("interlock_runtime.otel needs the package opentelemetry-api: ")
    assert "interlock-runtime[otel]" in told


@pytest.mark.parametrize("errors", [[None], ["timeout", None], ["timeout"] * 9])
def test_the_example_of_the_readme(errors: list[str | None]) -> None:
    text = (RUNTIME / "README.md").read_text(encoding="utf-8")
    (code,) = [part for part in text.split("```python\n") if part.startswith("from interlock_runtime.otel")]
    gateway = Gateway()
    answers: list[object] = []
    coming = iter(errors)
    names = {
        "tracer": gateway.tracer,
        "table": table("walks"),
        "request": REQUEST,
        "send": lambda upstream, model: next(coming),
        "answer": lambda *given: answers.append(given),
    }
    with gateway.tracer.start_as_current_span("request"):
        exec(code.split("```")[0].replace("interlock_runtime", "interlock.runtime"), names)
    *hops, request = gateway.spans
    ended = [attributes(span).get("error.type") for span in hops]
    assert ended == errors[: len(hops)]
    assert ("interlock.fail.status" in attributes(request)) == bool(answers) == (errors[-1] is not None)

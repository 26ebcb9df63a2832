"""OpenTelemetry spans of decisions, one a hop, as docs/record.md says. Needs ``opentelemetry-api``, the extra ``otel``.

record = table.record(request, after)
with start(tracer, record) as hop:
    hop.error_class = send(...)  # yours: the class of the error with which it ended, None if it went well
"""

from __future__ import annotations

from types import TracebackType

try:
    from opentelemetry import context as contexts
    from opentelemetry import trace
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
except ImportError as error:
    raise ImportError(
        f"{__name__} needs the package opentelemetry-api: install interlock-runtime[otel] or interlock[otel]"
    ) from error

from .recording import Record


class Hop:
    """The span of a hop under way. ``context`` is the one that has it, for what is done below it."""

    def __init__(self, span: Span | None, context: Context) -> None:
        self.context = context
        self.error_class: str | None = None
        self._span = span

    def end(self, error_class: str | None = None) -> None:
        """End the span, once. ``error_class`` is that of the error with which the hop ended, None if it went well."""
        span, self._span = self._span, None
        if span is None:
            return
        if error_class is not None:
            span.set_attribute("error.type", error_class)
            span.set_status(StatusCode.ERROR, error_class)
        span.end()

    def __enter__(self) -> Hop:
        self._token = contexts.attach(self.context)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends it with ``error_class``. What the block raised is recorded, and goes on."""
        contexts.detach(self._token)
        if raised is not None and self._span is not None:
            self._span.record_exception(raised)
        self.end(type(raised).__qualname__ if raised is not None and self.error_class is None else self.error_class)


def start(tracer: Tracer, record: Record, context: Context | None = None) -> Hop:
    """Begin the span of the hop that ``record`` tells of, of kind client, below the span in ``context`` (the current
    one if it is None). Call it before the request is sent, and ``end`` when its response has ended or failed; or use it
    in a ``with`` statement, in which the span is the current one.

    A fail has no hop: its attributes are put on the span in ``context``, and ``end`` does nothing.
    """
    around = contexts.get_current() if context is None else context
    attributes = record.span_attributes()
    if record.decision.fail is not None:
        trace.get_current_span(around).set_attributes(attributes)
        return Hop(None, around)
    span = tracer.start_span("interlock.hop", around, kind=SpanKind.CLIENT, attributes=attributes)
    return Hop(span, trace.set_span_in_context(span, around))

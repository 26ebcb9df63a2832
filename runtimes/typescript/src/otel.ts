/** OpenTelemetry spans of decisions, one a hop: docs/record.md, "As OpenTelemetry attributes". */
import { type Context, type Span, type Tracer, SpanKind, SpanStatusCode, context, trace } from "@opentelemetry/api"
import type { DecisionRecord, ErrorClass, Table } from "./index.js"

/** The span of a hop, under way. */
export interface HopSpan {
  /** null for a fail, which has no hop. */
  readonly span: Span | null
  /** The context that has the span, for what is sent. */
  readonly context: Context
  /** Ends the span, when the response has ended or failed; `error` is the class of the error, if there was one. */
  end(error?: ErrorClass | null): void
}

/** Begins the span of the hop that a record of this table tells of, below the span in `parent` (unless given, the active
 * one); call it before the request is sent. A fail has no hop: its attributes go onto the span in `parent`. */
export function startHop(tracer: Tracer, table: Table, record: DecisionRecord, parent = context.active()): HopSpan {
  const attributes = table.spanAttributes(record)
  if (record.fail !== null) {
    trace.getSpan(parent)?.setAttributes(attributes)
    return { span: null, context: parent, end: () => undefined }
  }
  const span = tracer.startSpan("interlock.hop", { kind: SpanKind.CLIENT, attributes }, parent)
  return {
    span,
    context: trace.setSpan(parent, span),
    end(error = null) {
      if (error !== null) {
        span.setAttribute("error.type", error)
        span.setStatus({ code: SpanStatusCode.ERROR, message: error })
      }
      span.end()
    },
  }
}

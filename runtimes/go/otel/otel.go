// Package otel makes OpenTelemetry spans of Interlock's decisions, as docs/record.md says: one for each hop.
//
//	record, err := table.Record(request)
//	…
//	_, hop := otel.Start(ctx, tracer, record)
//	// send to record.Decision.Upstream(), and when the response has ended or failed:
//	hop.End(class) // "" if it went well
package otel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	interlock "github.com/OWNER/interlock/runtimes/go"
)

// A Hop is the span of one hop, under way.
type Hop struct{ span trace.Span }

// Start begins the span of the hop that a record tells of, of kind client, below the span in ctx; call it before the
// request is sent. The context it gives has the new span. A fail has no hop: its attributes are put on the span in ctx,
// which Start gives back as it was, and End does nothing.
func Start(ctx context.Context, tracer trace.Tracer, record interlock.Record) (context.Context, *Hop) {
	if record.Decision.Failed() {
		trace.SpanFromContext(ctx).SetAttributes(Attributes(record)...)
		return ctx, &Hop{}
	}
	ctx, span := tracer.Start(ctx, "interlock.hop",
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(Attributes(record)...))
	return ctx, &Hop{span}
}

// End ends the span. class is that of the error with which the hop ended, empty if there was none.
func (h *Hop) End(class interlock.ErrorClass) {
	if h.span == nil {
		return
	}
	if class != "" {
		h.span.SetAttributes(attribute.String("error.type", string(class)))
		h.span.SetStatus(codes.Error, string(class))
	}
	h.span.End()
}

// Attributes gives a record's span attributes.
func Attributes(record interlock.Record) []attribute.KeyValue {
	given := record.SpanAttributes()
	made := make([]attribute.KeyValue, len(given))
	for i, one := range given {
		switch value := one.Value.(type) {
		case string:
			made[i] = attribute.String(one.Key, value)
		case int64:
			made[i] = attribute.Int64(one.Key, value)
		case bool:
			made[i] = attribute.Bool(one.Key, value)
		case []string:
			made[i] = attribute.StringSlice(one.Key, value)
		}
	}
	return made
}

package otel

import (
	"context"
	"maps"
	"reflect"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	interlock "github.com/OWNER/interlock/runtimes/go"
)

// spans runs what a gateway does, below a span of the request, and gives the spans that were exported.
func spans(t *testing.T, serve func(ctx context.Context, tracer trace.Tracer)) tracetest.SpanStubs {
	t.Helper()
	exporter := tracetest.NewInMemoryExporter()
	tracer := sdk.NewTracerProvider(sdk.WithSyncer(exporter)).Tracer("gateway")
	ctx, request := tracer.Start(context.Background(), "request")
	serve(ctx, tracer)
	request.End()
	return exporter.GetSpans()
}

func attributes(span tracetest.SpanStub) map[string]any {
	found := map[string]any{}
	for _, one := range span.Attributes {
		found[string(one.Key)] = one.Value.AsInterface()
	}
	return found
}

func load(t *testing.T, name string) *interlock.Table {
	t.Helper()
	table, err := interlock.LoadFile("../../vectors/tables/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func record(t *testing.T, table *interlock.Table, request map[string]any, after ...interlock.ErrorClass) interlock.Record {
	t.Helper()
	made, err := table.Record(request, after...)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// has looks that a span has just these attributes, besides policy, version and record.
func has(t *testing.T, span tracetest.SpanStub, made interlock.Record, want map[string]any) {
	t.Helper()
	want = maps.Clone(want)
	want["interlock.policy"] = made.Decision.Policy()
	want["interlock.policy.version"] = made.Decision.Version()
	want["interlock.record"] = made.String()
	if got := attributes(span); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestAHopThatFailsAndOneThatGoesWell(t *testing.T) {
	table := load(t, "walks")
	request := map[string]any{"route": 0, "kind": "b", "flag": true, "session": "s"}
	first := record(t, table, request)
	second := record(t, table, request, interlock.Overloaded)
	found := spans(t, func(ctx context.Context, tracer trace.Tracer) {
		below, hop := Start(ctx, tracer, first)
		if !trace.SpanFromContext(below).IsRecording() {
			t.Error("the context has no span")
		}
		hop.End(interlock.Overloaded)
		_, hop = Start(ctx, tracer, second)
		hop.End("")
	})
	if len(found) != 3 {
		t.Fatalf("got %d spans", len(found))
	}
	for _, span := range found[:2] {
		if span.Name != "interlock.hop" || span.SpanKind != trace.SpanKindClient ||
			span.Parent.SpanID() != found[2].SpanContext.SpanID() {
			t.Errorf("got span %s, %v, below %v", span.Name, span.SpanKind, span.Parent.SpanID())
		}
	}
	want := map[string]any{
		"interlock.rule": first.Decision.Rule(), "interlock.pool": first.Decision.Pool(),
		"interlock.upstream": first.Decision.Upstream(), "interlock.account": first.Decision.Account(),
		"gen_ai.provider.name": first.Decision.Provider(), "gen_ai.request.model": first.Decision.Model(),
		"cloud.region": first.Decision.Region(), "interlock.hop": int64(0), "error.type": "overloaded",
		"interlock.attribute.route": int64(0), "interlock.attribute.kind": "b", "interlock.attribute.flag": true,
	}
	for name, value := range want {
		if value == "" {
			delete(want, name) // null in this table
		}
	}
	has(t, found[0], first, want)
	if found[0].Status.Code != codes.Error || found[1].Status.Code != codes.Unset {
		t.Errorf("got status %v and %v", found[0].Status, found[1].Status)
	}
	got := attributes(found[1])
	if !reflect.DeepEqual(got["interlock.after"], []string{"overloaded"}) || got["interlock.hop"] != int64(1) || got["error.type"] != nil {
		t.Errorf("got %v", got)
	}
}

func TestAFailGoesOnTheSpanOfTheRequest(t *testing.T) {
	table := load(t, "kinds")
	made := record(t, table, map[string]any{"home": "us_east"})
	found := spans(t, func(ctx context.Context, tracer trace.Tracer) {
		_, hop := Start(ctx, tracer, made)
		hop.End("")
	})
	if len(found) != 1 {
		t.Fatalf("got %d spans", len(found))
	}
	has(t, found[0], made, map[string]any{
		"interlock.hop": int64(0), "interlock.fail.status": int64(400),
		"interlock.invalid.attribute": "beta", "interlock.invalid.reason": "missing",
	})
}

func TestNothingIsSetThatIsNull(t *testing.T) {
	made := record(t, load(t, "kinds"), nil)
	found := spans(t, func(ctx context.Context, tracer trace.Tracer) { Start(ctx, tracer, made) })
	has(t, found[0], made, map[string]any{
		"interlock.hop": int64(0), "interlock.fail.status": int64(400), "interlock.invalid.reason": "not_an_object",
	})
}

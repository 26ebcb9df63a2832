// The spans of hops, with OpenTelemetry's own tracer and an exporter that keeps them.
import assert from "node:assert/strict"
import { readdirSync } from "node:fs"
import { test } from "node:test"
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api"
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { canonical } from "../dist/esm/index.js"
import { startHop } from "../dist/esm/otel.js"
import { json, tableOf, vectors } from "./tables.mjs"

/** The spans exported while a gateway serves, below that of the request, which comes last. */
function spans(serve) {
  const exporter = new InMemorySpanExporter()
  const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer("gateway")
  const request = tracer.startSpan("request", {}, ROOT_CONTEXT)
  serve(tracer, trace.setSpan(ROOT_CONTEXT, request))
  request.end()
  return exporter.getFinishedSpans()
}

const given = (attributes) => Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null))

test("a hop that fails and one that goes well", () => {
  const table = tableOf("walks")
  const request = { route: 0, kind: "b", flag: true, session: "s" }
  const first = table.record(request)
  const second = table.record(request, ["overloaded"])
  const [one, two, parent] = spans((tracer, context) => {
    const hop = startHop(tracer, table, first, context)
    assert.equal(trace.getSpan(hop.context), hop.span)
    hop.end("overloaded")
    startHop(tracer, table, second, context).end()
  })
  for (const span of [one, two]) {
    assert.equal(span.name, "interlock.hop")
    assert.equal(span.kind, SpanKind.CLIENT)
    assert.equal(span.parentSpanContext.spanId, parent.spanContext().spanId)
  }
  assert.deepEqual(
    one.attributes,
    given({
      "interlock.policy": "walks",
      "interlock.policy.version": table.version,
      "interlock.rule": first.rule,
      "interlock.pool": first.pool,
      "interlock.upstream": first.upstream,
      "interlock.account": first.account,
      "gen_ai.provider.name": first.provider,
      "gen_ai.request.model": first.model,
      "cloud.region": first.region,
      "interlock.hop": 0,
      "interlock.attribute.route": 0,
      "interlock.attribute.kind": "b",
      "interlock.attribute.flag": true,
      "interlock.record": canonical(first),
      "error.type": "overloaded",
    }),
  )
  assert.equal(one.status.code, SpanStatusCode.ERROR)
  assert.equal(two.status.code, SpanStatusCode.UNSET)
  assert.deepEqual(two.attributes["interlock.after"], ["overloaded"])
  assert.equal(two.attributes["interlock.hop"], 1)
  assert.equal(two.attributes["error.type"], undefined)
})

test("a fail has no hop: its attributes are the request's", () => {
  const table = tableOf("kinds")
  const record = table.record({ home: "us_east" })
  const found = spans((tracer, context) => {
    const hop = startHop(tracer, table, record, context)
    assert.equal(hop.span, null)
    assert.equal(hop.context, context)
    hop.end("timeout")
  })
  assert.equal(found.length, 1)
  assert.deepEqual(found[0].attributes, {
    "interlock.policy": "kinds",
    "interlock.policy.version": table.version,
    "interlock.hop": 0,
    "interlock.fail.status": 400,
    "interlock.invalid.attribute": "beta",
    "interlock.invalid.reason": "missing",
    "interlock.record": canonical(record),
  })
  const none = table.spanAttributes(table.record(null))
  assert.equal(none["interlock.invalid.reason"], "not_an_object")
  assert.ok(!("interlock.invalid.attribute" in none))
})

test("the records of the vectors: of attributes just the bools, ints and declared values", () => {
  let seen = 0
  for (const file of readdirSync(new URL("record", vectors))) {
    const { table: name, cases } = json(`record/${file}`)
    const { attributes } = json(`tables/${name}.json`)
    const types = new Map(attributes.map((item) => [item.name, item.type]))
    for (const { request, after, record } of cases) {
      const table = tableOf(name)
      const made = table.spanAttributes(table.recordText(request, after))
      for (const [attribute, value] of Object.entries(record.attributes ?? {})) {
        const type = types.get(attribute)
        const isTold = (type === "bool" || type === "int" || (type === "enum" && value !== false)) && value !== null
        assert.deepEqual(made[`interlock.attribute.${attribute}`], isTold ? value : undefined)
        seen++
      }
      assert.equal(made["interlock.record"], canonical(record))
      assert.equal(made["interlock.fail.message"], record.fail?.message ?? undefined)
    }
  }
  assert.ok(seen > 100)
})

// The same with limits and breakers, a table that follows its file, and a span of each hop.
import { type ErrorClass, ServingState } from "@interlock/runtime"
import { LiveFile } from "@interlock/runtime/node"
import { startHop } from "@interlock/runtime/otel"
import { trace } from "@opentelemetry/api"
import type { Ours } from "./gateway.js"

export function gateway(path: string, ours: Ours) {
  const live = new LiveFile(path)
  const stop = live.watch() // a file that cannot be used is said on standard error, and the old table serves on
  const state = new ServingState()
  const tracer = trace.getTracer("gateway")

  async function route(request: unknown): Promise<void> {
    const { table } = live // this request's, to its end
    const met: ErrorClass[] = []
    let { decision, permit, errors } = state.admit(table, table.decide(request))
    while (permit !== null && decision.upstream !== null && decision.model !== null) {
      met.push(...errors) // of upstreams that nothing may be sent to now
      const hop = startHop(tracer, table, table.record(request, met))
      const error = await ours.send(decision.upstream, decision.model)
      permit.done(error)
      hop.end(error)
      if (error === null) return
      met.push(error)
      ;({ decision, permit, errors } = state.admit(table, table.after(decision, error)))
    }
    ours.answer(decision.fail?.status ?? null, decision.fail?.message ?? null)
  }
  return { route, stop }
}

// A gateway's part of the work: send, try again where the table says, answer, and keep a record.
import { type ErrorClass, type Table, canonical } from "@interlock/runtime"

/** What a gateway has of its own: `send` gives the class of the error, null if it went well. */
export interface Ours {
  send(upstream: string, model: string): Promise<ErrorClass | null>
  answer(status: number | null, message: string | null): void
  log(line: string): void
}

export async function route(table: Table, request: unknown, ours: Ours): Promise<void> {
  const met: ErrorClass[] = []
  let decision = table.decide(request) // an object as JSON.parse gives it
  while (decision.upstream !== null && decision.model !== null) {
    const error = await ours.send(decision.upstream, decision.model)
    if (error === null) break
    met.push(error)
    decision = table.after(decision, error) // where the request goes next
  }
  if (decision.fail !== null) ours.answer(decision.fail.status, decision.fail.message)
  ours.log(canonical(table.record(request, met)))
}

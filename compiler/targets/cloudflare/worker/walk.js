// One request's walk: sent hop by hop, by the table's chains, until something can go to the client.

import { modelPlaces, withModel } from "./body.js"
import { UNAVAILABLE, failure } from "./errors.js"
import { address, ask } from "./upstreams.js"

/** What is told of a decision in the answer's headers, `x-interlock-NAME`. */
const TOLD = ["policy", "version", "rule", "pool", "upstream", "model", "hop"]
const SAFE = /%(5B|5D|2F|3A|2C|20)/g

/** The headers of an answer that came by a decision. Names of the policy may hold anything: they are quoted as in a
 * URL. */
export function told(decision) {
  const headers = new Headers()
  for (const name of TOLD) {
    if (decision[name] === null) continue
    const quoted = encodeURIComponent(decision[name])
      .replace(SAFE, decodeURIComponent)
      .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    headers.set(`x-interlock-${name}`, quoted)
  }
  return headers
}

/** Answers a call. `serving` is what the Worker serves by, `call` what was asked: `found` (the attributes), `api`,
 * `path`, `search`, `headers`, `bytes`, `isStream`. `log` takes objects for the log. Throws `Misconfigured`. */
export async function walk({ table, state, upstreams, retries }, call, env, log) {
  const hops = []
  const after = []
  const places = modelPlaces(call.bytes)
  const canHop = call.path !== "/v1/messages/count_tokens" // a count is the first hop's or nobody's
  let decision = table.decide(call.found)
  let last = null // the last error's answer, and the decision that led to it
  let tries = 0

  const send = async (upstream) => {
    const began = Date.now()
    const answer = await attempt(upstream, decision, { ...call, places }, env, log)
    hops.push({
      upstream: upstream.name,
      model: decision.model,
      error: answer.class ?? (answer.response.ok ? null : "error"),
      ms: Date.now() - began,
    })
    return answer
  }
  const end = (outcome, { response, by }, more = {}) => {
    log({
      interlock: outcome,
      path: call.path,
      status: response.status,
      ...more,
      hops,
      record: table.record(call.found, after),
    })
    const made = new Response(response.body, response)
    for (const [name, value] of told(by)) made.headers.set(name, value)
    return made
  }

  for (;;) {
    if (decision.fail !== null) {
      if (decision.fail.status === null) return end("returned", last)
      await discard(last)
      return end(
        "failed",
        failed(call.api, decision.fail.status, decision.invalid?.message ?? decision.fail.message, decision),
      )
    }
    await discard(last)
    const upstream = upstreams.get(decision.upstream)
    let error = "unreachable"
    // What cannot be asked takes nothing of a limit, and tells a breaker nothing.
    const permit = upstream.api === call.api ? state.ask(table, upstream.name) : null
    if (permit === null) {
      last = failed(call.api, 502, `${upstream.name} does not speak this API`, decision)
      if (!canHop) return end("returned", last)
    } else if ("done" in permit) {
      const answer = await send(upstream)
      permit.done(answer.class)
      last = { response: answer.response, by: decision }
      if (answer.class === null) return end(answer.response.ok ? "served" : "returned", last)
      if (!canHop) return end("returned", last)
      error = answer.class
      if (UNAVAILABLE.has(error) && tries < retries.get(decision.pool)) {
        tries++
        continue
      }
    } else if (permit.status !== null) {
      const limited = { upstream: upstream.name, status: permit.status }
      const by = { ...decision, pool: null, upstream: null, model: null }
      return end("failed", failed(call.api, permit.status, null, by), { limited })
    } else {
      error = "overloaded"
      last = failed(call.api, 529, `${upstream.name} takes no more requests now`, decision)
      if (!canHop) return end("returned", last)
    }
    tries = 0
    after.push(error)
    decision = table.after(decision, error)
  }
}

async function attempt(upstream, decision, call, env, log) {
  const { api, bytes, places } = call
  const { url, headers } = address(upstream, env, call.headers, call.path, call.search)
  const request = { method: "POST", headers, body: withModel(bytes, places, decision.model) }
  // To be connected is not seen apart: the first token has that much longer.
  const first = upstream.first_token === null ? null : upstream.first_token + (upstream.connect ?? 0)
  const broke = (fault) => log({ interlock: "broke", upstream: upstream.name, error: String(fault) })
  const answer = await ask(url, request, api, { first: call.isStream ? first : null, total: upstream.total }, broke)
  if (answer.cause !== undefined) log({ interlock: "lost", upstream: upstream.name, error: String(answer.cause) })
  return answer
}

function failed(api, status, message, by) {
  return { response: failure(api, status, message ?? "no way on"), by }
}

/** Nobody reads this answer: its connection is let go. */
async function discard(answer) {
  if (answer?.response.body) await answer.response.body.cancel()
}

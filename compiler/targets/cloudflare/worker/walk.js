// One request's walk: asked hop by hop, by the table's chains, until something can go to the client.

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

/** Answers a call. `served` is what the Worker serves by, `call` what was asked: `found` (the attributes), `path`,
 * `search`, `headers`, `bytes`, `isStream`. `log` takes objects for the log. Throws `Misconfigured`. */
export async function walk({ table, upstreams, retries }, call, env, log) {
  const { path, api, bytes, headers, search } = call
  const hops = path !== "/v1/messages/count_tokens" // a count is the first hop's or nobody's
  const places = modelPlaces(bytes)
  const after = []
  const attempts = []
  const began = Date.now()
  let decision = table.decide(call.found)
  let answered = decision
  let last = null
  const end = (status, fault = null) => {
    const { policy, version, rule, pool, upstream, model, hop } = answered
    const seconds = (Date.now() - began) / 1000
    log({ interlock: "answer", policy, version, rule, pool, upstream, model, hop, path, status, attempts, seconds, fault })
  }
  const give = (response) => {
    const made = new Response(response.body, response)
    for (const [name, value] of told(answered)) made.headers.set(name, value)
    return made
  }

  for (let tries = 0; ; ) {
    if (tries === 0) log(table.record(call.found, after))
    if (decision.fail !== null) {
      if (decision.fail.status !== null) {
        await discard(last)
        answered = decision
        last = failure(api, decision.fail.status, decision.invalid?.message ?? decision.fail.message ?? "no way on")
      }
      end(last.status)
      return give(last)
    }
    await discard(last)
    const upstream = upstreams.get(decision.upstream)
    answered = decision
    const response = await attempt(decision, upstream)
    attempts.push([decision.upstream, response.class])
    last = response.response
    if (response.class === null || !hops) {
      if (!last.ok) end(last.status) // of a success it is told when its body has ended
      return give(last)
    }
    if (UNAVAILABLE.has(response.class) && tries < retries.get(decision.pool)) {
      tries++
      continue
    }
    tries = 0
    after.push(response.class)
    decision = table.after(decision, response.class)
  }

  async function attempt(decision, upstream) {
    if (upstream.api !== api) {
      return { response: failure(api, 502, `${decision.upstream} does not speak this API`), class: "unreachable" }
    }
    const { url, headers: sent } = address(upstream, env, headers, path, search)
    const request = { method: "POST", headers: sent, body: withModel(bytes, places, decision.model) }
    // To be connected is not seen apart: the first token has that much longer.
    const first = upstream.first_token === null ? null : upstream.first_token + (upstream.connect ?? 0)
    const limits = { first: call.isStream ? first : null, total: upstream.total }
    const answer = await ask(url, request, api, limits, (fault) => end(200, fault && String(fault)))
    if (answer.cause !== undefined) log({ interlock: "lost", upstream: decision.upstream, error: String(answer.cause) })
    return answer
  }
}

/** Nobody reads this answer: its connection is let go. */
async function discard(response) {
  if (response?.body) await response.body.cancel()
}

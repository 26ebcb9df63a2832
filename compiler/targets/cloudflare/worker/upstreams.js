// One request to one upstream, and what came of it.

import { classOf, classOfEvent, failure, lastEvent } from "./errors.js"
import { beginning, whole } from "./stream.js"

/** The endpoints of the Worker, and the API that each is of. */
export const PATHS = {
  "/v1/messages": "messages",
  "/v1/messages/count_tokens": "messages",
  "/v1/chat/completions": "chat_completions",
}
const BELOW = { "/v1/chat/completions": "/chat/completions" }
/** Not for an upstream: of this connection, of the client's credentials, or about the client's network. */
const OWN = new Set(
  `host content-length connection keep-alive proxy-connection transfer-encoding te trailer upgrade expect authorization
  x-api-key proxy-authorization cookie accept-encoding true-client-ip x-real-ip forwarded cdn-loop`.split(/\s+/),
)
const OWN_KINDS = ["cf-", "x-forwarded-", "x-interlock-"]

/** Something that whoever runs the Worker has to mend; it goes to the client as a 500, and nothing hops. */
export class Misconfigured extends Error {}

/** Where an upstream is, and with which headers to ask it. Throws `Misconfigured`. */
export function address(upstream, env, headers, path, search) {
  const base = upstream.url ?? variable(env, upstream.url_env)
  let url
  try {
    url = new URL(base.replace(/\/+$/, "") + (BELOW[path] ?? path) + search)
  } catch {
    throw new Misconfigured(`${upstream.url_env}, the endpoint of ${upstream.name}, is no URL`)
  }
  const sent = passed(headers)
  const key = variable(env, upstream.key)
  if (upstream.provider === "anthropic") sent.set("x-api-key", key)
  else sent.set("authorization", `Bearer ${key}`)
  if (upstream.api === "messages" && !sent.has("anthropic-version")) sent.set("anthropic-version", "2023-06-01")
  if (url.hostname === "gateway.ai.cloudflare.com" && env.CF_AIG_TOKEN) {
    sent.set("cf-aig-authorization", `Bearer ${env.CF_AIG_TOKEN}`)
  }
  return { url, headers: sent }
}

/** A client's headers, those that an upstream is to see. */
export function passed(headers) {
  const sent = new Headers()
  for (const [name, value] of headers) {
    if (!OWN.has(name) && !OWN_KINDS.some((kind) => name.startsWith(kind))) sent.append(name, value)
  }
  sent.set("accept-encoding", "identity") // a compressed stream would come in lumps
  return sent
}

function variable(env, name) {
  const value = env[name]
  if (typeof value !== "string" || value === "") throw new Misconfigured(`the secret ${name} is not set`)
  return value
}

/** Asks, and gives the answer for the client with the class of its error; null for a success and for an error that no
 * chain takes. A success comes as soon as its first content is there. Milliseconds: `first` until then, `total` until
 * the end; null: as long as it takes. `broke` is called with the error if the body of a success breaks off. */
export async function ask(url, request, api, { first, total }, broke) {
  const controller = new AbortController()
  const timers = []
  const limit = (ms) => ms !== null && timers.push(setTimeout(() => controller.abort(), ms))
  const clear = () => timers.forEach(clearTimeout)
  limit(first)
  limit(total)
  try {
    const response = await fetch(url, { ...request, redirect: "manual", signal: controller.signal })
    if (!response.ok) {
      const body = await response.arrayBuffer()
      clear()
      const bytes = body.byteLength === 0 ? null : body // a status such as 304 takes no body
      return {
        response: new Response(bytes, response),
        class: classOf(response.status, new TextDecoder().decode(body)),
      }
    }
    if (response.body === null) {
      clear()
      return { response: new Response(null, response), class: null }
    }
    const isEvents = (response.headers.get("content-type") ?? "").startsWith("text/event-stream")
    const reader = response.body.getReader()
    const { held, error } = await beginning(reader, isEvents)
    if (first !== null) clearTimeout(timers[0])
    const made = error === null ? null : classOfEvent(error)
    const cut = (fault) => {
      broke(fault)
      if (!isEvents) return null
      if (controller.signal.aborted) return lastEvent(api, "timeout_error", "the answer took longer than it may")
      return lastEvent(api, "api_error", "the connection to the upstream was lost")
    }
    const body = whole(reader, held, cut, () => {
      clear()
      controller.abort() // nothing, unless the client went: then the upstream need not go on
    })
    return { response: new Response(body, response), class: made }
  } catch (error) {
    clear()
    if (controller.signal.aborted) {
      return { response: failure(api, 504, "the upstream did not answer in time"), class: "timeout" }
    }
    controller.abort()
    return {
      response: failure(api, 502, "no connection to the upstream, or it was lost"),
      class: "unreachable",
      cause: error,
    }
  }
}

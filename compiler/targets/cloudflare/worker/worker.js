// Interlock on Cloudflare Workers: each request goes where table.json says, and so does each hop.
//
// Written by `interlock emit cloudflare`. Change the policy, not these files.

import settings from "../upstreams.json"
import text from "../table.json"
import { attributes, metadataOf } from "./attributes.js"
import { read } from "./body.js"
import { failure } from "./errors.js"
import { ServingState, canonical, load } from "./interlock_runtime.js"
import { shadow } from "./shadow.js"
import { Misconfigured, PATHS } from "./upstreams.js"
import { walk } from "./walk.js"

// A table that is refused throws here: Cloudflare then takes no such version, and the one before serves on.
const table = load(text)
const { attributes: declared, pools } = JSON.parse(text)
// Limits and breakers are those of this isolate: others count for themselves.
const serving = {
  table,
  state: new ServingState(Date.now),
  upstreams: new Map(settings.map((upstream) => [upstream.name, upstream])),
  retries: new Map(pools.map((pool) => [pool.name, pool.retry])),
}

/** What Anthropic's API takes. */
const LARGEST = 32 * 2 ** 20
const log = (told) => console.log(canonical(told))

export default {
  /** @param {Request} request @param {Record<string, string>} env */
  async fetch(request, env) {
    const url = new URL(request.url)
    const api = PATHS[url.pathname]
    if (api === undefined) return page(request, url)
    if (request.method !== "POST") return failure(api, 405, "only POST is served here", { allow: "POST" })
    try {
      return await answer(request, url, api, env)
    } catch (error) {
      console.error(JSON.stringify({ interlock: "error", error: String(error?.stack ?? error) }))
      return failure(
        api,
        500,
        error instanceof Misconfigured ? `interlock: ${error.message}` : "interlock: a fault of the gateway",
      )
    }
  },
}

async function answer(request, url, api, env) {
  if (!env.INTERLOCK_SHADOW && !(await isAllowed(request.headers, env))) {
    return failure(api, 401, "the key is not this gateway's")
  }
  const bytes = await read(request, LARGEST)
  if (bytes === null) return failure(api, 413, "the body is larger than 32 MiB")
  const body = parsed(bytes)
  const found = attributes(declared, request.headers, body, metadataOf(request.headers, body))
  if (env.INTERLOCK_SHADOW) return shadow(table, found, request, url, bytes, env, log)
  if (body === undefined) return failure(api, 400, "the body is not a JSON object in UTF-8")
  const call = {
    found,
    api,
    path: url.pathname,
    search: url.search,
    headers: request.headers,
    bytes,
    isStream: body.stream === true,
  }
  return walk(serving, call, env, log)
}

/** A body's JSON object; undefined for what is none. */
function parsed(bytes) {
  try {
    const body = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes))
    return typeof body === "object" && body !== null && !Array.isArray(body) ? body : undefined
  } catch {
    return undefined
  }
}

/** Whether a client shows the gateway's key, in either of the headers that Claude Code may use. */
async function isAllowed(headers, env) {
  if (typeof env.INTERLOCK_KEY !== "string" || env.INTERLOCK_KEY === "") {
    throw new Misconfigured("the secret INTERLOCK_KEY is not set")
  }
  const digest = (word) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(word))
  const wanted = await digest(env.INTERLOCK_KEY)
  for (const shown of [headers.get("authorization")?.replace(/^Bearer +/i, ""), headers.get("x-api-key")]) {
    if (shown && crypto.subtle.timingSafeEqual(await digest(shown), wanted)) return true
  }
  return false
}

/** `/` says which policy serves; nothing else is here. */
function page(request, url) {
  if (url.pathname === "/" && (request.method === "GET" || request.method === "HEAD")) {
    return Response.json({ interlock: { policy: table.policy, version: table.version } })
  }
  return failure("messages", 404, `the gateway serves ${Object.keys(PATHS).join(", ")}`)
}

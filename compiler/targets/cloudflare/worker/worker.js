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
    const response = await respond(request, new URL(request.url), env)
    // Also what was answered before anything was decided.
    response.headers.set("x-interlock-policy", table.policy)
    response.headers.set("x-interlock-version", table.version)
    return response
  },
}

async function respond(request, url, env) {
  const api = PATHS[url.pathname]
  const isPage = url.pathname === "/" && (request.method === "GET" || request.method === "HEAD")
  if (isPage) return Response.json({ interlock: { policy: table.policy, version: table.version } })
  try {
    if (env.INTERLOCK_SHADOW) {
      const decided = (bytes) => (api === undefined ? null : table.record(foundIn(request, parsed(bytes)), []))
      return await shadow(request, url, env, decided, LARGEST, log)
    }
    if (api === undefined) return failure("messages", 404, `the gateway serves ${Object.keys(PATHS).join(", ")}`)
    if (request.method !== "POST") return failure(api, 405, "only POST is served here", { allow: "POST" })
    return await answer(request, url, api, env)
  } catch (error) {
    console.error(JSON.stringify({ interlock: "error", error: String(error?.stack ?? error) }))
    const message = error instanceof Misconfigured ? error.message : "a fault of the gateway"
    return failure(api, 500, `interlock: ${message}`)
  }
}

async function answer(request, url, api, env) {
  if (!(await isAllowed(request.headers, env))) return failure(api, 401, "the key is not this gateway's")
  const bytes = await read(request, LARGEST)
  if (bytes === null) return failure(api, 413, "the body is larger than 32 MiB")
  const body = parsed(bytes)
  if (body === undefined) return failure(api, 400, "the body is not a JSON object in UTF-8")
  const { headers } = request
  const isStream = body.stream === true
  const call = { found: foundIn(request, body), api, path: url.pathname, search: url.search, headers, bytes, isStream }
  return walk(serving, call, env, log)
}

function foundIn({ headers }, body) {
  return attributes(declared, headers, body, metadataOf(headers, body))
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

// Shadow mode: what the policy would decide is logged, and every request goes unchanged to where INTERLOCK_SHADOW says.

import { Misconfigured, passed } from "./upstreams.js"
import { told } from "./walk.js"

/** Passes a request on, with the client's own credentials. `decided(bytes)` gives the record of its decision, or null
 * where the policy decides nothing. Throws `Misconfigured`. */
export async function shadow(request, url, env, decided, most, log) {
  let target
  try {
    target = new URL(env.INTERLOCK_SHADOW.replace(/\/+$/, "") + url.pathname + url.search)
  } catch {
    throw new Misconfigured("INTERLOCK_SHADOW is no URL")
  }
  const headers = passed(request.headers)
  for (const name of ["authorization", "x-api-key"]) {
    if (request.headers.has(name)) headers.set(name, request.headers.get(name))
  }
  // What is too large to be decided, or of unknown size, is passed on as it comes.
  const stated = request.headers.get("content-length")
  const isRead = stated !== null && Number(stated) <= most
  const body = isRead ? new Uint8Array(await request.arrayBuffer()) : request.body
  let record = null
  try {
    record = isRead ? decided(body) : null
  } catch (error) {
    console.error(JSON.stringify({ interlock: "error", error: String(error?.stack ?? error) }))
  }
  if (record !== null) log({ interlock: "shadow", path: url.pathname, record })
  const hasBody = request.method !== "GET" && request.method !== "HEAD"
  const response = await fetch(target, {
    method: request.method,
    headers,
    body: hasBody ? body : undefined,
    redirect: "manual",
  })
  const made = new Response(response.body, response)
  if (record !== null) for (const [name, value] of told(record)) made.headers.set(name, value)
  made.headers.set("x-interlock-shadow", "1")
  return made
}

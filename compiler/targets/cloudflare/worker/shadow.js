// Shadow mode: what the policy would decide is logged, and the request goes unchanged to where INTERLOCK_SHADOW says.

import { Misconfigured, passed } from "./upstreams.js"
import { told } from "./walk.js"

/** Passes a request on with the client's own credentials. Throws `Misconfigured`. */
export async function shadow(table, found, request, url, bytes, env, log) {
  const record = table.record(found, [])
  log({ interlock: "shadow", path: url.pathname, record })
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
  const response = await fetch(target, { method: "POST", headers, body: bytes, redirect: "manual" })
  const made = new Response(response.body, response)
  for (const [name, value] of told(record)) made.headers.set(name, value)
  made.headers.set("x-interlock-shadow", "1")
  return made
}

/** Checks the entries of `pools` and `upstreams`. */
import { byCodePoint } from "./json.js"
import {
  TableError,
  amounts,
  choice,
  fields,
  index,
  integer,
  items,
  rising,
  someFields,
  text,
  textOrNull,
} from "./shape.js"
import type { Breaker, Limit, Member, Pool, Upstream } from "./spec.js"

/** How many entries a Maglev table has. */
export const SLOTS = 4099

/** `keys` are the names of the attributes that a pool may be sticky by. Throws `TableError`. */
export function pool(
  value: unknown,
  at: string,
  keys: ReadonlySet<string>,
  upstreams: readonly Upstream[],
  models: readonly string[],
): Pool {
  const item = fields(value, at, ["name", "family", "members", "maglev", "sticky", "retry"])
  text(item["family"], `${at}.family`)
  const members = items(item["members"], `${at}.members`, (v, where): Member => {
    const found = fields(v, where, ["upstream", "model", "weight"])
    integer(found["weight"], `${where}.weight`, 1, 100)
    const upstream = upstreams[index(found["upstream"], `${where}.upstream`, upstreams.length, "upstreams")]!
    const model = models[index(found["model"], `${where}.model`, models.length, "models")]!
    return { name: `${upstream.name}/${model}`, upstream, model }
  })
  if (members.length === 0) throw new TableError(`${at}.members: must have at least 1 item`)
  const names = members.map((member) => member.name)
  rising(names, `${at}.members`, "members", byCodePoint)
  let maglev: Pool["maglev"] = null
  if (members.length > 1) {
    const entry = (v: unknown, where: string): number => index(v, where, members.length, "members")
    const entries = items(item["maglev"], `${at}.maglev`, entry, SLOTS)
    maglev = members.length <= 256 ? Uint8Array.from(entries) : Uint32Array.from(entries)
  } else if (item["maglev"] !== null) {
    throw new TableError(`${at}.maglev: must be null for a pool of one member`)
  }
  const sticky = textOrNull(item["sticky"], `${at}.sticky`)
  if (sticky !== null && !keys.has(sticky)) {
    throw new TableError(`${at}.sticky: must be the name of an attribute that is no set`)
  }
  const retry = integer(item["retry"], `${at}.retry`, 0)
  return { name: text(item["name"], `${at}.name`), members, maglev, sticky, retry }
}

/** Throws `TableError`. */
export function upstream(value: unknown, at: string): Upstream {
  const item = fields(value, at, [
    "name",
    "family",
    "provider",
    "account",
    "region",
    "endpoint",
    "supports",
    "timeouts",
    "limit",
    "breaker",
  ])
  text(item["family"], `${at}.family`)
  if (item["endpoint"] !== null) {
    const endpoint = someFields(item["endpoint"], `${at}.endpoint`, ["url", "env"])
    if (Object.keys(endpoint).length !== 1) throw new TableError(`${at}.endpoint: must have either 'url' or 'env'`)
    for (const name of Object.keys(endpoint)) text(endpoint[name], `${at}.endpoint.${name}`)
  }
  rising(items(item["supports"], `${at}.supports`, text), `${at}.supports`, "capabilities", byCodePoint)
  amounts(item["timeouts"], `${at}.timeouts`, ["connect", "first_token", "total"])
  return {
    name: text(item["name"], `${at}.name`),
    provider: text(item["provider"], `${at}.provider`),
    account: textOrNull(item["account"], `${at}.account`),
    region: textOrNull(item["region"], `${at}.region`),
    limit: item["limit"] === null ? null : limit(item["limit"], `${at}.limit`),
    breaker: item["breaker"] === null ? null : breaker(item["breaker"], `${at}.breaker`),
  }
}

function limit(value: unknown, at: string): Limit {
  const item = fields(value, at, ["count", "per", "burst", "status"])
  return {
    count: integer(item["count"], `${at}.count`, 0),
    periodMs: choice(item["per"], `${at}.per`, ["s", "min"]) === "s" ? 1_000 : 60_000,
    burst: integer(item["burst"], `${at}.burst`, 0),
    status: item["status"] === null ? null : integer(item["status"], `${at}.status`, 400, 599),
  }
}

function breaker(value: unknown, at: string): Breaker {
  const item = fields(value, at, ["share", "requests", "window_ms", "probe_ms"])
  const amount = (name: string): number => integer(item[name], `${at}.${name}`, 0)
  return {
    share: amount("share"),
    requests: amount("requests"),
    windowMs: amount("window_ms"),
    probeMs: amount("probe_ms"),
  }
}

/** From the JSON of a table to a `Spec`: everything docs/table-format.md says a table holds is checked. */
import { Attribute, Row, attribute } from "./attributes.js"
import { byCodePoint } from "./json.js"
import { Obj, TableError, choice, distinct, fields, index, integer, items, list, rising, someFields, text, textOrNull } from "./shape.js"

export const FIELDS = ["format", "format_version", "policy", "version", "digest", "attributes", "rows", "columns", "rules", "states", "invalid", "pools", "upstreams", "models", "source"]
export const CLASSES = ["overloaded", "rate_limited", "server_error", "timeout", "unreachable", "context_overflow", "refused"] as const
export type ErrorClass = (typeof CLASSES)[number]

export interface Upstream {
  readonly name: string
  readonly provider: string
  readonly account: string | null
  readonly region: string | null
}
export interface Pool {
  readonly name: string
  readonly members: readonly { readonly upstream: Upstream; readonly model: string }[]
  readonly maglev: Uint8Array | Uint32Array | null
  readonly sticky: string | null
}
export interface Fail {
  readonly status: number | null
  readonly message: string | null
}
export type State = { readonly fail: Fail } | { readonly pool: Pool; readonly next: readonly (number | null)[] }
export interface Spec {
  readonly policy: string
  readonly version: string
  readonly attributes: readonly Attribute[]
  readonly columns: readonly (readonly [number, number])[]
  readonly rules: readonly string[]
  readonly states: readonly State[]
  readonly invalid: number
}

function limited(value: unknown, at: string, most: number): unknown[] {
  const found = list(value, at)
  if (found.length > most) throw new TableError(`${at}: has ${found.length} items, the limit is ${most}`, "limit")
  return found
}

function row(value: unknown, at: string, columns: number): Row {
  if (typeof value !== "string" || !/^(0|[1-9a-f][0-9a-f]*)$/.test(value) || value.endsWith("\n")) {
    throw new TableError(`${at}: must be a string of lower-case hex without leading zeros`)
  }
  const bits = (value.length - 1) * 4 + (32 - Math.clz32(parseInt(value[0]!, 16)))
  if (bits > columns) throw new TableError(`${at}: has a bit at or above the number of columns, ${columns}`, "bounds")
  const words = new Int32Array((columns + 31) >> 5)
  for (let w = 0, end = value.length; end > 0; w++, end -= 8) {
    const word = parseInt(value.slice(Math.max(0, end - 8), end), 16)
    if (word !== 0) words[w] = word
  }
  return words
}

/** `table` has exactly the fields FIELDS. Raises `TableError` with the field that is wrong. */
export function check(table: Obj): Spec {
  const rules = items(table["rules"], "rules", text)
  distinct(rules, "rules", "names")
  const many = limited(table["columns"], "columns", 100_000).length
  const rows = limited(table["rows"], "rows", 1_000_000).map((item, i) => row(item, `rows[${i}]`, many))
  distinct(table["rows"] as string[], "rows", "rows")
  limited(table["attributes"], "attributes", 10_000)
  const attributes = items(table["attributes"], "attributes", (v, at) => attribute(v, at, rows))
  rising(attributes.map((a) => a.name), "attributes", "names", byCodePoint)
  const upstreams = items(table["upstreams"], "upstreams", upstream)
  distinct(upstreams.map((u) => u.name), "upstreams", "names")
  const models = items(table["models"], "models", model)
  distinct(models, "models", "names")
  const keys = new Set(attributes.filter((a) => a.kind !== "set").map((a) => a.name))
  const pools = items(table["pools"], "pools", (v, at) => pool(v, at, keys, upstreams, models))
  distinct(pools.map((p) => p.name), "pools", "names")
  const count = list(table["states"], "states").length
  const states = items(table["states"], "states", (v, at) => state(v, at, pools, count))
  const columns = items(table["columns"], "columns", (v, at): [number, number] => {
    const pair = list(v, at, 2)
    return [index(pair[0], `${at}[0]`, rules.length, "rules"), index(pair[1], `${at}[1]`, count, "states")]
  })
  for (let i = 1; i < many; i++) {
    if (columns[i - 1]![0] > columns[i]![0]) throw new TableError(`columns[${i}]: must be in rule order`)
  }
  const invalid = index(table["invalid"], "invalid", count, "states")
  source(table["source"], { rules, attributes, pools, upstreams, models })
  return { policy: text(table["policy"], "policy"), version: table["version"] as string, attributes, columns, rules, states, invalid }
}

function state(value: unknown, at: string, pools: readonly Pool[], count: number): State {
  if (typeof value === "object" && value !== null && "fail" in value) {
    const item = fields(fields(value, at, ["fail"])["fail"], `${at}.fail`, ["status", "message"])
    const status = integer(item["status"], `${at}.fail.status`, 400, 599)
    return { fail: Object.freeze({ status, message: textOrNull(item["message"], `${at}.fail.message`) }) }
  }
  const item = fields(value, at, ["pool", "next"])
  return {
    pool: pools[index(item["pool"], `${at}.pool`, pools.length, "pools")]!,
    next: items(item["next"], `${at}.next`, (to, where) => (to === null ? null : index(to, where, count, "states")), CLASSES.length),
  }
}

function pool(value: unknown, at: string, keys: ReadonlySet<string>, upstreams: readonly Upstream[], models: readonly string[]): Pool {
  const item = fields(value, at, ["name", "family", "members", "maglev", "sticky", "retry"])
  text(item["family"], `${at}.family`)
  const members = items(item["members"], `${at}.members`, (v, where) => {
    const o = fields(v, where, ["upstream", "model", "weight"])
    integer(o["weight"], `${where}.weight`, 1, 100)
    return {
      upstream: upstreams[index(o["upstream"], `${where}.upstream`, upstreams.length, "upstreams")]!,
      model: models[index(o["model"], `${where}.model`, models.length, "models")]!,
    }
  })
  if (members.length === 0) throw new TableError(`${at}.members: must have at least 1 item`)
  rising(members.map((m) => `${m.upstream.name}/${m.model}`), `${at}.members`, "members", byCodePoint)
  let maglev: Uint32Array | null = null
  if (members.length > 1) {
    maglev = Uint32Array.from(items(item["maglev"], `${at}.maglev`, (v, where) => index(v, where, members.length, "members"), 4099))
  } else if (item["maglev"] !== null) {
    throw new TableError(`${at}.maglev: must be null for a pool of one member`)
  }
  const sticky = textOrNull(item["sticky"], `${at}.sticky`)
  if (sticky !== null && !keys.has(sticky)) throw new TableError(`${at}.sticky: must be the name of an attribute that is no set`)
  integer(item["retry"], `${at}.retry`, 0)
  return { name: text(item["name"], `${at}.name`), members, maglev, sticky }
}

function upstream(value: unknown, at: string): Upstream {
  const item = fields(value, at, ["name", "family", "provider", "account", "region", "endpoint", "supports", "timeouts", "limit", "breaker"])
  text(item["family"], `${at}.family`)
  if (item["endpoint"] !== null) {
    const endpoint = someFields(item["endpoint"], `${at}.endpoint`, ["url", "env"])
    if (Object.keys(endpoint).length !== 1) throw new TableError(`${at}.endpoint: must have either 'url' or 'env'`)
    for (const name of Object.keys(endpoint)) text(endpoint[name], `${at}.endpoint.${name}`)
  }
  supports(item["supports"], `${at}.supports`)
  amounts(item["timeouts"], `${at}.timeouts`, ["connect", "first_token", "total"])
  if (item["limit"] !== null) {
    const limit = fields(item["limit"], `${at}.limit`, ["count", "per", "burst", "status"])
    integer(limit["count"], `${at}.limit.count`, 0)
    choice(limit["per"], `${at}.limit.per`, ["s", "min"])
    integer(limit["burst"], `${at}.limit.burst`, 0)
    if (limit["status"] !== null) integer(limit["status"], `${at}.limit.status`, 400, 599)
  }
  if (item["breaker"] !== null) {
    const names = ["share", "requests", "window_ms", "probe_ms"]
    const breaker = fields(item["breaker"], `${at}.breaker`, names)
    for (const name of names) integer(breaker[name], `${at}.breaker.${name}`, 0)
  }
  return {
    name: text(item["name"], `${at}.name`),
    provider: text(item["provider"], `${at}.provider`),
    account: textOrNull(item["account"], `${at}.account`),
    region: textOrNull(item["region"], `${at}.region`),
  }
}

function model(value: unknown, at: string): string {
  const item = fields(value, at, ["name", "context", "prices", "supports"])
  if (item["context"] !== null) integer(item["context"], `${at}.context`, 0)
  amounts(item["prices"], `${at}.prices`, ["input", "output", "cache_read", "cache_write"])
  supports(item["supports"], `${at}.supports`)
  return text(item["name"], `${at}.name`)
}

function supports(value: unknown, at: string): void {
  rising(items(value, at, text), at, "capabilities", byCodePoint)
}

function amounts(value: unknown, at: string, names: readonly string[]): void {
  const item = someFields(value, at, names)
  for (const name of Object.keys(item)) integer(item[name], `${at}.${name}`, 0)
}

function source(value: unknown, lists: { [name: string]: readonly unknown[] }): void {
  const item = fields(value, "source", ["files", "policy", ...Object.keys(lists)])
  const files = items(item["files"], "source.files", text)
  const place = (v: unknown, at: string): void => {
    const o = fields(v, at, ["doc", "file", "start", "end"])
    textOrNull(o["doc"], `${at}.doc`)
    index(o["file"], `${at}.file`, files.length, "source.files")
    for (const name of ["start", "end"]) items(o[name], `${at}.${name}`, (part, where) => integer(part, where, 1), 2)
  }
  place(item["policy"], "source.policy")
  for (const [name, of] of Object.entries(lists)) items(item[name], `source.${name}`, place, of.length)
}

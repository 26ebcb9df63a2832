/** From the JSON of a table to a `Spec`: everything docs/table-format.md says a table holds is checked. */
import { attribute } from "./attributes.js"
import { byCodePoint } from "./json.js"
import { pool, upstream } from "./pools.js"
import { Rows } from "./rows.js"
import {
  Obj,
  TableError,
  amounts,
  distinct,
  fields,
  index,
  integer,
  items,
  list,
  rising,
  text,
  textOrNull,
} from "./shape.js"
import { ERROR_CLASSES, Place, Pool, Spec, State } from "./spec.js"

export const FIELDS = [
  "format",
  "format_version",
  "policy",
  "version",
  "digest",
  "attributes",
  "rows",
  "columns",
  "rules",
  "states",
  "invalid",
  "pools",
  "upstreams",
  "models",
  "source",
]

/** What a table says that has exactly the fields FIELDS. Throws `TableError`, which tells the field that is wrong. */
export function check(table: Obj): Spec {
  const rules = items(table["rules"], "rules", text)
  distinct(rules, "rules", "names")
  const rows = rowsOf(table["rows"], limited(table["columns"], "columns", 100_000).length)
  limited(table["attributes"], "attributes", 10_000)
  const attributes = items(table["attributes"], "attributes", (v, at) => attribute(v, at, rows.count))
  rising(
    attributes.map((a) => a.name),
    "attributes",
    "names",
    byCodePoint,
  )
  const upstreams = items(table["upstreams"], "upstreams", upstream)
  distinct(
    upstreams.map((u) => u.name),
    "upstreams",
    "names",
  )
  const models = items(table["models"], "models", model)
  distinct(models, "models", "names")
  const keys = new Set(attributes.filter((a) => a.kind !== "set").map((a) => a.name))
  const pools = items(table["pools"], "pools", (v, at) => pool(v, at, keys, upstreams, models))
  distinct(
    pools.map((p) => p.name),
    "pools",
    "names",
  )
  const count = list(table["states"], "states").length
  const states = items(table["states"], "states", (v, at) => state(v, at, pools, count))
  return {
    policy: text(table["policy"], "policy"),
    version: table["version"] as string,
    attributes,
    rows,
    columns: columnsOf(table["columns"], rules.length, count),
    rules,
    states,
    invalid: index(table["invalid"], "invalid", count, "states"),
    pools,
    upstreams,
    places: placesOf(table["source"], { rules, attributes, pools, upstreams, models }),
  }
}

function limited(value: unknown, at: string, most: number): unknown[] {
  const found = list(value, at)
  if (found.length > most) throw new TableError(`${at}: has ${found.length} items, the limit is ${most}`, "limit")
  return found
}

function rowsOf(value: unknown, columns: number): Rows {
  const rows = new Rows(columns)
  const listed = limited(value, "rows", 1_000_000)
  listed.forEach((item, i) => {
    const at = `rows[${i}]`
    if (typeof item !== "string" || !/^(0|[1-9a-f][0-9a-f]*)$/.test(item)) {
      throw new TableError(`${at}: must be a string of lower-case hex without leading zeros`)
    }
    const bits = (item.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(item[0]!, 16)))
    if (bits > columns) {
      throw new TableError(`${at}: has a bit at or above the number of columns, ${columns}`, "bounds")
    }
    rows.add(item)
  })
  distinct(listed as string[], "rows", "rows")
  return rows
}

function columnsOf(value: unknown, rules: number, states: number): [rule: number, state: number][] {
  const columns = items(value, "columns", (v, at): [number, number] => {
    const pair = list(v, at, 2)
    return [index(pair[0], `${at}[0]`, rules, "rules"), index(pair[1], `${at}[1]`, states, "states")]
  })
  for (let i = 1; i < columns.length; i++) {
    if (columns[i - 1]![0] > columns[i]![0]) throw new TableError(`columns[${i}]: must be in rule order`)
  }
  return columns
}

function state(value: unknown, at: string, pools: readonly Pool[], count: number): State {
  if (typeof value === "object" && value !== null && "fail" in value) {
    const item = fields(fields(value, at, ["fail"])["fail"], `${at}.fail`, ["status", "message"])
    const status = integer(item["status"], `${at}.fail.status`, 400, 599)
    return { fail: Object.freeze({ status, message: textOrNull(item["message"], `${at}.fail.message`) }) }
  }
  const item = fields(value, at, ["pool", "next"])
  const next = (to: unknown, where: string): number | null => (to === null ? null : index(to, where, count, "states"))
  return {
    pool: pools[index(item["pool"], `${at}.pool`, pools.length, "pools")]!,
    next: items(item["next"], `${at}.next`, next, ERROR_CLASSES.length),
  }
}

/** The name; the rest of a model is checked, as no decision needs it. */
function model(value: unknown, at: string): string {
  const item = fields(value, at, ["name", "context", "prices", "supports"])
  if (item["context"] !== null) integer(item["context"], `${at}.context`, 0)
  amounts(item["prices"], `${at}.prices`, ["input", "output", "cache_read", "cache_write"])
  rising(items(item["supports"], `${at}.supports`, text), `${at}.supports`, "capabilities", byCodePoint)
  return text(item["name"], `${at}.name`)
}

/** The places of the rules; `lists` has each list that `source` has places for. */
function placesOf(value: unknown, lists: { rules: readonly unknown[]; [name: string]: readonly unknown[] }): Place[] {
  const item = fields(value, "source", ["files", "policy", ...Object.keys(lists)])
  const files = items(item["files"], "source.files", text)
  const part = (v: unknown, at: string): number => integer(v, at, 1)
  const place = (v: unknown, at: string): Place => {
    const found = fields(v, at, ["doc", "file", "start", "end"])
    return Object.freeze({
      file: files[index(found["file"], `${at}.file`, files.length, "source.files")]!,
      start: Object.freeze(items(found["start"], `${at}.start`, part, 2)),
      end: Object.freeze(items(found["end"], `${at}.end`, part, 2)),
      doc: textOrNull(found["doc"], `${at}.doc`),
    })
  }
  place(item["policy"], "source.policy")
  for (const [name, of] of Object.entries(lists)) items(item[name], `source.${name}`, place, of.length)
  return items(item["rules"], "source.rules", place)
}

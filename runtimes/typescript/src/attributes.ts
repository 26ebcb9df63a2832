/** Checks the entries of `attributes`. */
import { murmur3 } from "./hash.js"
import { byCodePoint } from "./json.js"
import {
  Obj,
  TableError,
  bool,
  choice,
  distinct,
  fields,
  index,
  integer,
  items,
  list,
  object,
  rising,
  text,
  textOrNull,
} from "./shape.js"
import type { Attribute, Pair, Value } from "./spec.js"

const COMMON = ["name", "type", "optional", "default", "stability", "error", "source"]
const FURTHER = {
  bool: ["false", "true", "absent"],
  int: ["lo", "hi", "cuts", "rows", "absent"],
  enum: ["enum", "open", "values", "rows", "other", "absent"],
  string: ["literals", "rows", "other", "absent", "patterns", "samples"],
  set: ["enum", "open", "values", "elements"],
}

type Draft = { -readonly [name in keyof Attribute]: Attribute[name] }
type Rest = Omit<Draft, "name" | "kind" | "optional" | "absent">

/** The attribute that an entry means; `rows` is how many rows the table has. Throws `TableError`. */
export function attribute(value: unknown, at: string, rows: number): Attribute {
  const given = object(value, at)
  if (!("type" in given)) throw new TableError(`${at}: field 'type' is missing`)
  const kind = choice(given["type"], `${at}.type`, Object.keys(FURTHER)) as Attribute["kind"]
  const item = fields(given, at, [...COMMON, ...FURTHER[kind]])
  const name = text(item["name"], `${at}.name`)
  const optional = bool(item["optional"], `${at}.optional`)
  choice(item["stability"], `${at}.stability`, ["per session", "rising", "per turn"])
  if (item["error"] !== null) integer(item["error"], `${at}.error`, 0)
  if (item["source"] !== null) {
    const source = fields(item["source"], `${at}.source`, ["kind", "name"])
    choice(source["kind"], `${at}.source.kind`, ["header", "body", "metadata", "gateway"])
    text(source["name"], `${at}.source.name`)
  }
  if (kind === "set" && optional) throw new TableError(`${at}.optional: must be false for a set`)
  const mayBeAbsent = optional && item["default"] === null
  const when = "where the attribute is optional and has no default"
  const absent = kind === "set" ? null : rowIf(mayBeAbsent, item["absent"], `${at}.absent`, when, rows)
  return { name, kind, optional, absent, ...READERS[kind](item, at, rows) }
}

function rowIf(so: boolean, value: unknown, at: string, when: string, rows: number): number | null {
  if (so !== (value !== null)) {
    throw new TableError(`${at}: must be ${so ? "a row" : "null"}; it is a row exactly ${when}`)
  }
  return so ? index(value, at, rows, "rows") : null
}

function pair(item: Obj, at: string, rows: number): Pair {
  return {
    holds: index(item["holds"], `${at}.holds`, rows, "rows"),
    fails: index(item["fails"], `${at}.fails`, rows, "rows"),
  }
}

/** What an attribute has where its kind does not say. */
function draft(): Rest {
  return {
    default: null,
    rows: [],
    other: null,
    lo: 0,
    hi: 0,
    cuts: [],
    isOpen: true,
    isEnum: false,
    values: [],
    patterns: [],
    samples: [],
    elements: [],
  }
}

/** Reads the fields that an entry has by its type. */
const READERS: { [kind in Attribute["kind"]]: (item: Obj, at: string, rows: number) => Rest } = {
  bool(item, at, rows) {
    const made = draft()
    if (item["default"] !== null) made.default = bool(item["default"], `${at}.default`)
    made.rows = ["false", "true"].map((name) => index(item[name], `${at}.${name}`, rows, "rows"))
    return made
  },

  int(item, at, rows) {
    const made = draft()
    const lo = (made.lo = integer(item["lo"], `${at}.lo`))
    const hi = (made.hi = integer(item["hi"], `${at}.hi`, lo))
    made.cuts = items(item["cuts"], `${at}.cuts`, (v, where) => integer(v, where, lo + 1, hi))
    rising(made.cuts, `${at}.cuts`, "cuts", (a, b) => a - b)
    if (item["default"] !== null) made.default = integer(item["default"], `${at}.default`, lo, hi)
    made.rows = rowList(item["rows"], `${at}.rows`, rows, made.cuts.length + 1)
    return made
  },

  enum(item, at, rows) {
    const made = { ...draft(), ...valuesOf(item, at), isEnum: true }
    made.default = textOrNull(item["default"], `${at}.default`)
    if (made.default !== null && !made.isOpen && !made.values.includes(made.default)) {
      throw new TableError(`${at}.default: must be one of the values`, "bounds")
    }
    made.rows = rowList(item["rows"], `${at}.rows`, rows, made.values.length)
    made.other = rowIf(made.isOpen, item["other"], `${at}.other`, "in an open enum", rows)
    return made
  },

  string(item, at, rows) {
    const made = draft()
    made.default = textOrNull(item["default"], `${at}.default`)
    made.values = items(item["literals"], `${at}.literals`, text)
    rising(made.values, `${at}.literals`, "literals", byCodePoint)
    made.rows = rowList(item["rows"], `${at}.rows`, rows, made.values.length)
    made.other = index(item["other"], `${at}.other`, rows, "rows")
    made.patterns = items(item["patterns"], `${at}.patterns`, (v, where) => {
      const found = fields(v, where, ["pieces", "holds", "fails"])
      const pieces = items(found["pieces"], `${where}.pieces`, text)
      if (pieces.length < 2) throw new TableError(`${where}.pieces: must have at least 2 items, has ${pieces.length}`)
      return { pieces, ...pair(found, where, rows) }
    })
    made.samples = items(item["samples"], `${at}.samples`, (v, where) => {
      const found = fields(v, where, ["salt", "seed", "below", "holds", "fails"])
      const salt = textOrNull(found["salt"], `${where}.salt`)
      const seed = integer(found["seed"], `${where}.seed`, 0, 2 ** 32 - 1)
      if (seed !== (salt === null ? 0 : murmur3(salt, 0))) throw new TableError(`${where}.seed: is not the salt's`)
      return { salt, seed, below: integer(found["below"], `${where}.below`, 0, 10_000), ...pair(found, where, rows) }
    })
    return made
  },

  set(item, at, rows) {
    const made = { ...draft(), ...valuesOf(item, at) }
    // A set of strings is written as one of an open enum that has neither name nor values.
    made.isEnum = item["enum"] !== null || !made.isOpen || made.values.length > 0
    if (item["default"] !== null) {
      const values = items(list(item["default"], `${at}.default`), `${at}.default`, text)
      if (!made.isOpen && !values.every((v) => made.values.includes(v))) {
        throw new TableError(`${at}.default: may hold only the values`, "bounds")
      }
      made.default = sorted(values)
    }
    made.elements = items(item["elements"], `${at}.elements`, (v, where) => {
      const found = fields(v, where, ["value", "holds", "fails"])
      return { value: text(found["value"], `${where}.value`), ...pair(found, where, rows) }
    })
    const elements = made.elements.map((element) => element.value)
    rising(elements, `${at}.elements`, "values", byCodePoint)
    return made
  },
}

function valuesOf(item: Obj, at: string): { values: string[]; isOpen: boolean } {
  textOrNull(item["enum"], `${at}.enum`)
  const values = items(item["values"], `${at}.values`, text)
  distinct(values, `${at}.values`, "values")
  return { values, isOpen: bool(item["open"], `${at}.open`) }
}

function rowList(value: unknown, at: string, rows: number, size: number): number[] {
  return items(value, at, (v, where) => index(v, where, rows, "rows"), size)
}

/** Each once, by code point. */
export function sorted(values: Iterable<string>): Value & readonly string[] {
  return [...new Set(values)].sort(byCodePoint)
}

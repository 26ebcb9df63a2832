import { murmur3 } from "./hash.js"
import { byCodePoint } from "./json.js"
import { Obj, TableError, bool, choice, distinct, fields, index, integer, items, list, object, rising, text, textOrNull } from "./shape.js"

/** A set of columns: bit i%32 of word i/32 is column i. */
export type Row = Int32Array

export interface Pair {
  readonly holds: Row
  readonly fails: Row
}
export interface Attribute {
  readonly name: string
  readonly kind: "bool" | "int" | "enum" | "string" | "set"
  readonly optional: boolean
  readonly default: unknown
  readonly absent: Row | null
  /** bool: of false and of true; int, enum, string: of each class. */
  readonly rows: readonly Row[]
  /** enum and string: of a listed value. */
  readonly byValue: ReadonlyMap<string, Row>
  readonly other: Row | null
  readonly lo: number
  readonly hi: number
  readonly cuts: Float64Array
  readonly isOpen: boolean
  readonly values: readonly string[]
  readonly patterns: readonly (Pair & { readonly pieces: readonly string[] })[]
  readonly samples: readonly (Pair & { readonly seed: number; readonly below: number })[]
  readonly elements: readonly (Pair & { readonly value: string })[]
}

const COMMON = ["name", "type", "optional", "default", "stability", "error", "source"]
const FURTHER: { [kind: string]: string[] } = {
  bool: ["false", "true", "absent"],
  int: ["lo", "hi", "cuts", "rows", "absent"],
  enum: ["enum", "open", "values", "rows", "other", "absent"],
  string: ["literals", "rows", "other", "absent", "patterns", "samples"],
  set: ["enum", "open", "values", "elements"],
}

/** Checks one entry of `attributes`. Raises `TableError`. */
export function attribute(value: unknown, at: string, all: readonly Row[]): Attribute {
  const given = object(value, at)
  if (!("type" in given)) throw new TableError(`${at}: field 'type' is missing`)
  const kind = choice(given["type"], `${at}.type`, Object.keys(FURTHER)) as Attribute["kind"]
  const item = fields(given, at, [...COMMON, ...FURTHER[kind]!])
  const name = text(item["name"], `${at}.name`)
  const optional = bool(item["optional"], `${at}.optional`)
  choice(item["stability"], `${at}.stability`, ["per session", "rising", "per turn"])
  if (item["error"] !== null) integer(item["error"], `${at}.error`, 0)
  if (item["source"] !== null) {
    const source = fields(item["source"], `${at}.source`, ["kind", "name"])
    choice(source["kind"], `${at}.source.kind`, ["header", "body", "metadata", "gateway"])
    text(source["name"], `${at}.source.name`)
  }
  const row = (v: unknown, where: string): Row => all[index(v, where, all.length, "rows")]!
  const rowIf = (so: boolean, v: unknown, where: string, when: string): Row | null => {
    if (so !== (v !== null)) throw new TableError(`${where}: must be ${so ? "a row" : "null"}; it is a row exactly ${when}`)
    return so ? row(v, where) : null
  }
  const pair = (o: Obj, where: string): Pair => ({ holds: row(o["holds"], `${where}.holds`), fails: row(o["fails"], `${where}.fails`) })
  const fallback = item["default"]
  const found = {
    name, kind, optional, default: fallback, absent: null as Row | null, rows: [] as Row[], byValue: new Map<string, Row>(),
    other: null as Row | null, lo: 0, hi: 0, cuts: new Float64Array(0), isOpen: true, values: [] as string[],
    patterns: [] as Attribute["patterns"], samples: [] as Attribute["samples"], elements: [] as Attribute["elements"],
  }
  if (kind === "set") {
    if (optional) throw new TableError(`${at}.optional: must be false for a set`)
  } else {
    found.absent = rowIf(optional && fallback === null, item["absent"], `${at}.absent`, "where the attribute is optional and has no default")
  }
  if (kind === "enum" || kind === "set") {
    textOrNull(item["enum"], `${at}.enum`)
    found.values = items(item["values"], `${at}.values`, text)
    distinct(found.values, `${at}.values`, "values")
    found.isOpen = bool(item["open"], `${at}.open`)
  }
  switch (kind) {
    case "bool":
      if (fallback !== null) bool(fallback, `${at}.default`)
      found.rows = [row(item["false"], `${at}.false`), row(item["true"], `${at}.true`)]
      break
    case "int": {
      const lo = (found.lo = integer(item["lo"], `${at}.lo`))
      const hi = (found.hi = integer(item["hi"], `${at}.hi`, lo))
      const cuts = items(item["cuts"], `${at}.cuts`, (v, where) => integer(v, where, lo + 1, hi))
      rising(cuts, `${at}.cuts`, "cuts", (a, b) => a - b)
      found.cuts = Float64Array.from(cuts)
      if (fallback !== null) integer(fallback, `${at}.default`, lo, hi)
      found.rows = items(item["rows"], `${at}.rows`, row, cuts.length + 1)
      break
    }
    case "enum": {
      const value = textOrNull(fallback, `${at}.default`)
      if (value !== null && !found.isOpen && !found.values.includes(value)) throw new TableError(`${at}.default: must be one of the values`, "bounds")
      found.rows = items(item["rows"], `${at}.rows`, row, found.values.length)
      found.other = rowIf(found.isOpen, item["other"], `${at}.other`, "in an open enum")
      break
    }
    case "string":
      textOrNull(fallback, `${at}.default`)
      found.values = items(item["literals"], `${at}.literals`, text)
      rising(found.values, `${at}.literals`, "literals", byCodePoint)
      found.rows = items(item["rows"], `${at}.rows`, row, found.values.length)
      found.other = row(item["other"], `${at}.other`)
      found.patterns = items(item["patterns"], `${at}.patterns`, (v, where) => {
        const o = fields(v, where, ["pieces", "holds", "fails"])
        const pieces = items(o["pieces"], `${where}.pieces`, text)
        if (pieces.length < 2) throw new TableError(`${where}.pieces: must have at least 2 items, has ${pieces.length}`)
        return { pieces, ...pair(o, where) }
      })
      found.samples = items(item["samples"], `${at}.samples`, (v, where) => {
        const o = fields(v, where, ["salt", "seed", "below", "holds", "fails"])
        const salt = textOrNull(o["salt"], `${where}.salt`)
        const seed = integer(o["seed"], `${where}.seed`, 0, 2 ** 32 - 1)
        if (seed !== (salt === null ? 0 : murmur3(salt, 0))) throw new TableError(`${where}.seed: is not the salt's`)
        return { seed, below: integer(o["below"], `${where}.below`, 0, 10_000), ...pair(o, where) }
      })
      break
    case "set":
      if (fallback !== null) {
        const values = items(list(fallback, `${at}.default`), `${at}.default`, text)
        if (!found.isOpen && !values.every((v) => found.values.includes(v))) throw new TableError(`${at}.default: may hold only the values`, "bounds")
      }
      found.elements = items(item["elements"], `${at}.elements`, (v, where) => {
        const o = fields(v, where, ["value", "holds", "fails"])
        return { value: text(o["value"], `${where}.value`), ...pair(o, where) }
      })
      rising(found.elements.map((e) => e.value), `${at}.elements`, "values", byCodePoint)
  }
  if (kind === "enum" || kind === "string") found.values.forEach((v, i) => found.byValue.set(v, found.rows[i]!))
  return found
}

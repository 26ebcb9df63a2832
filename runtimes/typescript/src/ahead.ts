/** What is made ahead of each attribute while a table is loaded, for `Placer`. */
import { isLike, isSampled, rowsOf } from "./classify.js"
import { Prefixes } from "./prefixes.js"
import type { RowMaker } from "./rows.js"
import type { Attribute, Element, Pattern, Sample, Value } from "./spec.js"

/** Instead of a row: the plain path has to say. */
export const LEFT = -1

export const BOOL = 0
export const INT = 1
export const ENUM = 2
export const STRING = 3
export const SET = 4
const KINDS = { bool: BOOL, int: INT, enum: ENUM, string: STRING, set: SET }

/** An attribute, with rows made ahead. */
export interface Quick {
  readonly name: string
  readonly kind: number
  /** The row where it is absent. */
  readonly missing: number
  /** The row of the default, where the value is illegal. */
  readonly standIn: number
  readonly no: number
  readonly yes: number
  readonly lo: number
  readonly hi: number
  readonly cuts: Float64Array
  readonly rows: Int32Array
  /** 1 / how many numbers are in a bucket; bucket b of them has the cuts `starts[b]` to `starts[b + 1]`. */
  readonly scale: number
  readonly starts: Int32Array
  /** Enum and string: the row of a listed value, patterns and samples included. Set: the number of an element, LEFT for its enum's other values. */
  readonly known: ReadonlyMap<string, number>
  /** The row of any other value. */
  readonly other: number
  /** By its states, the rows of any other string: `other` and the patterns in it. */
  readonly prefixes: Prefixes | null
  readonly byState: Int32Array
  readonly patterns: readonly Pattern[]
  readonly samples: readonly Sample[]
  readonly elements: readonly Element[]
  readonly isOpen: boolean
  /** Of a set with none, and with just one of `elements`. */
  readonly nothing: number
  readonly single: Int32Array
  /** Which of `elements` the list at hand has. */
  readonly present: Uint8Array
  /** Whether pools are sticky by it. */
  readonly isKey: boolean
}

/** LEFT stands wherever a row would take too much memory or time. */
export function prepared(attribute: Attribute, maker: RowMaker, isKey: boolean): Quick {
  const { name, kind, lo, hi, cuts, rows, isOpen, elements } = attribute
  const whole = (value: Value): number => maker.and(rowsOf(attribute, value))
  const standIn = attribute.default === null ? LEFT : whole(attribute.default)
  const nothing = kind === "set" ? whole([]) : LEFT
  const mayBeAbsent = attribute.absent !== null
  const strings = kind === "string" ? stringsOf(attribute, maker) : NO_STRINGS
  return {
    name,
    kind: KINDS[kind],
    missing: attribute.default !== null ? standIn : kind === "set" ? nothing : mayBeAbsent ? whole(null) : LEFT,
    standIn,
    no: kind === "bool" ? rows[0]! : LEFT,
    yes: kind === "bool" ? rows[1]! : LEFT,
    lo,
    hi,
    cuts: Float64Array.from(cuts),
    rows: Int32Array.from(rows),
    ...bucketsOf(lo, hi, cuts),
    known: kind === "set" ? elementsOf(attribute) : new Map(attribute.values.map((value, i) => [value, rows[i]!])),
    other: attribute.other ?? LEFT,
    ...strings,
    samples: attribute.samples,
    elements,
    isOpen,
    nothing,
    single: kind === "set" ? singles(elements, whole) : NO_ROWS,
    present: new Uint8Array(elements.length),
    isKey,
  }
}

const NO_ROWS = new Int32Array(0)
const NO_STRINGS: Pick<Quick, "prefixes" | "byState" | "patterns"> = { prefixes: null, byState: NO_ROWS, patterns: [] }

const FEW_CUTS = 4
const MOST_SINGLES = 256
const MOST_BUCKETS = 1024

function bucketsOf(lo: number, hi: number, cuts: readonly number[]): { scale: number; starts: Int32Array } {
  // Beyond, the distance from `lo` is not exact.
  if (cuts.length <= FEW_CUTS || !Number.isSafeInteger(hi - lo)) return { scale: 0, starts: NO_ROWS }
  let size = 1
  while ((hi - lo) / size >= MOST_BUCKETS) size *= 2
  const starts: number[] = []
  let cut = 0
  for (let bucket = 0; bucket <= Math.floor((hi - lo) / size); bucket++) {
    while (cut < cuts.length && cuts[cut]! <= lo + bucket * size) cut++
    starts.push(cut)
  }
  starts.push(cuts.length)
  return { scale: 1 / size, starts: Int32Array.from(starts) }
}

/** Where the texts of a set are among its elements; LEFT for other values of a closed enum. */
function elementsOf(attribute: Attribute): Map<string, number> {
  const known = new Map<string, number>()
  if (!attribute.isOpen) for (const value of attribute.values) known.set(value, LEFT)
  attribute.elements.forEach(({ value }, i) => {
    if (attribute.isOpen || known.has(value)) known.set(value, i)
  })
  return known
}

/** The rows of the sets with just one element; none where they take too much memory. */
function singles(elements: readonly Element[], whole: (value: Value) => number): Int32Array {
  if (elements.length > MOST_SINGLES) return NO_ROWS
  const rows = elements.map(({ value }) => whole([value]))
  return rows.includes(LEFT) ? NO_ROWS : Int32Array.from(rows)
}

/** The rows of an attribute's strings. */
function stringsOf(attribute: Attribute, maker: RowMaker): Pick<Quick, "prefixes" | "byState" | "patterns" | "known"> {
  const { samples, values, rows } = attribute
  const isPrefix = (pattern: Pattern): boolean => pattern.pieces.length === 2 && pattern.pieces[1] === ""
  const simple = attribute.patterns.filter(isPrefix)
  let patterns = attribute.patterns.filter((pattern) => !isPrefix(pattern))
  let prefixes = Prefixes.of(simple.map((pattern) => pattern.pieces[0]!))
  const patternRows = (prefixes?.holding ?? []).map((holding) => {
    const held = new Set(holding)
    return maker.and(simple.map((pattern, i) => (held.has(i) ? pattern.holds : pattern.fails)))
  })
  const byState = patternRows.map((row) => (row < 0 ? LEFT : maker.and([attribute.other!, row])))
  if (byState.includes(LEFT)) prefixes = null
  if (prefixes === null) patterns = [...attribute.patterns]
  const known = new Map<string, number>()
  values.forEach((value, i) => {
    const all = [rows[i]!]
    if (prefixes !== null) all.push(patternRows[prefixes.state(value)]!)
    for (const pattern of patterns) all.push(isLike(value, pattern.pieces) ? pattern.holds : pattern.fails)
    for (const sample of samples) all.push(isSampled(value, sample) ? sample.holds : sample.fails)
    known.set(value, maker.and(all))
  })
  return { prefixes, byState: Int32Array.from(byState), patterns, known }
}

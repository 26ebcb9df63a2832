/** Placing a request's values in rows, with rows made ahead: what `valuesOf` and `rowsOf` say, a hundred times as fast.
 * It does the usual and leaves the rest, what is illegal above all, to them. */
import { isSampled, isLike, rowsOf } from "./classify.js"
import { isLone } from "./json.js"
import { Prefixes } from "./prefixes.js"
import { memberAt } from "./members.js"
import type { RowMaker, Rows } from "./rows.js"
import type { Attribute, Element, Pattern, Sample, Value } from "./spec.js"

/** Instead of a row: the plain path has to say. */
const LEFT = -1

const BOOL = 0
const INT = 1
const ENUM = 2
const STRING = 3
const SET = 4
const KINDS = { bool: BOOL, int: INT, enum: ENUM, string: STRING, set: SET }

/** An attribute, with rows made ahead. */
interface Quick {
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

export class Placer {
  /** The rows of the request at hand. */
  readonly rows: Int32Array
  /** The legal values by which pools are sticky, at their attributes' places. */
  readonly values: Value[]
  readonly #attributes: readonly Attribute[]
  readonly #quick: readonly Quick[]
  #many = 0

  constructor(attributes: readonly Attribute[], rows: Rows, keys: readonly number[]) {
    const maker = rows.maker()
    this.#attributes = attributes
    this.#quick = attributes.map((attribute, i) => prepared(attribute, maker, keys.includes(i)))
    this.values = attributes.map(() => null)
    const most = (a: Attribute): number => 1 + a.patterns.length + a.samples.length + a.elements.length
    this.rows = new Int32Array(attributes.reduce((sum, attribute) => sum + most(attribute), 0))
  }

  /** Puts the rows of an object's values in `rows`: how many, or LEFT. */
  place(request: { readonly [name: string]: unknown }): number {
    const quick = this.#quick
    this.#many = 0
    const prototype: unknown = Object.getPrototypeOf(request)
    const isPlain = prototype === Object.prototype || prototype === null
    for (let i = 0; i < quick.length; i++) {
      const q = quick[i]!
      const given = memberAt(request, q.name, isPlain ? i : -1)
      const isAbsent = given === undefined || given === null
      const row = isAbsent ? q.missing : this.#row(q, given)
      if (row >= 0) this.rows[this.#many++] = row
      else if (q.standIn < 0) return LEFT
      else this.rows[this.#many++] = q.standIn
      if (q.isKey) this.values[i] = isAbsent || row < 0 ? this.#attributes[i]!.default : (given as Value)
    }
    return this.#many
  }

  /** The row of a value; of several all but the last are put in `rows`. */
  #row(q: Quick, given: unknown): number {
    switch (q.kind) {
      case BOOL:
        return given === true ? q.yes : given === false ? q.no : LEFT
      case INT:
        return typeof given === "number" && given >= q.lo && given <= q.hi && Math.floor(given) === given
          ? rowOfInt(q, given)
          : LEFT
      case ENUM:
        if (typeof given !== "string") return LEFT
        return q.known.get(given) ?? (q.other >= 0 && isWell(given) ? q.other : LEFT)
      case STRING:
        return typeof given === "string" ? this.#rowOfString(q, given) : LEFT
      default:
        return Array.isArray(given) ? this.#rowOfList(q, given) : LEFT
    }
  }

  #rowOfString(q: Quick, given: string): number {
    const known = q.known.get(given)
    if (known !== undefined) return known // LEFT where its row could not be made ahead
    if (!isWell(given)) return LEFT
    for (let i = 0; i < q.patterns.length; i++) {
      const pattern = q.patterns[i]!
      this.rows[this.#many++] = isLike(given, pattern.pieces) ? pattern.holds : pattern.fails
    }
    for (let i = 0; i < q.samples.length; i++) {
      const sample = q.samples[i]!
      this.rows[this.#many++] = isSampled(given, sample) ? sample.holds : sample.fails
    }
    return q.prefixes === null ? q.other : q.byState[q.prefixes.state(given)]!
  }

  #rowOfList(q: Quick, given: readonly unknown[]): number {
    const { present } = q
    let many = 0
    let last = 0
    let isLegal = true
    for (let i = 0; i < given.length; i++) {
      const item = given[i]
      const at = typeof item === "string" ? q.known.get(item) : undefined
      if (at === undefined) {
        if (typeof item === "string" && q.isOpen && isWell(item)) continue
        isLegal = false
        break
      }
      if (at < 0 || present[at] === 1) continue
      present[at] = 1
      last = at
      many++
    }
    if (many === 0) return isLegal ? q.nothing : LEFT
    if (many === 1 && q.single.length > 0) {
      present[last] = 0
      return isLegal ? q.single[last]! : LEFT
    }
    const first = this.#many
    for (let i = 0; i < q.elements.length; i++) {
      const element = q.elements[i]!
      this.rows[this.#many++] = present[i] === 1 ? element.holds : element.fails
      present[i] = 0
    }
    if (!isLegal) {
      this.#many = first
      return LEFT
    }
    return this.rows[--this.#many]!
  }
}

function prepared(attribute: Attribute, maker: RowMaker, isKey: boolean): Quick {
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

function rowOfInt(q: Quick, given: number): number {
  let from = 0
  let to = q.cuts.length
  if (q.scale > 0) {
    const bucket = Math.floor((given - q.lo) * q.scale)
    from = q.starts[bucket]!
    to = q.starts[bucket + 1]!
  }
  while (from < to) {
    const middle = (from + to) >> 1
    if (q.cuts[middle]! <= given) from = middle + 1
    else to = middle
  }
  return q.rows[from]!
}

/** Whether a string has no lone surrogate. */
const isWell: (text: string) => boolean =
  "isWellFormed" in String.prototype
    ? (text) => (text as unknown as { isWellFormed(): boolean }).isWellFormed()
    : (text) => !isLone(text)

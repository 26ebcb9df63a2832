import { Attribute, Row } from "./attributes.js"
import { CLASSES, ErrorClass, Fail, Pool, Spec } from "./check.js"
import { Decision, Invalid, walkOf } from "./decision.js"
import { murmur3 } from "./hash.js"
import { isLone } from "./json.js"

const NONE: Fail = Object.freeze({ status: 500, message: null })
const own = Object.prototype.hasOwnProperty

/** A loaded table. It never changes. */
export class Table {
  readonly policy: string
  readonly version: string
  readonly #spec: Spec
  readonly #words: number
  /** The rows of the request at hand, and its legal values: reused, as deciding is synchronous. */
  readonly #rows: Row[] = []
  readonly #values: unknown[]
  #many = 0

  /** Use `load`. */
  constructor(spec: Spec) {
    this.policy = spec.policy
    this.version = spec.version
    this.#spec = spec
    this.#words = (spec.columns.length + 31) >> 5
    this.#values = spec.attributes.map(() => null)
  }

  /** Where a request, as `JSON.parse` gives it, goes. Never throws. */
  decide(request: unknown): Decision {
    return this.#decide(request, false)
  }

  /** The same for a request's text. */
  decideText(text: string): Decision {
    let request: unknown = null
    try {
      request = JSON.parse(text)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    return this.#decide(request, true)
  }

  /** The decision after an error of a class. Throws for an unknown class and for another table's decision. */
  after(decision: Decision, error: ErrorClass): Decision {
    const walk = walkOf(decision)
    if (walk.table !== this) throw new TypeError("the decision is another table's")
    const at = CLASSES.indexOf(error)
    if (at < 0) throw new TypeError(`unknown error class ${JSON.stringify(error)}; it is one of ${CLASSES.join(", ")}`)
    if (decision.fail !== null) return decision
    const here = this.#spec.states[walk.state]!
    const to = "fail" in here ? null : here.next[at]!
    if (to === null) return this.#end(decision.rule, { status: null, message: error }, decision.hop, decision.invalid, walk.key)
    return this.#at(decision.rule, to, decision.hop, 1, decision.invalid, walk.key)
  }

  #decide(request: unknown, isText: boolean): Decision {
    const spec = this.#spec
    if (typeof request !== "object" || request === null || Array.isArray(request)) {
      return this.#invalid({ attribute: null, reason: "not_an_object", message: "the request is not a JSON object" })
    }
    this.#many = 0
    for (let i = 0; i < spec.attributes.length; i++) {
      const attribute = spec.attributes[i]!
      let value: unknown = own.call(request, attribute.name) ? (request as { [name: string]: unknown })[attribute.name] : null
      if (value === undefined) value = null
      const fault = value === null ? missing(attribute) : faultOf(attribute, value, isText)
      if (fault !== null) {
        if (attribute.default === null) return this.#invalid({ attribute: attribute.name, reason: fault, message: message(attribute, fault) })
        value = attribute.default
      } else if (value === null) {
        value = attribute.default ?? (attribute.kind === "set" ? [] : null)
      }
      this.#values[i] = value
      this.#classify(attribute, value)
    }
    const column = this.#lowest()
    const values = this.#values
    const found = column < 0 ? null : spec.columns[column]!
    const keys = found === null ? [] : values.slice()
    const key = (pool: Pool): string => {
      if (pool.sticky === null) return ""
      const value = keys[spec.attributes.findIndex((a) => a.name === pool.sticky)]
      return value === null ? "" : String(value)
    }
    if (found === null) return this.#end(null, NONE, 0, null, key)
    return this.#at(spec.rules[found[0]]!, found[1], 0, 0, null, key)
  }

  #classify(attribute: Attribute, value: unknown): void {
    const rows = this.#rows
    switch (attribute.kind) {
      case "bool":
        rows[this.#many++] = value === null ? attribute.absent! : attribute.rows[value === true ? 1 : 0]!
        break
      case "int": {
        if (value === null) {
          rows[this.#many++] = attribute.absent!
          break
        }
        let from = 0
        let to = attribute.cuts.length
        while (from < to) {
          const middle = (from + to) >> 1
          if (attribute.cuts[middle]! <= (value as number)) from = middle + 1
          else to = middle
        }
        rows[this.#many++] = attribute.rows[from]!
        break
      }
      case "enum":
      case "string":
        rows[this.#many++] = value === null ? attribute.absent! : (attribute.byValue.get(value as string) ?? attribute.other!)
        for (const pattern of attribute.patterns) {
          rows[this.#many++] = value !== null && isLike(value as string, pattern.pieces) ? pattern.holds : pattern.fails
        }
        for (const sample of attribute.samples) {
          rows[this.#many++] = value !== null && murmur3(value as string, sample.seed) % 10_000 < sample.below ? sample.holds : sample.fails
        }
        break
      case "set":
        for (const element of attribute.elements) {
          rows[this.#many++] = (value as string[]).includes(element.value) ? element.holds : element.fails
        }
    }
  }

  /** The lowest column in all rows, or -1. */
  #lowest(): number {
    const many = this.#many
    if (many === 0) return this.#spec.columns.length > 0 ? 0 : -1
    for (let w = 0; w < this.#words; w++) {
      let bits = this.#rows[0]![w]!
      for (let i = 1; i < many && bits !== 0; i++) bits &= this.#rows[i]![w]!
      if (bits !== 0) return w * 32 + 31 - Math.clz32(bits & -bits)
    }
    return -1
  }

  #invalid(invalid: Invalid): Decision {
    return this.#at(null, this.#spec.invalid, 0, 0, Object.freeze(invalid), () => "")
  }

  #at(rule: string | null, state: number, hop: number, step: number, invalid: Invalid | null, key: (pool: Pool) => string): Decision {
    const here = this.#spec.states[state]!
    if ("fail" in here) return this.#end(rule, here.fail, hop, invalid, key)
    const pool = here.pool
    const member = pool.members[pool.maglev === null ? 0 : pool.maglev[murmur3(key(pool), 0) % 4099]!]!
    const up = member.upstream
    return new Decision(this.policy, this.version, rule, pool.name, up.name, up.provider, up.account, up.region, member.model, hop + step, null, invalid, { table: this, state, key })
  }

  #end(rule: string | null, fail: Fail, hop: number, invalid: Invalid | null, key: (pool: Pool) => string): Decision {
    return new Decision(this.policy, this.version, rule, null, null, null, null, null, null, hop, Object.freeze(fail), invalid, { table: this, state: -1, key })
  }
}

function missing(attribute: Attribute): Invalid["reason"] | null {
  return attribute.optional || attribute.kind === "set" || attribute.default !== null ? null : "missing"
}

/** What is wrong with a value that is there. */
function faultOf(attribute: Attribute, value: unknown, isText: boolean): Invalid["reason"] | null {
  switch (attribute.kind) {
    case "bool":
      return typeof value === "boolean" ? null : "wrong_type"
    case "int":
      if (typeof value !== "number") return "wrong_type"
      // An infinity in a text was a number beyond the doubles, as JSON has no infinities.
      if (!Number.isInteger(value) && !(isText && Math.abs(value) === Infinity)) return "wrong_type"
      return attribute.lo <= value && value <= attribute.hi ? null : "out_of_range"
    case "enum":
      if (typeof value !== "string" || isLone(value)) return "wrong_type"
      return attribute.isOpen || attribute.byValue.has(value) ? null : "unknown_value"
    case "string":
      return typeof value !== "string" || isLone(value) ? "wrong_type" : null
    case "set":
      if (!Array.isArray(value)) return "wrong_type"
      for (const item of value as unknown[]) if (typeof item !== "string" || isLone(item)) return "wrong_type"
      return attribute.isOpen || (value as string[]).every((item) => attribute.values.includes(item)) ? null : "unknown_value"
  }
}

const WORDS = { bool: "a bool", int: "an integer", enum: "a string", string: "a string", set: "a list of strings" }

function message(attribute: Attribute, fault: Invalid["reason"]): string {
  const name = `\`${attribute.name}\``
  if (fault === "missing") return `${name} is missing`
  if (fault === "wrong_type") return `${name} must be ${WORDS[attribute.kind]}`
  if (fault === "out_of_range") return `${name} must lie in ${attribute.lo}..=${attribute.hi}`
  return `${name} ${attribute.kind === "set" ? "may hold only" : "must be one of"} ${attribute.values.join(", ")}`
}

/** UTF-16 gives the same answers as code points, as neither side has lone surrogates. */
function isLike(text: string, pieces: readonly string[]): boolean {
  const first = pieces[0]!
  const last = pieces[pieces.length - 1]!
  const end = text.length - last.length
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  for (let i = 1; i < pieces.length - 1; i++) {
    const found = text.indexOf(pieces[i]!, at)
    if (found < 0) return false
    at = found + pieces[i]!.length
  }
  return at <= end
}

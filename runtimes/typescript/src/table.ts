import { rowsOf } from "./classify.js"
import { Decision, Errors, Invalid } from "./decision.js"
import { Explanation, explain } from "./explain.js"
import { Placer } from "./quick.js"
import { DecisionRecord, record } from "./record.js"
import type { ErrorClass, Spec, Upstream, Value } from "./spec.js"
import { SpanAttributes, spanAttributes } from "./span.js"
import { decoded } from "./utf8.js"
import { NOT_AN_OBJECT, isObject, valuesOf } from "./values.js"
import { Walks } from "./walks.js"

/** What was found about a request: its decision, and unless it is invalid, the column (-1: none) and its legal values. */
export interface Judged {
  readonly decision: Decision
  readonly column: number
  readonly values: readonly Value[] | null
}

/** A loaded table. It never changes. */
export class Table {
  /** The policy's name. */
  readonly policy: string
  /** 64 hex digits: the same for all tables that decide alike. */
  readonly version: string
  readonly #spec: Spec
  readonly #walks: Walks
  readonly #placer: Placer
  readonly #upstreams: ReadonlyMap<string, Upstream>
  readonly #keys: readonly number[]
  /** The decisions of columns whose walks need no key, made when first met and shared. */
  readonly #shared: (Decision | undefined)[] = []
  #isBusy = false

  /** @internal Use `load`. */
  constructor(spec: Spec) {
    this.policy = spec.policy
    this.version = spec.version
    this.#spec = spec
    this.#walks = new Walks(spec)
    this.#keys = this.#walks.stickyAt
    this.#upstreams = new Map(spec.upstreams.map((upstream) => [upstream.name, upstream]))
    this.#placer = new Placer(spec.attributes, spec.rows, this.#keys)
  }

  /** Where a request, as `JSON.parse` gives it, goes. Never throws. */
  decide(request: unknown): Decision {
    return this.#quick(request) ?? this.#judge(request, false).decision
  }

  /** The same for a request's text, or its bytes, which are read as docs/table-format.md says. */
  decideText(text: string | Uint8Array): Decision {
    const request = parsed(text)
    return this.#quick(request) ?? this.#judge(request, true).decision
  }

  /** Where the request goes after an error, once its retries are spent. Throws `TypeError` for an unknown class and for
   * another table's decision. After a fail it is the decision itself. */
  after(decision: Decision, error: ErrorClass): Decision {
    return this.#walks.after(decision, error)
  }

  /** Why a request goes where `decide` sends it. May take long; never throws. */
  explain(request: unknown): Explanation {
    return explain(this.#spec, this.#judge(request, false))
  }

  /** The same for a request's text. */
  explainText(text: string | Uint8Array): Explanation {
    return explain(this.#spec, this.#judge(parsed(text), true))
  }

  /** What a log may keep of the decision after these errors (docs/record.md). Throws as `after` does. */
  record(request: unknown, errors: Errors = []): DecisionRecord {
    return record(this.#spec, this.#walks, this.#judge(request, false), errors)
  }

  /** The same for a request's text. */
  recordText(text: string | Uint8Array, errors: Errors = []): DecisionRecord {
    return record(this.#spec, this.#walks, this.#judge(parsed(text), true), errors)
  }

  /** The attributes of the span of the hop that a record of this table tells of; of a fail, those that go onto the span
   * of the request (docs/record.md). `@interlock/runtime/otel` makes the spans. */
  spanAttributes(record: DecisionRecord): SpanAttributes {
    return spanAttributes(this.#spec.attributes, record)
  }

  /** @internal Throws `TypeError` for what is no decision of this table. */
  static checkOwn(table: Table, decision: Decision): void {
    table.#walks.checkOwn(decision)
  }

  /** @internal How many states and which upstreams there are, for the serving state. */
  static serves(table: Table): { readonly states: number; readonly upstreams: ReadonlyMap<string, Upstream> } {
    return { states: table.#spec.states.length, upstreams: table.#upstreams }
  }

  /** The decision on an object whose values are all legal, or nearly so; else null, and `#judge` has to say. */
  #quick(request: unknown): Decision | null {
    if (this.#isBusy) return null // busy: an accessor of a request asks about another one
    this.#isBusy = true
    try {
      if (!isObject(request)) return null
      const placer = this.#placer
      const many = placer.place(request)
      if (many < 0) return null
      const column = this.#spec.rows.lowest(placer.rows, many)
      return column < 0 ? this.#walks.nowhere() : (this.#shared[column] ?? this.#decided(column))
    } catch {
      return null // a proxy or an accessor threw
    } finally {
      this.#isBusy = false
    }
  }

  #decided(column: number): Decision {
    const [rule, state] = this.#spec.columns[column]!
    const name = this.#spec.rules[rule]!
    if (!this.#walks.isKeyed(state)) {
      const decision = this.#walks.start(name, state, null)
      Object.freeze(decision)
      return (this.#shared[column] = decision)
    }
    const { values } = this.#placer
    const keys: Value[] = []
    for (let i = 0; i < this.#keys.length; i++) keys.push(values[this.#keys[i]!]!)
    return this.#walks.start(name, state, keys)
  }

  #judge(request: unknown, isText: boolean): Judged {
    const spec = this.#spec
    let values: Value[] | Invalid
    try {
      values = valuesOf(spec.attributes, request, isText)
    } catch {
      values = NOT_AN_OBJECT // a proxy or an accessor threw
    }
    if (!Array.isArray(values)) {
      return { decision: this.#walks.start(null, spec.invalid, null, values), column: -1, values: null }
    }
    const legal = values
    const rows = Int32Array.from(spec.attributes.flatMap((attribute, i) => rowsOf(attribute, legal[i]!)))
    const column = spec.rows.lowest(rows, rows.length)
    const found = spec.columns[column]
    const decision =
      found === undefined
        ? this.#walks.nowhere()
        : this.#walks.start(spec.rules[found[0]]!, found[1], this.#walks.keysOf(values))
    return { decision, column, values }
  }
}

/** The value of a JSON text; null, which is no JSON object, where it is none. */
function parsed(text: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof text === "string" ? text : decoded(text))
  } catch {
    return null // it is no JSON or no UTF-8; engines that recurse may also throw RangeError or InternalError here
  }
}

import { rowsOf } from "./classify.js"
import { Decision, Errors, Invalid } from "./decision.js"
import { Explanation, explain } from "./explain.js"
import { DecisionRecord, record } from "./record.js"
import type { ErrorClass, Spec, Upstream, Value } from "./spec.js"
import { SpanAttributes, spanAttributes } from "./span.js"
import { decoded } from "./utf8.js"
import { NOT_AN_OBJECT, valuesOf } from "./values.js"
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

  /** @internal Use `load`. */
  constructor(spec: Spec) {
    this.policy = spec.policy
    this.version = spec.version
    this.#spec = spec
    this.#walks = new Walks(spec)
  }

  /** Where a request, as `JSON.parse` gives it, goes. Never throws. */
  decide(request: unknown): Decision {
    return this.#judge(request, false).decision
  }

  /** The same for a request's text, or its bytes, which are read as docs/table-format.md says. */
  decideText(text: string | Uint8Array): Decision {
    return this.#judge(parsed(text), true).decision
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

  /** @internal How many states and which upstreams there are, for the serving state. */
  static serves(table: Table): { readonly states: number; readonly upstreams: readonly Upstream[] } {
    return { states: table.#spec.states.length, upstreams: table.#spec.upstreams }
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
    const rows = spec.attributes.flatMap((attribute, i) => rowsOf(attribute, (values as Value[])[i]!))
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

/** Limits and breakers while serving: docs/serving.md says exactly how. */
import { Breaker } from "./breaker.js"
import { Bucket } from "./bucket.js"
import { Decision, Errors } from "./decision.js"
import { ERROR_CLASSES, ErrorClass, Fail, Upstream } from "./spec.js"
import { Table } from "./table.js"
import { OVERLOADED } from "./walks.js"

declare const performance: { now(): number }

/** The classes that count as a failure of the upstream: those of `unavailable`. */
const FAILURES: readonly ErrorClass[] = ERROR_CLASSES.slice(0, 5)

/** That a request may be sent to an upstream; to be given back once, with `done`. */
export interface Permit {
  readonly upstream: string
  /** The request ended with an error of this class; null if it went well, or with an error that has no class. Throws
   * `TypeError` for an unknown class. Another call changes nothing. */
  done(error: ErrorClass | null): void
}

/** A decision that may be sent, with the permit for it; or a fail without one. */
export interface Admitted {
  readonly decision: Decision
  readonly permit: Permit | null
  /** `overloaded` for each upstream that was passed over, for the record of the walk. */
  readonly errors: Errors
}

/** What a process knows of its upstreams; one for all tables that it serves. An upstream is known by its name, limit and
 * breaker, so that it starts anew where a new table changes these, and goes on where not. */
export class ServingState {
  readonly #clock: () => number
  readonly #gates = new Map<string, Gate>()
  /** The gates again, by the upstreams of each table. */
  readonly #known = new WeakMap<Upstream, Gate>()
  #now: number

  /** `clock` gives milliseconds from any start, of which whole ones count; a time before an earlier one counts as that one. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock
    this.#now = Math.floor(clock())
  }

  /** Goes on from a decision of the table, with `after` and `overloaded`, until one may be sent or the walk ends. Throws
   * `TypeError` for another table's decision. */
  admit(table: Table, decision: Decision): Admitted {
    const { states, upstreams } = Table.serves(table)
    Table.checkOwn(table, decision)
    const errors: ErrorClass[] = []
    let at = decision
    while (at.fail === null) {
      if (at.hop > states) return { decision: Decision.failed(at, OVERLOADED), permit: null, errors } // a loop
      const answer = this.#ask(upstreams.get(at.upstream!)!)
      if ("done" in answer) return { decision: at, permit: answer, errors }
      if (answer.status !== null) return { decision: Decision.failed(at, answer), permit: null, errors }
      at = table.after(at, "overloaded")
      errors.push("overloaded")
    }
    return { decision: at, permit: null, errors }
  }

  /** Whether a request may be sent to an upstream of the table now: a permit; or a fail, of which one without a status
   * stands for the error `overloaded`. Throws `TypeError` if the table has no such upstream. */
  ask(table: Table, upstream: string): Permit | Fail {
    const found = Table.serves(table).upstreams.get(upstream)
    if (found === undefined) throw new TypeError(`the table has no upstream ${JSON.stringify(upstream)}`)
    return this.#ask(found)
  }

  #ask(upstream: Upstream): Permit | Fail {
    const { bucket, breaker, status } = this.#gate(upstream)
    const now = this.#time()
    if (breaker !== null && !breaker.lets(now)) return OVERLOADED
    if (bucket !== null && !bucket.take(now)) return status === null ? OVERLOADED : { status, message: null }
    const era = breaker === null ? 0 : breaker.let(now)
    let isDone = false
    return {
      upstream: upstream.name,
      done: (error) => {
        if (error !== null && !ERROR_CLASSES.includes(error)) {
          throw new TypeError(`${String(error)} is no error class; these are: ${ERROR_CLASSES.join(", ")}`)
        }
        if (isDone) return
        isDone = true
        breaker?.told(era, error !== null && FAILURES.includes(error), this.#time())
      },
    }
  }

  #gate(upstream: Upstream): Gate {
    let known = this.#known.get(upstream)
    if (known === undefined) this.#known.set(upstream, (known = this.#named(upstream)))
    return known
  }

  #named(upstream: Upstream): Gate {
    const { name, limit, breaker } = upstream
    const key = JSON.stringify([name, limit, breaker])
    let gate = this.#gates.get(key)
    if (gate === undefined) {
      gate = {
        bucket: limit && new Bucket(limit, this.#now),
        breaker: breaker && new Breaker(breaker),
        status: limit?.status ?? null,
      }
      this.#gates.set(key, gate)
    }
    return gate
  }

  #time(): number {
    this.#now = Math.max(this.#now, Math.floor(this.#clock()))
    return this.#now
  }
}

/** What is kept of an upstream; `status` is that of its limit. */
interface Gate {
  readonly bucket: Bucket | null
  readonly breaker: Breaker | null
  readonly status: number | null
}

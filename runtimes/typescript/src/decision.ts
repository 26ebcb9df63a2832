import type { Fail, Pool } from "./check.js"
import type { Table } from "./table.js"

export interface Invalid {
  readonly attribute: string | null
  readonly reason: "not_an_object" | "missing" | "wrong_type" | "out_of_range" | "unknown_value"
  readonly message: string
}

/** Where a walk stands: its state (-1 at an end), and the key of a pool. */
export interface Walk {
  readonly table: Table
  readonly state: number
  readonly key: (pool: Pool) => string
}

/** Where a request goes. `hop` counts from 0; `fail` ends the walk. */
export class Decision {
  readonly #walk: Walk
  constructor(
    readonly policy: string, readonly version: string, readonly rule: string | null, readonly pool: string | null,
    readonly upstream: string | null, readonly provider: string | null, readonly account: string | null,
    readonly region: string | null, readonly model: string | null, readonly hop: number, readonly fail: Fail | null,
    readonly invalid: Invalid | null, walk: Walk,
  ) {
    this.#walk = walk
  }

  /** @internal */
  static walk(decision: Decision): Walk {
    return decision.#walk
  }
}

export const walkOf = Decision.walk

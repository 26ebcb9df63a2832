import type { ErrorClass, Fail, Value } from "./spec.js"
import type { Node } from "./walks.js"

/** What is wrong with a request; `attribute` is null if it is no JSON object. */
export interface Invalid {
  readonly attribute: string | null
  readonly reason: "not_an_object" | "missing" | "wrong_type" | "out_of_range" | "unknown_value"
  readonly message: string
}

/** Which member of which pool. */
export interface Site {
  readonly pool: string
  readonly upstream: string
  readonly provider: string
  readonly account: string | null
  readonly region: string | null
  readonly model: string
}

/** The values of the attributes that pools are sticky by, in the order of `Walks.sticky`; null for an invalid request. */
export type Keys = readonly Value[] | null

/** Where a request goes. Not to be changed: decisions may be shared between requests. */
export class Decision {
  /** The policy's name. */
  readonly policy: string
  /** The table's version, 64 hex digits. */
  readonly version: string
  /** The deciding rule; null if none did. */
  readonly rule: string | null
  readonly pool: string | null
  readonly upstream: string | null
  readonly provider: string | null
  readonly account: string | null
  readonly region: string | null
  readonly model: string | null
  /** How many hops came before, from 0. */
  readonly hop: number
  /** The end of the walk: there is nowhere to send the request to. Its `status` is null where the client gets the error
   * that was met, whose class is the message. */
  readonly fail: Fail | null
  /** What is wrong with the request. */
  readonly invalid: Invalid | null
  // Kept out of sight, so that no key of a request is logged with its decision.
  readonly #node: Node | null
  readonly #keys: Keys

  /** @internal Use `Table.decide`. Without a site it is a fail. */
  constructor(
    policy: string,
    version: string,
    rule: string | null,
    site: Site | null,
    hop: number,
    fail: Fail | null,
    invalid: Invalid | null,
    node: Node | null,
    keys: Keys,
  ) {
    this.policy = policy
    this.version = version
    this.rule = rule
    if (site === null) {
      this.pool = this.upstream = this.provider = this.account = this.region = this.model = null
    } else {
      this.pool = site.pool
      this.upstream = site.upstream
      this.provider = site.provider
      this.account = site.account
      this.region = site.region
      this.model = site.model
    }
    this.hop = hop
    this.fail = fail
    this.invalid = invalid
    this.#node = node
    this.#keys = keys
  }

  /** @internal Where the walk stands, null at its end. Throws `TypeError` if it is no decision of `decide` or `after`. */
  static node(decision: Decision): Node | null {
    if (typeof decision !== "object" || decision === null || !(#node in decision))
      throw new TypeError("it is no decision of a table (a copy of one does not do)")
    return decision.#node
  }

  /** @internal */
  static keys(decision: Decision): Keys {
    return decision.#keys
  }

  /** @internal The same walk, ended. */
  static failed(decision: Decision, fail: Fail): Decision {
    const { policy, version, rule, hop, invalid } = decision
    return new Decision(policy, version, rule, null, hop, fail, invalid, null, null)
  }
}

/** The errors that a walk met. */
export type Errors = readonly ErrorClass[]

/** The chain automaton: where a decision's request goes, and where after an error. */
import { Decision, Invalid, Keys, Site } from "./decision.js"
import { murmur3 } from "./hash.js"
import { SLOTS } from "./pools.js"
import { ERROR_CLASSES, ErrorClass, Fail, Member, Pool, Spec, Value } from "./spec.js"

/** A state with all that entering it needs. */
export type Node = { readonly fail: Fail } | HopNode
interface HopNode {
  readonly fail: null
  readonly pool: Pool
  /** Of each member. */
  readonly sites: readonly Site[]
  /** Which of `Walks.sticky` picks the member; -1 where none does. */
  readonly key: number
  readonly next: (Node | null)[]
  /** Whether this hop or one that can follow picks by a key. */
  isKeyed: boolean
}

const RETURNED = Object.freeze(
  Object.fromEntries(ERROR_CLASSES.map((name) => [name, Object.freeze({ status: null, message: name })])),
) as { readonly [name in ErrorClass]: Fail }
const NO_RULE: Fail = Object.freeze({ status: 500, message: null })

export class Walks {
  /** The names of the attributes by which pools of several members are sticky, and which attributes they are. */
  readonly sticky: readonly string[]
  readonly stickyAt: readonly number[]
  readonly #spec: Spec
  readonly #nodes: readonly Node[]

  constructor(spec: Spec) {
    const names = new Set(spec.pools.filter((pool) => pool.maglev !== null).map((pool) => pool.sticky))
    const all = spec.attributes.map((attribute) => attribute.name)
    this.stickyAt = all.flatMap((name, i) => (names.has(name) ? [i] : []))
    this.sticky = this.stickyAt.map((i) => all[i]!)
    this.#spec = spec
    this.#nodes = nodesOf(spec, this.sticky)
  }

  /** The keys in the legal values of a request. */
  keysOf(values: readonly Value[]): Keys {
    return this.stickyAt.map((i) => values[i]!)
  }

  /** Whether the decision of a state, or one that can follow, depends on keys. */
  isKeyed(state: number): boolean {
    const node = this.#nodes[state]!
    return node.fail === null && node.isKeyed
  }

  /** The decision of a rule that leads to a state. */
  start(rule: string | null, state: number, keys: Keys, invalid: Invalid | null = null): Decision {
    const node = this.#nodes[state]!
    const { policy, version } = this.#spec
    if (node.fail !== null) return new Decision(policy, version, rule, null, 0, node.fail, invalid, null, null)
    return new Decision(policy, version, rule, siteOf(node, keys), 0, null, invalid, node, keys)
  }

  /** The decision where no rule decides. */
  nowhere(): Decision {
    return new Decision(this.#spec.policy, this.#spec.version, null, null, 0, NO_RULE, null, null, null)
  }

  /** Throws `TypeError` for what is no decision of this table. */
  checkOwn(decision: Decision): void {
    Decision.node(decision)
    if (decision.version !== this.#spec.version) {
      throw new TypeError("the decision is another table's: a walk ends with the table it began with")
    }
  }

  /** The decision after an error. Throws `TypeError`. */
  after(decision: Decision, error: ErrorClass): Decision {
    this.checkOwn(decision)
    const { policy, version, rule, hop, invalid } = decision
    const at = ERROR_CLASSES.indexOf(error)
    if (at < 0) throw new TypeError(`${quoted(error)} is no error class; these are: ${ERROR_CLASSES.join(", ")}`)
    const node = Decision.node(decision)
    if (node === null || node.fail !== null) return decision
    const to = node.next[at]!
    if (to === null) return Decision.failed(decision, RETURNED[error])
    if (to.fail !== null) return Decision.failed(decision, to.fail)
    const keys = Decision.keys(decision)
    return new Decision(policy, version, rule, siteOf(to, keys), hop + 1, null, invalid, to, keys)
  }
}

/** The fail of an upstream that is not sent to, where that is the client's answer. */
export const OVERLOADED: Fail = RETURNED.overloaded

/** Where a key falls in a Maglev table. */
export function slotOf(key: string): number {
  return murmur3(key, 0) % SLOTS
}

/** The text of a key: integers in decimal, bools `true` and `false`, empty where it is absent. */
export function keyOf(value: Value | undefined): string {
  return value === null || value === undefined ? "" : String(value)
}

/** The member of a pool for a key. */
export function memberOf(pool: Pool, key: string): Member {
  return pool.members[pool.maglev === null ? 0 : pool.maglev[slotOf(key)]!]!
}

function siteOf(node: HopNode, keys: Keys): Site {
  const maglev = node.pool.maglev
  if (maglev === null) return node.sites[0]!
  const key = keys === null || node.key < 0 ? "" : keyOf(keys[node.key])
  return node.sites[maglev[slotOf(key)]!]!
}

function nodesOf(spec: Spec, sticky: readonly string[]): Node[] {
  const sites = new Map<Pool, Site[]>()
  const nodes = spec.states.map((state): Node => {
    if ("fail" in state) return { fail: state.fail }
    const { pool } = state
    let known = sites.get(pool)
    if (known === undefined) sites.set(pool, (known = pool.members.map((member) => siteFor(pool, member))))
    const key = pool.maglev === null || pool.sticky === null ? -1 : sticky.indexOf(pool.sticky)
    return { fail: null, pool, sites: known, key, next: [], isKeyed: key >= 0 }
  })
  // Who is keyed is told backwards, from the states that pick by a key to those that lead to them.
  const before: HopNode[][] = nodes.map(() => [])
  const keyed: number[] = []
  spec.states.forEach((state, i) => {
    const node = nodes[i]!
    if (node.fail !== null || "fail" in state) return
    if (node.isKeyed) keyed.push(i)
    for (const to of state.next) {
      node.next.push(to === null ? null : nodes[to]!)
      if (to !== null) before[to]!.push(node)
    }
  })
  const number = new Map(nodes.map((node, i) => [node, i]))
  for (const i of keyed) {
    for (const node of before[i]!) {
      if (node.isKeyed) continue
      node.isKeyed = true
      keyed.push(number.get(node)!) // grows as states are met
    }
  }
  return nodes
}

function siteFor(pool: Pool, member: Member): Site {
  const { name, provider, account, region } = member.upstream
  return { pool: pool.name, upstream: name, provider, account, region, model: member.model }
}

function quoted(error: unknown): string {
  return typeof error === "string" ? JSON.stringify(error.slice(0, 80)) : `a ${typeof error}`
}

/** Why a decision was made, and what would follow: docs/table-format.md, "Explanations". It may be slow. */
import { Decision } from "./decision.js"
import { needs } from "./needs.js"
import { ERROR_CLASSES, ErrorClass, Fail, Place, Pool, Spec, Value } from "./spec.js"
import type { Judged } from "./table.js"
import { keyOf, memberOf, slotOf } from "./walks.js"

/** A condition on one attribute. `value` is the request's, or the default that stands in for it; null if absent. */
export interface Condition {
  readonly attribute: string
  readonly value: Value
  /** In the policy language. */
  readonly needs: string
}
/** A rule that did not decide, with a condition that failed for each way in which it could have held. */
export interface Earlier {
  readonly rule: string
  readonly unmet: readonly Condition[]
}
/** A hop that errors can lead to. `to` is the number of a step, a fail, or null where the client gets the error. */
export interface Step {
  readonly pool: string
  readonly upstream: string
  readonly model: string
  readonly retry: number
  readonly next: readonly { readonly classes: readonly ErrorClass[]; readonly to: number | Fail | null }[]
}
/** How a member of a pool of several was picked. `sticky` is an attribute, `slot` 0 to 4098. */
export interface Pick {
  readonly sticky: string | null
  readonly key: string
  readonly slot: number
  readonly member: string
  readonly shares: readonly { readonly member: string; readonly slots: number }[]
}
export interface Explanation {
  /** On the request, before any error. */
  readonly decision: Decision
  /** The rules before the deciding one; all if none decided, none for an invalid request. */
  readonly earlier: readonly Earlier[]
  /** What the deciding column sets. */
  readonly matched: readonly Condition[]
  readonly walk: readonly Step[]
  /** null for a pool of one, and for a fail. */
  readonly pick: Pick | null
  /** Where the deciding rule is written. */
  readonly place: Place | null
}

export function explain(spec: Spec, judged: Judged): Explanation {
  const { decision, column, values } = judged
  const deciding = spec.columns[column]
  const rule = deciding === undefined ? spec.rules.length : deciding[0]
  const state = values === null ? spec.invalid : deciding === undefined ? null : deciding[1]
  const keyFor = (pool: Pool): string => {
    if (values === null || pool.sticky === null) return ""
    return keyOf(values[spec.attributes.findIndex((attribute) => attribute.name === pool.sticky)])
  }
  return {
    decision,
    earlier: values === null ? [] : earlier(spec, values, rule),
    matched: values === null || deciding === undefined ? [] : conditions(spec, values, column, () => true),
    walk: state === null ? [] : walk(spec, state, keyFor),
    pick: state === null ? null : pick(spec, state, keyFor),
    place: deciding === undefined ? null : spec.places[rule]!,
  }
}

/** The conditions that a column sets, those wanted. */
function conditions(
  spec: Spec,
  values: readonly Value[],
  column: number,
  wanted: (isMet: boolean) => boolean,
): Condition[] {
  return spec.attributes.flatMap((attribute, i) =>
    needs(spec.rows, attribute, column, values[i]!)
      .filter((need) => wanted(need.isMet))
      .map((need) => ({ attribute: attribute.name, value: values[i]!, needs: need.text })),
  )
}

function earlier(spec: Spec, values: readonly Value[], rules: number): Earlier[] {
  const made: Earlier[] = []
  let column = 0
  for (let rule = 0; rule < rules; rule++) {
    const lists: Condition[][] = []
    for (; column < spec.columns.length && spec.columns[column]![0] === rule; column++) {
      lists.push(conditions(spec, values, column, (isMet) => !isMet))
    }
    made.push({ rule: spec.rules[rule]!, unmet: told(lists) })
  }
  return made
}

/** The first condition of each list, each once, less the lists that have all of another and more: of the columns of
 * `opus[home]`, the one for the request's own home is told, not that its home should have been another too. */
function told(lists: readonly (readonly Condition[])[]): Condition[] {
  const sets = lists.map((list) => new Set(list.map(nameOf)))
  const least: Set<string>[] = []
  const kept = new Set<number>()
  const order = [...sets.keys()].sort((a, b) => sets[a]!.size - sets[b]!.size)
  for (const i of order) {
    const set = sets[i]!
    if (least.some((other) => other.size < set.size && isSubset(other, set))) continue
    kept.add(i)
    if (!least.some((other) => other.size === set.size && isSubset(other, set))) least.push(set)
  }
  const firsts = new Map<string, Condition>()
  lists.forEach(([first], i) => {
    // A column that does not hold fails somewhere.
    if (kept.has(i) && first !== undefined && !firsts.has(nameOf(first))) firsts.set(nameOf(first), first)
  })
  return [...firsts.values()]
}

/** What tells two conditions on one request apart. */
function nameOf(condition: Condition): string {
  return JSON.stringify([condition.attribute, condition.needs])
}

function isSubset(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  for (const item of some) if (!all.has(item)) return false
  return true
}

/** The hops that can follow, breadth-first, each state once: a chain that joins another is not told twice. */
function walk(spec: Spec, start: number, keyFor: (pool: Pool) => string): Step[] {
  const order = "fail" in spec.states[start]! ? [] : [start]
  const steps: Step[] = []
  const numbers = new Map(order.map((state, i) => [state, i]))
  for (const at of order) {
    const state = spec.states[at]!
    if ("fail" in state) continue // none of `order` is one
    const next = new Map<string, { classes: ErrorClass[]; to: number | Fail | null }>()
    state.next.forEach((to, i) => {
      const target = to === null ? null : spec.states[to]!
      let told: number | Fail | null = null
      if (target !== null && "fail" in target) {
        told = target.fail
      } else if (to !== null) {
        if (!numbers.has(to)) numbers.set(to, order.push(to) - 1) // `order` grows as hops are met
        told = numbers.get(to)!
      }
      const name = JSON.stringify(told === null || typeof told === "number" ? told : [told.status, told.message])
      if (!next.has(name)) next.set(name, { classes: [], to: told })
      next.get(name)!.classes.push(ERROR_CLASSES[i]!)
    })
    const member = memberOf(state.pool, keyFor(state.pool))
    const { name: pool, retry } = state.pool
    steps.push({ pool, upstream: member.upstream.name, model: member.model, retry, next: [...next.values()] })
  }
  return steps
}

function pick(spec: Spec, at: number, keyFor: (pool: Pool) => string): Pick | null {
  const state = spec.states[at]!
  if ("fail" in state || state.pool.maglev === null) return null
  const { pool } = state
  const key = keyFor(pool)
  const slots = pool.members.map(() => 0)
  for (const member of state.pool.maglev) slots[member]!++
  return {
    sticky: pool.sticky,
    key,
    slot: slotOf(key),
    member: memberOf(pool, key).name,
    shares: pool.members.map((member, i) => ({ member: member.name, slots: slots[i]! })),
  }
}

import { isLike, isSampled } from "./classify.js"
import type { Decision, Errors } from "./decision.js"
import type { Attribute, Spec, Value } from "./spec.js"
import type { Judged } from "./table.js"
import { Walks, keyOf, slotOf } from "./walks.js"

/** What a record says of an attribute: a string as indices into the attribute's lists, a set as those of its elements,
 * a value that an open enum does not declare as false; null if it was absent. */
export type Recorded =
  | null
  | boolean
  | number
  | string
  | readonly number[]
  | { readonly literal: number | null; readonly like: readonly number[]; readonly sample: readonly number[] }

/** docs/record.md: plain JSON; `canonical` makes the text that a log keeps of it. */
export interface DecisionRecord extends Pick<Decision, keyof Decision> {
  readonly record: 1
  /** The errors met so far. */
  readonly after: Errors
  /** By name; null for an invalid request. */
  readonly attributes: { readonly [name: string]: Recorded } | null
  /** 0 to 4098, by name; null for an invalid request. */
  readonly slots: { readonly [name: string]: number } | null
}

export function record(spec: Spec, walks: Walks, judged: Judged, errors: Errors): DecisionRecord {
  const decision = errors.reduce((at, error) => walks.after(at, error), judged.decision)
  const { values } = judged
  const named = { record: 1, after: [...errors] } as const
  if (values === null) return { ...decision, ...named, attributes: null, slots: null }
  // fromEntries makes members of all names, `__proto__` too.
  return {
    ...decision,
    ...named,
    attributes: Object.fromEntries(spec.attributes.map((a, i) => [a.name, recorded(a, values[i]!)])),
    slots: Object.fromEntries(walks.sticky.map((name, i) => [name, slotOf(keyOf(values[walks.stickyAt[i]!]))])),
  }
}

function recorded(attribute: Attribute, value: Value): Recorded {
  switch (attribute.kind) {
    case "set":
      return holding(attribute.elements, (element) => (value as readonly string[]).includes(element.value))
    case "enum":
      return value === null || attribute.values.includes(value as string) ? (value as string | null) : false
    case "string": {
      if (value === null) return null
      const literal = attribute.values.indexOf(value as string)
      return {
        literal: literal < 0 ? null : literal,
        like: holding(attribute.patterns, (pattern) => isLike(value, pattern.pieces)),
        sample: holding(attribute.samples, (sample) => isSampled(value, sample)),
      }
    }
    default:
      return value as boolean | number | null
  }
}

function holding<T>(items: readonly T[], holds: (item: T) => boolean): number[] {
  return items.flatMap((item, i) => (holds(item) ? [i] : []))
}

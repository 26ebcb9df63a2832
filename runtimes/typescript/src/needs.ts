/** What a column asks of an attribute, read back from the rows and written in the policy language. */
import { classOf, isLike, isSampled } from "./classify.js"
import { literal, quoted, quotedPattern } from "./quote.js"
import type { Rows } from "./rows.js"
import type { Attribute, Pair, Sample, Value } from "./spec.js"

export interface Need {
  readonly text: string
  readonly isMet: boolean
}

/** What no value meets. */
const NOTHING = "false"

/** The conditions that a column sets for an attribute, none where it takes any value. */
export function needs(rows: Rows, attribute: Attribute, column: number, value: Value): Need[] {
  const found: Need[] = []
  const { name } = attribute
  const pair = (item: Pair, text: () => string, holds: () => boolean): void => {
    const ifHolds = rows.has(item.holds, column)
    const ifFails = rows.has(item.fails, column)
    if (ifHolds && ifFails) return
    if (ifHolds) found.push({ text: text(), isMet: holds() })
    else if (ifFails) found.push({ text: `not ${text()}`, isMet: !holds() })
    else found.push({ text: NOTHING, isMet: false })
  }
  for (const pattern of attribute.patterns) {
    pair(
      pattern,
      () => `${name} like ${quotedPattern(pattern.pieces)}`,
      () => isLike(value, pattern.pieces),
    )
  }
  for (const sample of attribute.samples) {
    pair(
      sample,
      () => sampled(name, sample),
      () => isSampled(value, sample),
    )
  }
  for (const element of attribute.elements) {
    pair(
      element,
      () => `${name} contains ${literal(element.value, attribute.isEnum)}`,
      () => (value as readonly string[]).includes(element.value),
    )
  }
  if (attribute.kind !== "set") {
    const text = onValue(rows, attribute, column)
    if (text !== null) found.push({ text, isMet: rows.has(classOf(attribute, value)!, column) })
  }
  return found
}

function sampled(name: string, sample: Sample): string {
  const salt = sample.salt === null ? "" : `, ${quoted(sample.salt)}`
  return `sample(${name}${salt}) < ${sample.below / 100}%`
}

/** The condition on a scalar, patterns and samples apart; null if there is none. */
function onValue(rows: Rows, attribute: Attribute, column: number): string | null {
  const { name } = attribute
  const taken = attribute.rows.map((row) => rows.has(row, column))
  if (attribute.other !== null) taken.push(rows.has(attribute.other, column))
  const mayBeAbsent = attribute.absent !== null
  const isAbsent = attribute.absent !== null && rows.has(attribute.absent, column)
  if (!taken.includes(false)) return mayBeAbsent && !isAbsent ? `has ${name}` : null
  if (!taken.includes(true)) return isAbsent ? `not has ${name}` : NOTHING
  switch (attribute.kind) {
    case "bool":
      if (mayBeAbsent && taken[0] !== isAbsent) return taken[0] ? `${name} == false` : `${name} != false`
      return taken[0] ? `not ${name}` : name
    case "int":
      return onInt(attribute, taken, isAbsent)
    default:
      return onListed(attribute, taken, isAbsent)
  }
}

type Run = readonly [first: number, last: number]

/** The stretches of neighbouring classes that are taken, or are not. */
function runs(attribute: Attribute, taken: readonly boolean[], which: boolean): Run[] {
  const found: [number, number][] = []
  let start = attribute.lo
  taken.forEach((is, i) => {
    const end = i < attribute.cuts.length ? attribute.cuts[i]! - 1 : attribute.hi
    if (is === which) {
      if (i > 0 && taken[i - 1] === which) found[found.length - 1]![1] = end
      else found.push([start, end])
    }
    start = end + 1
  })
  return found
}

function onInt(attribute: Attribute, taken: readonly boolean[], isAbsent: boolean): string {
  const { name, lo, hi } = attribute
  const yes = ([first, last]: Run): string => {
    if (first === last) return `${name} == ${first}`
    if (first === lo) return `${name} < ${last + 1}`
    if (last === hi) return `${name} >= ${first}`
    return `${name} in ${first}..${last + 1}`
  }
  const no = ([first, last]: Run): string => {
    if (first === last) return `${name} != ${first}`
    if (first === lo || last === hi) return `not ${yes([first, last])}`
    return `${name} not in ${first}..${last + 1}`
  }
  const inside = runs(attribute, taken, true)
  const outside = runs(attribute, taken, false)
  const isNegated = isAbsent || (outside.length < inside.length && attribute.absent === null)
  return isNegated ? outside.map(no).join(" and ") : inside.map(yes).join(" or ")
}

/** Of an enum or a string; `taken` has one more than the listed values where there is an `other`. */
function onListed(attribute: Attribute, taken: readonly boolean[], isAbsent: boolean): string {
  const { name, values, absent } = attribute
  const hasOther = attribute.other !== null
  const many = values.filter((_, i) => taken[i]).length
  const isNegated = hasOther ? taken[values.length]! : isAbsent || (values.length - many < many - 1 && absent === null)
  const texts = values
    .filter((_, i) => taken[i] !== isNegated)
    .map((value) => literal(value, attribute.kind === "enum"))
  const among = (one: string, several: string): string =>
    texts.length === 1 ? `${name} ${one} ${texts[0]}` : `${name} ${several} [${texts.join(", ")}]`
  if (!isNegated) {
    const yes = among("==", "in")
    return hasOther && isAbsent ? `not has ${name} or ${yes}` : yes
  }
  const no = among("!=", "not in")
  return hasOther && absent !== null && !isAbsent ? `has ${name} and ${no}` : no
}

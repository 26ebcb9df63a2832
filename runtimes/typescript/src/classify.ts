/** Which rows a legal value has, as plainly as the format says it. `Quick` does the same with rows made ahead. */
import { murmur3 } from "./hash.js"
import type { Attribute, Sample, Value } from "./spec.js"

/** The rows of a legal value. */
export function rowsOf(attribute: Attribute, value: Value): number[] {
  const rows: number[] = []
  if (attribute.kind !== "set") rows.push(classOf(attribute, value)!)
  for (const pattern of attribute.patterns) rows.push(isLike(value, pattern.pieces) ? pattern.holds : pattern.fails)
  for (const sample of attribute.samples) rows.push(isSampled(value, sample) ? sample.holds : sample.fails)
  for (const element of attribute.elements) {
    rows.push((value as readonly string[]).includes(element.value) ? element.holds : element.fails)
  }
  return rows
}

/** The row of the class that a scalar falls in. */
export function classOf(attribute: Attribute, value: Value): number | null {
  if (value === null) return attribute.absent
  switch (attribute.kind) {
    case "bool":
      return attribute.rows[value === true ? 1 : 0]!
    case "int":
      return attribute.rows[attribute.cuts.filter((cut) => cut <= (value as number)).length]!
    default:
      return attribute.rows[attribute.values.indexOf(value as string)] ?? attribute.other
  }
}

/** UTF-16 gives the same answers as code points, as neither side has lone surrogates. */
export function isLike(value: Value, pieces: readonly string[]): boolean {
  if (typeof value !== "string") return false
  const first = pieces[0]!
  const last = pieces[pieces.length - 1]!
  const end = value.length - last.length
  if (end < first.length || !value.startsWith(first) || !value.endsWith(last)) return false
  let at = first.length
  for (let i = 1; i < pieces.length - 1; i++) {
    const found = value.indexOf(pieces[i]!, at)
    if (found < 0) return false
    at = found + pieces[i]!.length
  }
  return at <= end
}

export function isSampled(value: Value, sample: Sample): boolean {
  return typeof value === "string" && murmur3(value, sample.seed) % 10_000 < sample.below
}

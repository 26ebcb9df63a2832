/** From what a request gives to legal values, and what is wrong with one that is not. */
import { sorted } from "./attributes.js"
import type { Invalid } from "./decision.js"
import { isLone } from "./json.js"
import { memberOf } from "./members.js"
import type { Attribute, Value } from "./spec.js"

export type Fault = Exclude<Invalid["reason"], "not_an_object">

/** Whether something is what a JSON object is in JavaScript. */
export function isObject(request: unknown): request is { readonly [name: string]: unknown } {
  return typeof request === "object" && request !== null && !Array.isArray(request)
}

/** The legal values of all attributes, in their order, or what is wrong with the first one that is not legal. `isText`:
 * the request was read from a text by `JSON.parse`. */
export function valuesOf(attributes: readonly Attribute[], request: unknown, isText: boolean): Value[] | Invalid {
  if (!isObject(request)) return NOT_AN_OBJECT
  const values: Value[] = []
  for (const attribute of attributes) {
    const found = valueOf(attribute, memberOf(request, attribute.name) ?? null, isText)
    if (isFault(found)) return invalidOf(attribute, found.fault)
    values.push(found)
  }
  return values
}

/** The legal value that something given for an attribute is, or that stands in for it; or its fault. */
function valueOf(attribute: Attribute, given: unknown, isText: boolean): Value | { readonly fault: Fault } {
  const found = given === null ? absent(attribute) : legal(attribute, given, isText)
  return isFault(found) && attribute.default !== null ? attribute.default : found
}

function isFault(found: Value | { readonly fault: Fault }): found is { readonly fault: Fault } {
  return typeof found === "object" && found !== null && "fault" in found
}

function absent(attribute: Attribute): Value | { readonly fault: Fault } {
  if (attribute.default !== null) return attribute.default
  if (attribute.kind === "set") return []
  return attribute.optional ? null : { fault: "missing" }
}

function legal(attribute: Attribute, given: unknown, isText: boolean): Value | { readonly fault: Fault } {
  switch (attribute.kind) {
    case "bool":
      return typeof given === "boolean" ? given : { fault: "wrong_type" }
    case "int": {
      if (typeof given !== "number" && typeof given !== "bigint") return { fault: "wrong_type" }
      // An infinity in a text was a number beyond the doubles, as JSON has no infinities.
      if (typeof given === "number" && !Number.isInteger(given) && !(isText && Math.abs(given) === Infinity)) {
        return { fault: "wrong_type" }
      }
      // 0 is added so that -0 is 0.
      return attribute.lo <= given && given <= attribute.hi ? Number(given) + 0 : { fault: "out_of_range" }
    }
    case "enum":
      if (typeof given !== "string" || isLone(given)) return { fault: "wrong_type" }
      return attribute.isOpen || attribute.values.includes(given) ? given : { fault: "unknown_value" }
    case "string":
      return typeof given !== "string" || isLone(given) ? { fault: "wrong_type" } : given
    case "set": {
      if (!Array.isArray(given)) return { fault: "wrong_type" }
      const found: string[] = []
      for (let i = 0; i < given.length; i++) {
        const item: unknown = given[i]
        if (typeof item !== "string" || isLone(item)) return { fault: "wrong_type" }
        found.push(item)
      }
      if (!attribute.isOpen && !found.every((item) => attribute.values.includes(item)))
        return { fault: "unknown_value" }
      return sorted(found)
    }
  }
}

export const NOT_AN_OBJECT: Invalid = Object.freeze({
  attribute: null,
  reason: "not_an_object",
  message: "the request is not a JSON object",
})

const WORDS = { bool: "a bool", int: "an integer", enum: "a string", string: "a string", set: "a list of strings" }

function invalidOf(attribute: Attribute, reason: Fault): Invalid {
  return Object.freeze({
    attribute: attribute.name,
    reason,
    message: `\`${attribute.name}\` ${rest(attribute, reason)}`,
  })
}

function rest(attribute: Attribute, reason: Fault): string {
  switch (reason) {
    case "missing":
      return "is missing"
    case "wrong_type":
      return `must be ${WORDS[attribute.kind]}`
    case "out_of_range":
      return `must lie in ${attribute.lo}..=${attribute.hi}`
    case "unknown_value":
      return `${attribute.kind === "set" ? "may hold only" : "must be one of"} ${attribute.values.join(", ")}`
  }
}

import { TableError } from "./shape.js"

export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json }

const TOKEN =
  /[ \t\n\r]*(?:("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9][0-9]*)(?![0-9.eE]))|(true|false|null)|([[\]{},:]))/y
const SPACE = /[ \t\n\r]*/y
const DEPTH = 16

/** Whether a text has a surrogate that is not one of a pair. */
export function isLone(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0xd800 || c > 0xdfff) continue
    if (c > 0xdbff) return true
    const next = text.charCodeAt(++i)
    if (!(next >= 0xdc00 && next <= 0xdfff)) return true
  }
  return false
}

/** A table's JSON: integers only (a BigInt beyond 2^53-1), no key twice, no lone surrogate. Raises `TableError`.
 * Objects have no prototype, so that each member is one of the text. */
export function parse(source: string): Json {
  let at = 0
  const fail = (message: string): never => {
    const line = source.slice(0, at).split("\n").length
    const column = at - source.lastIndexOf("\n", at - 1)
    throw new TableError(`line ${line}, column ${column}: ${message}`, "json")
  }
  const token = (): RegExpExecArray => {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(source) ?? fail("is no JSON that a table may hold (numbers must be integers)")
    at = TOKEN.lastIndex
    return found
  }
  const string = (found: RegExpExecArray): string => {
    const text = JSON.parse(found[1]!) as string
    if (isLone(text)) fail("a string has a lone surrogate")
    return text
  }
  const value = (found: RegExpExecArray, depth: number): Json => {
    if (found[1] !== undefined) return string(found)
    if (found[2] !== undefined) {
      const number = Number(found[2])
      return Number.isSafeInteger(number) ? number + 0 : BigInt(found[2])
    }
    if (found[3] !== undefined) return JSON.parse(found[3]) as Json
    if (depth === DEPTH && (found[4] === "[" || found[4] === "{")) fail(`is nested more than ${DEPTH} deep`)
    if (found[4] === "[") {
      const list: Json[] = []
      let next = token()
      if (next[4] === "]") return list
      for (;;) {
        list.push(value(next, depth + 1))
        const end = token()[4]
        if (end === "]") return list
        if (end !== ",") fail("expected ',' or ']'")
        next = token()
      }
    }
    if (found[4] === "{") {
      const object = Object.create(null) as { [key: string]: Json }
      let next = token()
      if (next[4] === "}") return object
      for (;;) {
        if (next[1] === undefined) fail("expected a key")
        const key = string(next)
        if (key in object) fail(`the key ${JSON.stringify(key.slice(0, 80))} is there twice`)
        if (token()[4] !== ":") fail("expected ':'")
        object[key] = value(token(), depth + 1)
        const end = token()[4]
        if (end === "}") return object
        if (end !== ",") fail("expected ',' or '}'")
        next = token()
      }
    }
    return fail("expected a value")
  }
  const whole = value(token(), 0)
  SPACE.lastIndex = at
  SPACE.exec(source)
  at = SPACE.lastIndex
  if (at !== source.length) fail("there is more after the end")
  return whole
}

/** Orders texts by code point (UTF-16 puts U+10000 and above before U+E000). */
export function byCodePoint(a: string, b: string): number {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x === y) continue
    if (x >= 0xd800 && x < 0xe000) x += 0x10000
    if (y >= 0xd800 && y < 0xe000) y += 0x10000
    return x - y
  }
  return a.length - b.length
}

/** Canonical JSON: keys sorted by code point, no spaces. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value === "object" && value !== null) {
    const object = value as { [key: string]: unknown }
    const keys = Object.keys(object).sort(byCodePoint)
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(object[key])}`).join(",")}}`
  }
  return typeof value === "bigint" ? String(value) : JSON.stringify(value)
}

/** Texts as the policy language writes them. */

const WORD = /^[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*$/
const RESERVED = ["and", "or", "not", "in", "like", "has", "contains", "sample", "true", "false"]

/** What is escaped: quotes, and what cannot be seen or moves what is around it. */
const HIDDEN =
  /["\\\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu
const SHORT: { readonly [character: string]: string } = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t" }

/** A string, or an enum's value, which is bare if it is a word. */
export function literal(text: string, isEnum: boolean): string {
  return isEnum && WORD.test(text) && !RESERVED.includes(text) ? text : quoted(text)
}

export function quoted(text: string): string {
  return `"${escaped(text)}"`
}

export function quotedPattern(pieces: readonly string[]): string {
  return `"${pieces.map((piece) => escaped(piece).replaceAll("*", "\\*")).join("*")}"`
}

function escaped(text: string): string {
  return text.replace(HIDDEN, (c) => SHORT[c] ?? `\\u{${c.codePointAt(0)!.toString(16).toUpperCase()}}`)
}

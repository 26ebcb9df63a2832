import { FIELDS, check } from "./check.js"
import { sha256, utf8 } from "./hash.js"
import { canonical, isLone, parse } from "./json.js"
import { Obj, TableError, fields } from "./shape.js"
import { Table } from "./table.js"

export type { ErrorClass, Fail } from "./check.js"
export { CLASSES } from "./check.js"
export type { Decision, Invalid } from "./decision.js"
export { murmur3, sha256 } from "./hash.js"
export { canonical } from "./json.js"
export { TableError } from "./shape.js"
export type { Reason } from "./shape.js"
export type { Table } from "./table.js"

declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}

const MOST = 64 * 2 ** 20

/** Reads the table that `interlock compile` wrote, and checks all of it. Throws `TableError`. */
export function load(source: string | Uint8Array): Table {
  if (source.length > MOST) throw new TableError("the table is larger than 64 MiB", "limit")
  let text: string
  try {
    text = typeof source === "string" ? source : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(source)
  } catch {
    throw new TableError("the table is not in UTF-8", "json")
  }
  if (isLone(text)) throw new TableError("the table has a lone surrogate", "json")
  const table = parse(text) as unknown
  if (typeof table !== "object" || table === null || Array.isArray(table)) throw new TableError("the table is not a JSON object", "json")
  const item = table as Obj
  if (item["format"] !== "interlock-table") throw new TableError("format: must be \"interlock-table\"", "format")
  if (item["format_version"] !== 1) throw new TableError("format_version: this reader knows only 1", "version")
  fields(item, "table", FIELDS)
  const without = (...names: string[]): string =>
    sha256(utf8(canonical(Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name))))))
  if (item["digest"] !== without("digest")) throw new TableError("digest: does not match, the table is damaged", "digest")
  if (item["version"] !== without("version", "digest", "source")) throw new TableError("version: does not match, the table is damaged", "digest")
  return new Table(check(item))
}

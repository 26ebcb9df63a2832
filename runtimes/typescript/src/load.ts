import { FIELDS, check } from "./check.js"
import { sha256 } from "./hash.js"
import { byCodePoint, canonical, isLone, parse } from "./json.js"
import { type Obj, TableError, fields, text } from "./shape.js"
import { Table } from "./table.js"
import { decoded, utf8 } from "./utf8.js"

const MOST = 64 * 2 ** 20

/** Reads the table that `interlock compile` wrote, and checks all of it. Throws `TableError`. */
export function load(source: string | Uint8Array): Table {
  if (source.length > MOST) throw new TableError("the table is larger than 64 MiB", "limit")
  const table = parse(textOf(source)) as unknown
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw new TableError("the table is not a JSON object", "json")
  }
  const item = table as Obj
  if (item["format"] !== "interlock-table") {
    throw new TableError('format: must be "interlock-table": this is no decision table', "format")
  }
  if (item["format_version"] !== 1) {
    throw new TableError("format_version: only 1 is known to this reader", "version")
  }
  fields(item, "table", FIELDS)
  const parts = Object.keys(item)
    .sort(byCodePoint)
    .map((name) => [name, `${JSON.stringify(name)}:${canonical(item[name])}`] as const)
  matches(item, "digest", parts, ["digest"])
  matches(item, "version", parts, ["version", "digest", "source"])
  return new Table(check(item))
}

function textOf(source: string | Uint8Array): string {
  let text: string
  try {
    text = typeof source === "string" ? source : decoded(source)
  } catch {
    throw new TableError("the table is not in UTF-8", "json")
  }
  if (isLone(text)) throw new TableError("the table has a lone surrogate", "json")
  return text
}

/** Checks the hash `name`, which is that of the canonical JSON of the table less some fields; `parts` has that of each. */
function matches(
  table: Obj,
  name: string,
  parts: readonly (readonly [string, string])[],
  less: readonly string[],
): void {
  const stated = text(table[name], name)
  const rest = parts.filter(([field]) => !less.includes(field)).map(([, part]) => part)
  if (stated !== sha256(utf8(`{${rest.join(",")}}`))) {
    throw new TableError(`${name}: does not match the table's content: it was changed after it was compiled`, "digest")
  }
}

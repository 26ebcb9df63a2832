// Tables and requests for tests: those of the vectors, changed ones, and random ones.
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { canonical, load } from "../dist/esm/index.js"

export const vectors = new URL("../../vectors/", import.meta.url)
export const read = (path) => readFileSync(new URL(path, vectors))
export const json = (path) => JSON.parse(read(path))

const tables = new Map()
export function tableOf(name) {
  if (!tables.has(name)) tables.set(name, load(read(`tables/${name}.json`)))
  return tables.get(name)
}

/** The SHA-256 of a table's canonical JSON less some fields, by another implementation than the runtime's. */
export function hash(table, ...less) {
  const rest = Object.fromEntries(Object.entries(table).filter(([name]) => !less.includes(name)))
  return createHash("sha256").update(canonical(rest)).digest("hex")
}

/** The text of a table, its hashes put right. */
export function sealed(table) {
  const version = hash(table, "version", "digest", "source")
  const digest = hash({ ...table, version }, "digest")
  return canonical({ ...table, version, digest })
}

/** A table of the vectors, changed. */
export function changed(name, change) {
  const table = json(`tables/${name}.json`)
  change(table)
  return load(sealed(table))
}

/** The bytes of a table of the vectors after the edit of a case of refuse/. */
export function edited(name, c) {
  const bytes = read(`tables/${name}.json`)
  if (c.op === "text") return Buffer.from(c.text)
  if (c.op === "hex") return Buffer.from(c.hex, "hex")
  if (c.op === "replace") {
    const parts = bytes.toString().split(c.old)
    if (parts.length !== 2) throw new Error(`${c.name}: the old text is there ${parts.length - 1} times`)
    return Buffer.from(parts.join(c.new))
  }
  const table = JSON.parse(bytes)
  const path = c.at
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
  const last = path.pop()
  const holder = path.reduce((at, part) => at[part], table)
  if (c.op === "set") holder[last] = c.value
  else if (Array.isArray(holder)) holder.splice(Number(last), 1)
  else delete holder[last]
  if (c.seal === "both") table.version = hash(table, "version", "digest", "source")
  if (c.seal !== "none") table.digest = hash(table, "digest")
  return Buffer.from(canonical(table) + "\n")
}

/** Numbers that are the same on every run: `next(n)` gives 0 to n-1. After mulberry32 (Tommy Ettinger, public domain). */
export function random(seed) {
  let state = seed
  const next = (n) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
  return { next, chance: (n) => next(n) === 0, oneOf: (list) => list[next(list.length)] }
}

// bench TABLE REQUESTS.jsonl: how long a decision takes here, from objects as JSON.parse gives them, as one JSON object.
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { build } from "./build.mjs"

const ROUNDS = 400
const ROUND_NS = 1_000_000 // a round takes at least a millisecond
const COPIES = 10 // of the table, to tell its size from what else comes and goes
const COUNTED = 20 // decisions whose bytes are counted: few, so that none is collected meanwhile
const WARM_UP_NS = 300_000_000

try {
  build()
  await main(process.argv.slice(2))
} catch (error) {
  console.error(/** @type {Error} */ (error).message)
  process.exitCode = 2
}

/** @param {string[]} given */
async function main(given) {
  const { canonical, load } = await import("../dist/esm/index.js")
  const [path, requestsPath] = given
  if (path === undefined || requestsPath === undefined || given.length > 2) {
    throw new Error("usage: bench TABLE REQUESTS.jsonl")
  }
  const text = readFileSync(path)
  const lines = readFileSync(requestsPath, "utf8").split("\n")
  if (lines.at(-1) === "") lines.pop()
  if (lines.length === 0) throw new Error(`${requestsPath}: has no requests`)
  const loads = Array.from({ length: 5 }, () => timed(() => load(text)))
  const before = memory()
  const tables = Array.from({ length: COPIES }, () => load(text))
  const tableBytes = Math.round((memory() - before) / COPIES)
  const [table] = tables.splice(0, COPIES)
  if (table === undefined) return
  const hash = createHash("sha256")
  for (const line of lines) hash.update(canonical(table.decideText(line)) + "\n")
  const requests = lines.map(parsed)
  const round = () => {
    for (let i = 0; i < requests.length; i++) table.decide(requests[i])
  }
  let times = 0
  for (let spent = 0; spent < WARM_UP_NS; times++) spent += timed(round)
  times = Math.ceil((times * ROUND_NS) / WARM_UP_NS)
  const rounds = Array.from({ length: ROUNDS }, () => {
    const taken = timed(() => {
      for (let i = 0; i < times; i++) round()
    })
    return taken / (times * requests.length)
  }).sort((a, b) => a - b)
  console.log(
    JSON.stringify({
      language: "typescript",
      version: process.version,
      answers_sha256: hash.digest("hex"),
      p50_ns: rounded(rounds[ROUNDS / 2]),
      p99_ns: rounded(rounds[Math.floor(ROUNDS * 0.99)]),
      allocations: null,
      allocated_bytes: allocated(table, requests.slice(0, COUNTED)),
      load_ms: rounded(/** @type {number} */ (loads.sort((a, b) => a - b)[2]) / 1e6),
      table_bytes: tableBytes,
    }),
  )
}

/** Nanoseconds. @param {() => void} what */
function timed(what) {
  const start = process.hrtime.bigint()
  what()
  return Number(process.hrtime.bigint() - start)
}

/**
 * Bytes that a decision takes: the median of some tries, less what looking takes.
 * @param {import("../dist/esm/index.js").Table} table
 * @param {any[]} requests
 */
function allocated(table, requests) {
  const kept = new Array(COUNTED).fill(null) // so that none is optimized away
  const taken = (/** @type {any[]} */ asked) => {
    const tries = Array.from({ length: 9 }, () => {
      memory()
      const before = process.memoryUsage().heapUsed
      for (let i = 0; i < asked.length; i++) kept[i] = table.decide(asked[i])
      return process.memoryUsage().heapUsed - before
    })
    return /** @type {number} */ (tries.sort((a, b) => a - b)[4])
  }
  return Math.round((taken(requests) - taken([])) / requests.length)
}

/** Bytes in use, garbage not included. */
function memory() {
  const collect = /** @type {() => void} */ (globalThis.gc)
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** @param {string} line */
function parsed(line) {
  try {
    return JSON.parse(line)
  } catch {
    return null // decided as no object
  }
}

/** @param {number | undefined} number */
function rounded(number) {
  return Math.round(/** @type {number} */ (number) * 1000) / 1000
}

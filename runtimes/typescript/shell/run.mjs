// Asks a table from a shell: docs/runtimes.md.
import { createReadStream } from "node:fs"
import { build } from "./build.mjs"
import { eachLines } from "./lines.mjs"

const MARK = Buffer.from([0xef, 0xbb, 0xbf])
const USAGE = "usage: run TABLE REQUESTS.jsonl [--after CLASS,…]\n       run --batch"

/** What is told in one line on standard error, or as the answer to a command. */
class Told extends Error {}

process.stdout.on("error", (error) => {
  if (/** @type {NodeJS.ErrnoException} */ (error).code === "EPIPE") process.exit(0) // nobody reads on
  throw error
})

try {
  build()
} catch (error) {
  console.error(/** @type {Error} */ (error).message)
  process.exit(2)
}
const { ERROR_CLASSES, TableError, canonical } = await import("../dist/esm/index.js")
const { loadFile } = await import("../dist/esm/node.js")
/** @typedef {import("../dist/esm/index.js").Table} Table */
/** @typedef {import("../dist/esm/index.js").ErrorClass} ErrorClass */

try {
  const given = process.argv.slice(2)
  if (given.length === 1 && given[0] === "--batch") await batch()
  else await answer(given)
} catch (error) {
  if (!isTold(error)) throw error
  console.error(error.message)
  process.exitCode = 2
}

/** Whether an error is the user's to mend: a table's, the file system's, or one of the above.
 * @param {unknown} error @returns {error is Error} */
function isTold(error) {
  return error instanceof Told || error instanceof TableError || (error instanceof Error && "code" in error)
}

/** @param {string[]} given */
async function answer(given) {
  /** @type {ErrorClass[]} */
  let errors = []
  /** @type {string[]} */
  const paths = []
  for (let i = 0; i < given.length; i++) {
    const argument = given[i] ?? ""
    const value = argument.startsWith("--after=") ? argument.slice("--after=".length) : undefined
    const name = value === undefined ? argument : "--after"
    if (name === "--after") {
      const list = value ?? given[++i]
      if (list === undefined) throw new Told(USAGE)
      errors = classes(list)
    } else if (name.startsWith("--")) {
      throw new Told(USAGE)
    } else {
      paths.push(name)
    }
  }
  const [path, requests] = paths
  if (path === undefined || requests === undefined || paths.length > 2) throw new Told(USAGE)
  const table = loadFile(path)
  const input = requests === "-" ? process.stdin : createReadStream(requests)
  let isFirst = true
  await eachLines(input, (lines) => {
    const [first] = lines
    // A byte order mark at the start of a file is no part of its first line.
    if (isFirst && first?.subarray(0, MARK.length).equals(MARK)) lines[0] = first.subarray(MARK.length)
    isFirst = false
    say(lines.map((line) => canonical(decided(table, line, errors))))
  })
}

/** Answers the commands of standard input. What is at hand is answered before more is read. */
async function batch() {
  /** @type {Table | null} */
  let table = null
  await eachLines(process.stdin, (lines) => {
    say(
      lines.map((line) => {
        try {
          const command = words(line, 1)
          if (command[0] !== "load" || command[1] === undefined) return asked(table, line)
          table = loadFile(command[1])
          return `loaded ${table.version}`
        } catch (error) {
          if (!isTold(error)) throw error
          const text = error.message.replace(/\s+/g, " ")
          return error instanceof TableError ? `refused ${error.reason} ${text}` : `error ${text}`
        }
      }),
    )
  })
}

/** The answer to a question. @param {Table | null} table @param {Buffer} line */
function asked(table, line) {
  const [name] = words(line, 1)
  const [, field, request] = words(line, name === "explain" ? 1 : 2)
  if (name !== "decide" && name !== "explain" && name !== "record") {
    const all = "load PATH, decide CLASSES REQUEST, explain REQUEST, record CLASSES REQUEST"
    throw new Told(`unknown command ${JSON.stringify(name.slice(0, 80))}; these are: ${all}`)
  }
  if (field === undefined || (name !== "explain" && request === undefined))
    throw new Told(`${name}: a field is missing`)
  if (table === null) throw new Told("no table is loaded")
  if (name === "explain") return canonical(table.explainText(/** @type {Buffer} */ (field)))
  const errors = String(field) === "-" ? [] : classes(String(field))
  const text = /** @type {Buffer} */ (request)
  return canonical(name === "decide" ? decided(table, text, errors) : table.recordText(text, errors))
}

/** The first word of a line as text, and after it up to `many` more fields, of which the last has all the rest.
 * @param {Buffer} line @param {number} many @returns {[string, ...Buffer[]]} */
function words(line, many) {
  /** @type {Buffer[]} */
  const found = []
  let rest = line
  for (let at = rest.indexOf(32); found.length < many && at >= 0; at = rest.indexOf(32)) {
    found.push(rest.subarray(0, at))
    rest = rest.subarray(at + 1)
  }
  const [first, ...others] = [...found, rest]
  return [String(first), ...others]
}

/** @param {Table} table @param {Buffer} request @param {ErrorClass[]} errors */
function decided(table, request, errors) {
  return errors.reduce((at, error) => table.after(at, error), table.decideText(request))
}

/** @param {string} list @returns {ErrorClass[]} */
function classes(list) {
  return list.split(",").map((name) => {
    const known = ERROR_CLASSES.find((error) => error === name)
    if (known === undefined) {
      throw new Told(`${JSON.stringify(name)} is no error class; these are: ${ERROR_CLASSES.join(", ")}`)
    }
    return known
  })
}

/** @param {string[]} answers */
function say(answers) {
  process.stdout.write(answers.join("\n") + "\n")
}

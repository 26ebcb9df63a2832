// worker.mjs FUNCTION: calls a function of the Worker's modules with the arguments of each line of standard input, and
// prints what it gives, a line of JSON each.
import { readFileSync } from "node:fs"

const worker = new URL("../../../compiler/targets/cloudflare/worker/", import.meta.url)
const load = (name) => import(new URL(name, worker))
const { attributes, metadataOf } = await load("attributes.js")
const { modelPlaces, withModel } = await load("body.js")
const { classOf, classOfEvent } = await load("errors.js")
const { beginning } = await load("stream.js")
const { told } = await load("walk.js")

const FUNCTIONS = {
  attributes(declared, headers, body) {
    const given = new Headers(headers)
    return attributes(declared, given, body, metadataOf(given, body))
  },
  model(text, model) {
    const bytes = new TextEncoder().encode(text)
    return new TextDecoder().decode(withModel(bytes, modelPlaces(bytes), model))
  },
  classOf,
  classOfEvent,
  told: (decision) => Object.fromEntries(told(decision)),
  /** How many of the pieces are kept back, and the error; null if the stream ends before. */
  async beginning(pieces, isEvents) {
    const rest = pieces.map((piece) => new TextEncoder().encode(piece))
    const reader = { read: async () => (rest.length > 0 ? { value: rest.shift() } : { done: true }) }
    try {
      const { held, error } = await beginning(reader, isEvents)
      return { held: held.length, error }
    } catch {
      return null
    }
  },
}

for (const line of readFileSync(0, "utf8").split("\n")) {
  if (line === "") continue
  const made = await FUNCTIONS[process.argv[2]](...JSON.parse(line))
  console.log(JSON.stringify(made === undefined ? null : made))
}

// JsonLogic as the npm package json-logic-js has it.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import jsonLogic from "json-logic-js"

export const version = packageVersion("json-logic-js")

/** `json_logic` is JSON text, which is parsed; there is nothing to compile. */
export function load({ json_logic }) {
  const logic = JSON.parse(json_logic)
  const decide = (request) => jsonLogic.apply(logic, request)
  return { decide, rule: decide }
}

function packageVersion(name) {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`)
  return `${name} ${JSON.parse(readFileSync(path, "utf8")).version}`
}

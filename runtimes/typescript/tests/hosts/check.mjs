// The vectors, asked wherever there is nothing but the language: what hosts.test.mjs bundles for other hosts than Node.js.
import { ServingState, TableError, canonical, load } from "../../dist/esm/index.js"
import { murmur3 } from "../../dist/esm/hash.js"

/** How many cases there were, and the names of those that were answered wrongly. */
export function check({ tables, decided, explained, recorded, refused, served, hashed }) {
  const loaded = new Map(Object.entries(tables).map(([name, text]) => [name, load(text)]))
  const failed = []
  let cases = 0
  const run = (list, isRight) => {
    for (const c of list) {
      cases++
      let right = false
      try {
        right = isRight(c, loaded.get(c.table))
      } catch (error) {
        failed.push(`${c.table}, ${c.name}: ${error}`)
        continue
      }
      if (!right) failed.push(`${c.table}, ${c.name}`)
    }
  }
  const same = (found, wanted) => canonical(found) === canonical(wanted)
  run(decided, (c, table) => {
    let decision = table.decideText(c.request)
    const wanted = c.decisions ?? [c.decision]
    return (
      same(decision, wanted[0]) &&
      (c.after ?? []).every((error, i) => same((decision = table.after(decision, error)), wanted[i + 1]))
    )
  })
  run(explained, (c, table) => same(table.explainText(c.request), c.explanation))
  run(recorded, (c, table) => same(table.recordText(c.request, c.after), c.record))
  run(refused, (c) => {
    try {
      load(Uint8Array.from(atob(c.bytes), (character) => character.charCodeAt(0)))
    } catch (error) {
      return error instanceof TableError && error.reason === c.reason
    }
    return false
  })
  run(served, (c, table) => {
    let now = c.steps[0].at_ms
    const state = new ServingState(() => now)
    const permits = []
    return c.steps.every((step, i) => {
      now = step.at_ms
      if ("done" in step) {
        permits[step.done].done(step.error)
        return true
      }
      const answer = (permits[i] = state.ask(table, step.admit))
      const told = "done" in answer ? "send" : answer.status === null ? "overloaded" : { status: answer.status }
      return same(told, step.answer)
    })
  })
  run(hashed, (c) => murmur3(c.text, c.seed) === c.hash)
  new ServingState() // whose clock the host has
  return { cases, failed }
}

// The README shows example/gateway.ts, and what is in example/ does as it says.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import * as esbuild from "esbuild"
import { canonical } from "../dist/esm/index.js"
import { json, tableOf, vectors } from "./tables.mjs"

/** A module of example/, from its TypeScript. */
async function example(name) {
  const path = fileURLToPath(new URL(`../example/${name}.ts`, import.meta.url))
  const outfile = fileURLToPath(new URL(`../dist/example/${name}.mjs`, import.meta.url))
  await esbuild.build({ entryPoints: [path], outfile, format: "esm", bundle: true, packages: "external" })
  return import(outfile)
}

/** A gateway of which the first upstreams fail with these errors. */
function gateway(...errors) {
  const seen = { sent: [], answered: [], logged: [] }
  const ours = {
    send: async (upstream, model) => {
      seen.sent.push(`${upstream}/${model}`)
      return errors.shift() ?? null
    },
    answer: (...given) => seen.answered.push(given),
    log: (line) => seen.logged.push(line),
  }
  return { seen, ours }
}

test("the README shows the example", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
  const text = readFileSync(new URL("../example/gateway.ts", import.meta.url), "utf8")
  const [, shown] = /```ts\n(.*?)```/s.exec(readme)
  assert.equal(shown, text.slice(text.indexOf("\n") + 1))
})

test("the example walks as the vectors say, answers a fail, and keeps the record", async () => {
  const { route } = await example("gateway")
  const { table: name, cases } = json("walks/chains.json")
  const table = tableOf(name)
  let fails = 0
  for (const { request, after, decisions } of cases) {
    const { seen, ours } = gateway(...after)
    await route(table, JSON.parse(request), ours)
    const hops = decisions.filter((decision) => decision.fail === null)
    assert.deepEqual(
      seen.sent,
      hops.map((decision) => `${decision.upstream}/${decision.model}`),
    )
    const fail = decisions.find((decision) => decision.fail !== null)?.fail
    if (fail !== undefined) fails++
    assert.deepEqual(seen.answered, fail === undefined ? [] : [[fail.status, fail.message]])
    const errors = seen.sent.length === 0 ? [] : after.slice(0, seen.sent.length)
    assert.deepEqual(seen.logged, [canonical(table.recordText(request, errors))])
  }
  assert.ok(fails > 0)
})

test("the example with limits, a live table and spans", async () => {
  const { gateway: made } = await example("serving")
  const path = fileURLToPath(new URL("tables/walks.json", vectors))
  const one = gateway("overloaded")
  const well = made(path, one.ours)
  await well.route({ route: 0, session: "s-1" })
  well.stop()
  assert.equal(one.seen.sent.length, 2)
  assert.deepEqual(one.seen.answered, [])
  const many = gateway(...Array(50).fill("overloaded"))
  const badly = made(path, many.ours)
  await badly.route({ route: 0, session: "s-1" })
  badly.stop()
  assert.equal(many.seen.answered.length, 1)
  assert.ok(many.seen.sent.length > 2)
})

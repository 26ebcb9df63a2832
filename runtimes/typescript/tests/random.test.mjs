// The quick path, the plain path and an oracle decide alike on random tables.
import assert from "node:assert/strict"
import { test } from "node:test"
import { load } from "../dist/esm/index.js"
import { decide } from "./oracle.mjs"
import { randomRequest, randomTable } from "./draw.mjs"
import { random, sealed } from "./tables.mjs"

const told = ({ rule, fail, invalid }) => ({
  rule,
  status: fail.status,
  invalid: invalid && [invalid.attribute, invalid.reason],
})

test("random tables and requests: decide, the plain path and the oracle agree", () => {
  const met = { decided: 0, nothing: 0, invalid: 0, quick: 0 }
  for (let seed = 0; seed < 250; seed++) {
    const draw = random(seed)
    const content = randomTable(draw)
    const table = load(sealed(content))
    for (let i = 0; i < 40; i++) {
      const request = randomRequest(draw, content)
      const wanted = decide(content, request)
      met[wanted.invalid !== null ? "invalid" : wanted.rule === null ? "nothing" : "decided"]++
      if (table.decide(request) === table.decide(request)) met.quick++ // the plain path makes a new one each time
      const where = `seed ${seed}, request ${i}`
      assert.deepEqual(told(table.decide(request)), wanted, where)
      assert.deepEqual(told(table.explain(request).decision), wanted, `${where}, the plain path`)
    }
  }
  for (const [name, times] of Object.entries(met)) assert.ok(times > 500, `${name}: ${times}`)
})

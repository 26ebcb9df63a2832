import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readdirSync } from "node:fs"
import { test } from "node:test"
import { ServingState, TableError, canonical, load } from "../dist/esm/index.js"
import { edited, json, tableOf, vectors } from "./tables.mjs"
import { murmur3, sha256 } from "../dist/esm/hash.js"

const same = (found, wanted) => assert.equal(canonical(found), canonical(wanted))

for (const folder of ["decide", "requests", "walks"]) {
  for (const file of readdirSync(new URL(folder, vectors))) {
    test(`${folder}/${file}`, async (t) => {
      const { table: name, cases } = json(`${folder}/${file}`)
      assert.ok(cases.length > 0)
      for (const c of cases) {
        await t.test(c.name, () => {
          const table = tableOf(name)
          let decision = table.decideText(c.request)
          const wanted = c.decisions ?? [c.decision]
          same(decision, wanted[0])
          ;(c.after ?? []).forEach((error, i) => same((decision = table.after(decision, error)), wanted[i + 1]))
        })
      }
    })
  }
}

for (const file of readdirSync(new URL("explain", vectors))) {
  test(`explain/${file}`, async (t) => {
    const { table, cases } = json(`explain/${file}`)
    assert.ok(cases.length > 0)
    for (const c of cases) {
      await t.test(c.name, () => same(tableOf(table).explainText(c.request), c.explanation))
    }
  })
}

for (const file of readdirSync(new URL("record", vectors))) {
  test(`record/${file}`, async (t) => {
    const { table, cases } = json(`record/${file}`)
    assert.ok(cases.length > 0)
    for (const c of cases) {
      await t.test(c.name, () => same(tableOf(table).recordText(c.request, c.after), c.record))
    }
  })
}

for (const file of readdirSync(new URL("serving", vectors))) {
  test(`serving/${file}`, async (t) => {
    const { table, cases } = json(`serving/${file}`)
    assert.ok(cases.length > 0)
    for (const c of cases) {
      await t.test(c.name, () => {
        let now = c.steps[0].at_ms
        const state = new ServingState(() => now)
        const permits = []
        c.steps.forEach((step, i) => {
          now = step.at_ms
          if ("done" in step) return permits[step.done].done(step.error)
          const answer = state.ask(tableOf(table), step.admit)
          const told = "done" in answer ? "send" : answer.status === null ? "overloaded" : { status: answer.status }
          assert.deepEqual(told, step.answer, `step ${i}`)
          permits[i] = answer
        })
      })
    }
  })
}

for (const file of readdirSync(new URL("refuse", vectors))) {
  test(`refuse/${file}`, async (t) => {
    const { table, cases } = json(`refuse/${file}`)
    for (const c of cases) {
      await t.test(c.name, () => {
        const bytes = edited(table, c)
        assert.throws(
          () => load(bytes),
          (error) => error instanceof TableError && (assert.equal(error.reason, c.reason, error.message), true),
        )
      })
    }
  })
}

test("hash.json", () => {
  for (const c of json("hash.json").cases) assert.equal(murmur3(c.text, c.seed), c.hash, c.name)
})

test("murmur3 of texts of every length and width is that of its definition, byte by byte", () => {
  const plain = (bytes, seed) => {
    const turn = (x, by) => ((x << BigInt(by)) | (x >> BigInt(32 - by))) & 0xffffffffn
    const times = (x, y) => (x * y) & 0xffffffffn
    let h = BigInt(seed)
    for (let at = 0; at < bytes.length; at += 4) {
      const block = bytes.slice(at, at + 4)
      const k = times(
        turn(
          times(
            block.reduceRight((all, byte) => all * 256n + BigInt(byte), 0n),
            0xcc9e2d51n,
          ),
          15,
        ),
        0x1b873593n,
      )
      h ^= k
      if (block.length === 4) h = (times(turn(h, 13), 5n) + 0xe6546b64n) & 0xffffffffn
    }
    h ^= BigInt(bytes.length)
    h = times(h ^ (h >> 16n), 0x85ebca6bn)
    h = times(h ^ (h >> 13n), 0xc2b2ae35n)
    return Number(h ^ (h >> 16n))
  }
  for (let length = 0; length < 40; length++) {
    for (const wide of ["", "é", "日", "\u{1f600}", "\0", "\x7f", "\x80"]) {
      for (let at = 0; at <= length; at++) {
        const text = "abcdefgh".repeat(5).slice(0, at) + wide + "xyz".repeat(14).slice(0, length - at)
        const seed = (length * 0x9e3779b1 + at) >>> 0
        assert.equal(murmur3(text, seed), plain([...Buffer.from(text)], seed), text)
      }
    }
  }
})

test("sha256 is that of node:crypto", () => {
  for (let n = 0; n < 300; n++) {
    const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 167 + n) & 255)
    assert.equal(sha256(bytes), createHash("sha256").update(bytes).digest("hex"))
  }
})

// Whatever a request is, it is decided; a table that would take much memory or time is not taken for granted.
import assert from "node:assert/strict"
import { test } from "node:test"
import { TableError, canonical, load } from "../dist/esm/index.js"
import { changed, json, read, sealed, tableOf } from "./tables.mjs"

const kinds = tableOf("kinds")
const GOOD = { beta: true, home: "us_east", tokens: 6 }
const same = (found, wanted) => assert.equal(canonical(found), canonical(wanted))
const notAnObject = kinds.decideText("[]")

test("what throws when it is read is no JSON object", () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const accessor = Object.defineProperty({ ...GOOD }, "home", {
    get() {
      throw new Error("no")
    },
  })
  const trap = new Proxy(GOOD, {
    getPrototypeOf() {
      throw new Error("no")
    },
    getOwnPropertyDescriptor() {
      throw new Error("no")
    },
  })
  for (const request of [proxy, accessor, trap]) {
    same(kinds.decide(request), notAnObject)
    same(kinds.explain(request).decision, notAnObject)
    same(kinds.record(request, ["timeout"]), kinds.recordText("", ["timeout"]))
  }
  same(kinds.decide(GOOD), kinds.decideText(canonical(GOOD))) // nothing is left behind
})

test("everything that is no object", () => {
  const all = [undefined, null, true, 0, NaN, 1n, "{}", Symbol("x"), [], [GOOD], () => GOOD, new Proxy([], {})]
  for (const request of all) same(kinds.decide(request), notAnObject)
})

test("what an object has from its prototype it was not given", () => {
  const missing = kinds.decide({ ...GOOD, home: null })
  assert.equal(missing.invalid.reason, "missing")
  const { home, ...rest } = GOOD
  same(kinds.decide(Object.assign(Object.create({ home }), rest)), missing)
  same(kinds.decide(Object.assign(Object.create(Object.create(null, { home: { value: home } })), rest)), missing)
  class Request {
    beta = true
    tokens = 6
    get home() {
      return home
    }
  }
  same(kinds.decide(new Request()), missing)
})

test("Object.prototype with a member of an attribute's name, put there by someone else", () => {
  const wanted = kinds.decide({ ...GOOD, home: null })
  const { home, ...rest } = GOOD
  Object.prototype.home = home
  try {
    same(kinds.decide(rest), wanted)
    same(kinds.decide(GOOD), kinds.decide({ ...GOOD }))
    assert.equal(kinds.decide(GOOD).invalid, null)
  } finally {
    delete Object.prototype.home
  }
})

test("an accessor that asks about another request meanwhile", () => {
  const wanted = kinds.decide(GOOD)
  let inner = null
  const request = Object.defineProperty({ ...GOOD }, "home", {
    get() {
      inner = kinds.decide({ ...GOOD, tokens: -1 })
      return GOOD.home
    },
  })
  same(kinds.decide(request), wanted)
  assert.equal(inner.invalid.reason, "out_of_range")
})

test("an array without end, and one with holes", () => {
  const endless = []
  endless.length = 2 ** 32 - 1
  const words = tableOf("strings")
  for (const list of [endless, [, "a"], new Proxy(endless, {})]) {
    assert.equal(words.decide({ text: list }).invalid.reason, "wrong_type")
    assert.equal(kinds.decide({ ...GOOD, tags: list, groups: list, features: list }).policy, "kinds")
  }
})

test("a text that is nested without end is read, or is no JSON, and never a RangeError", () => {
  for (const depth of [1_000, 100_000, 3_000_000]) {
    const deep = "[".repeat(depth) + "]".repeat(depth)
    same(kinds.decideText(deep), notAnObject)
    same(kinds.decideText("[".repeat(depth)), notAnObject)
    const inside = `{"beta":true,"home":"us_east","tokens":6,"more":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`
    same(kinds.decideText(inside), kinds.decide(GOOD))
    kinds.explainText(inside)
    kinds.recordText(inside)
  }
})

test("a text from a stack that is nearly full", () => {
  let told = null
  const deeper = () => {
    try {
      deeper()
    } catch {
      if (told === null) told = false
    }
    if (told === false) {
      try {
        told = kinds.decideText(canonical(GOOD))
      } catch (error) {
        if (!(error instanceof RangeError)) throw error // the caller's own stack
      }
    }
  }
  deeper()
  assert.equal(told.policy, "kinds")
})

test("a table that is nested too deeply", () => {
  for (const depth of [17, 100_000, 2_000_000]) {
    for (const text of ["[".repeat(depth) + "]".repeat(depth), '{"a":'.repeat(depth) + "1" + "}".repeat(depth)]) {
      assert.throws(
        () => load(text),
        (error) => error instanceof TableError && error.reason === "json",
      )
    }
  }
})

test("a table that is nested as deeply as may be is refused for what it is", () => {
  for (const text of [`{"a":${"[".repeat(15)}${"]".repeat(15)}}`, `${'{"a":'.repeat(16)}1${"}".repeat(16)}`]) {
    assert.throws(() => load(text), { name: "TableError", reason: "format" })
  }
})

test("rows take no more memory than their text, however many columns there are", () => {
  const many = 100_000
  const table = json("tables/kinds.json")
  const [rule, state] = table.columns.at(-1)
  while (table.columns.length < many) table.columns.push([rule, state])
  for (let i = 1; i < 30_000; i++) {
    const row = i.toString(16)
    if (!table.rows.includes(row)) table.rows.push(row)
  }
  const before = process.memoryUsage().arrayBuffers
  const loaded = load(sealed(table))
  const taken = process.memoryUsage().arrayBuffers - before
  assert.ok(taken < 64 * 2 ** 20, `${taken} bytes`) // of whole rows it would be 375 MB
  same(loaded.decide(GOOD).rule, kinds.decide(GOOD).rule)
})

test("an open enum or a string with thousands of values and patterns is read in a moment", () => {
  const start = performance.now()
  const table = changed("strings", (content) => {
    const text = content.attributes.find((item) => item.name === "text")
    const { holds, fails } = text.patterns[0]
    text.patterns = Array.from({ length: 3_000 }, (_, i) => ({ pieces: [`p${i}`, ""], holds, fails }))
    text.literals = Array.from({ length: 5_000 }, (_, i) => `l${String(i).padStart(5, "0")}`)
    text.rows = text.literals.map(() => text.other)
  })
  assert.equal(table.decide({ text: "l00001" }).policy, "strings")
  assert.ok(performance.now() - start < 5_000)
})

test("a lone surrogate is told before any other fault", () => {
  const text = read("tables/kinds.json").toString().replace('"format_version":1', '"format_version":2,"x":"\\ud800"')
  assert.throws(() => load(text), { name: "TableError", reason: "json" })
})

test("after refuses what is no class and what is no decision of the table", () => {
  const decision = kinds.decide(GOOD)
  const other = tableOf("walks").decide({ route: 0 })
  for (const [given, error] of [
    [decision, "unavailable"],
    [decision, undefined],
    [decision, "__proto__"],
    [decision, { toString: null }],
    [other, "timeout"],
    [{ ...decision }, "timeout"],
    [null, "timeout"],
    ["x", "timeout"],
  ]) {
    assert.throws(() => kinds.after(given, error), TypeError)
  }
  const again = load(read("tables/kinds.json"))
  same(again.after(decision, "timeout"), kinds.after(decision, "timeout")) // the same table, loaded anew
})

test("no key of a request is in what is logged of its decision", () => {
  const walks = tableOf("walks")
  const decision = walks.decide({ route: 0, session: "secret" })
  for (const text of [
    JSON.stringify(decision),
    JSON.stringify({ ...decision }),
    canonical(walks.record({ route: 0, session: "secret" })),
  ]) {
    assert.ok(!text.includes("secret"), text)
  }
  assert.equal(Object.keys(decision).length, 12)
})

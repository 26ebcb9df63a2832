import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { after, test } from "node:test"
import { Live } from "../dist/esm/index.js"
import { LiveFile, loadFile } from "../dist/esm/node.js"
import { json, read, sealed, tableOf } from "./tables.mjs"

const folder = mkdtempSync(`${tmpdir()}/interlock-`)
after(() => rmSync(folder, { recursive: true }))
const KINDS = read("tables/kinds.json")
const WALKS = read("tables/walks.json")
const BROKEN = [
  ["", "json"],
  ["{}", "format"],
  [KINDS.subarray(0, KINDS.length / 2), "json"],
  [KINDS.toString().replace('"policy":"kinds"', '"policy":"other"'), "digest"],
  [sealed({ ...json("tables/kinds.json"), invalid: 99 }), "bounds"],
]

test("a table is put in place whole, and a broken one is refused while the old serves on", () => {
  const live = new Live(KINDS)
  const old = live.table
  for (const [source, reason] of BROKEN) {
    assert.throws(() => live.replace(source), { name: "TableError", reason })
    assert.equal(live.table, old)
    assert.throws(() => new Live(source), { reason })
  }
  const before = old.decide({ beta: true, home: "us_east", tokens: 6 })
  const table = live.replace(WALKS)
  assert.equal(live.table, table)
  assert.equal(table.policy, "walks")
  assert.equal(old.after(before, "timeout").policy, "kinds") // a walk ends with the table it began with
  assert.throws(() => table.after(before, "timeout"), /another table's/)
})

test("a file: reload puts its table in place, or throws and the old one serves on", () => {
  const path = `${folder}/reload.json`
  assert.throws(() => new LiveFile(path), { code: "ENOENT" })
  writeFileSync(path, KINDS)
  const live = new LiveFile(path)
  assert.equal(live.table.version, loadFile(path).version)
  writeFileSync(path, WALKS)
  assert.equal(live.table.policy, "kinds")
  assert.equal(live.reload(), live.table)
  assert.equal(live.table.policy, "walks")
  for (const [source, reason] of BROKEN) {
    writeFileSync(path, source)
    assert.throws(() => live.reload(), { reason })
  }
  rmSync(path)
  assert.throws(() => live.reload(), { code: "ENOENT" })
  assert.equal(live.table.policy, "walks")
})

/** What the watcher tells, one by one. */
function watched(live) {
  const told = []
  let wake = () => undefined
  const tell = (what) => {
    told.push(what)
    wake()
  }
  const end = live.watch({ everyMs: 20, swapped: (table) => tell(table.policy), refused: (error) => tell(error) })
  const next = async () => {
    const late = setTimeout(() => tell(new Error("nothing was told")), 10_000)
    while (told.length === 0) await new Promise((resolve) => (wake = resolve))
    clearTimeout(late)
    return told.shift()
  }
  return { next, end, told }
}

test("a file that is watched: written anew, broken, gone, and back", async () => {
  const path = `${folder}/watch.json`
  const put = (content) => {
    writeFileSync(`${path}.new`, content)
    renameSync(`${path}.new`, path)
  }
  put(KINDS)
  const live = new LiveFile(path)
  const { next, end, told } = watched(live)
  await new Promise((resolve) => setTimeout(resolve, 100)) // the first look has been
  put(WALKS)
  assert.equal(await next(), "walks")
  put("{}")
  assert.equal((await next()).reason, "format")
  assert.equal(live.table.policy, "walks")
  rmSync(path)
  assert.equal((await next()).code, "ENOENT")
  put(KINDS)
  assert.equal(await next(), "kinds")
  end()
  put(WALKS)
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.deepEqual(told, [])
  assert.equal(live.table.policy, "kinds")
})

test("a link that is led elsewhere, as Kubernetes does with a mounted file", async () => {
  for (const [name, content] of [
    ["one", KINDS],
    ["two", WALKS],
  ]) {
    mkdirSync(`${folder}/${name}`)
    writeFileSync(`${folder}/${name}/table.json`, content)
  }
  symlinkSync("one", `${folder}/data`)
  const live = new LiveFile(`${folder}/data/table.json`)
  const { next, end } = watched(live)
  await new Promise((resolve) => setTimeout(resolve, 100))
  symlinkSync("two", `${folder}/data.new`)
  renameSync(`${folder}/data.new`, `${folder}/data`)
  assert.equal(await next(), "walks")
  assert.equal(live.table, live.table)
  end()
})

test("unless told otherwise, a refusal is said on standard error", async (t) => {
  const path = `${folder}/loud.json`
  writeFileSync(path, KINDS)
  const said = t.mock.method(console, "error", () => undefined)
  const live = new LiveFile(path)
  const end = live.watch({ everyMs: 20 })
  await new Promise((resolve) => setTimeout(resolve, 100))
  writeFileSync(path, "[]")
  for (let i = 0; i < 200 && said.mock.callCount() === 0; i++) await new Promise((resolve) => setTimeout(resolve, 20))
  end()
  assert.match(said.mock.calls[0].arguments[0], /loud\.json cannot be used, the old table serves on: .*JSON object/)
  assert.equal(live.table.version, tableOf("kinds").version)
})

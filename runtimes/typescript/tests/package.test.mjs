// The package as npm packs it, for who imports or requires it, and for TypeScript under each way of resolving modules.
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { after, test } from "node:test"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import * as esbuild from "esbuild"

const root = fileURLToPath(new URL("../", import.meta.url))
const tables = fileURLToPath(new URL("../../vectors/tables/", import.meta.url))
const folder = mkdtempSync(`${tmpdir()}/interlock-`)
after(() => rmSync(folder, { recursive: true }))
const installed = `${folder}/node_modules/@interlock/runtime`

const packed = JSON.parse(
  execFileSync("npm", ["pack", "--json", "--silent", "--pack-destination", folder], { cwd: root }),
)[0]
mkdirSync(installed, { recursive: true })
execFileSync("tar", ["-xf", `${folder}/${packed.filename}`, "-C", installed, "--strip-components=1"])
mkdirSync(`${folder}/node_modules/@types`)
cpSync(`${root}node_modules/@opentelemetry`, `${folder}/node_modules/@opentelemetry`, { recursive: true })

/** Runs a file of the consumer's. */
function go(name, text) {
  writeFileSync(`${folder}/${name}`, text)
  return execFileSync(process.execPath, [name], { cwd: folder, encoding: "utf8" })
}

const SAY = `
const table = loadFile(${JSON.stringify(`${tables}kinds.json`)})
const { policy, pool } = table.decide({ beta: true, home: "us_east", tokens: 6 })
const known = [ERROR_CLASSES.length, typeof load, typeof startHop, new LiveFile(${JSON.stringify(`${tables}walks.json`)}).table.policy]
console.log(policy, pool !== null, ...known)
`

test("the package holds what it is to hold", () => {
  const names = packed.files.map((file) => file.path).filter((path) => !path.startsWith("dist/"))
  assert.deepEqual(names.sort(), ["LICENSE", "README.md", "package.json"])
  const source = readdirSync(`${root}src`).map((name) => name.replace(/ts$/, "js"))
  for (const kind of ["esm", "cjs"]) {
    const made = readdirSync(`${installed}/dist/${kind}`).filter((name) => name.endsWith(".js"))
    assert.deepEqual(made.sort(), source.sort())
  }
})

test("imported and required", () => {
  const names = (word) => [
    `{ ERROR_CLASSES, load } ${word}("@interlock/runtime")`,
    `{ LiveFile, loadFile } ${word}("@interlock/runtime/node")`,
    `{ startHop } ${word}("@interlock/runtime/otel")`,
  ]
  const esm = names("from").map((line) => `import ${line.replace(/\((.*)\)/, "$1")}\n`)
  const cjs = names("= require").map((line) => `const ${line}\n`)
  assert.equal(go("a.mjs", esm.join("") + SAY), "kinds true 7 function function walks\n")
  assert.equal(go("a.cjs", cjs.join("") + SAY), "kinds true 7 function function walks\n")
})

test("without OpenTelemetry, the rest is there", () => {
  const alone = `${folder}/alone`
  mkdirSync(`${alone}/node_modules/@interlock`, { recursive: true })
  cpSync(installed, `${alone}/node_modules/@interlock/runtime`, { recursive: true })
  const text =
    'import { load } from "@interlock/runtime"; import { LiveFile } from "@interlock/runtime/node"; console.log(typeof load, typeof LiveFile)'
  assert.equal(go("alone/a.mjs", text), "function function\n")
})

const CORE = `
import { type Decision, type ErrorClass, type Explanation, type Reason, ServingState, Live, TableError, canonical, load } from "@interlock/runtime"

export function use(text: string): string {
  const table = load(text)
  const decision: Decision = table.decide({})
  const error: ErrorClass = "timeout"
  const after: Decision = table.after(decision, error)
  const why: Explanation = table.explain(null)
  const pool: string | null = after.pool
  const { permit } = new ServingState(() => 0).admit(table, decision)
  permit?.done(null)
  new Live(text).replace(new Uint8Array())
  return canonical([pool, why])
}
export function reason(error: unknown): Reason | null {
  return error instanceof TableError ? error.reason : null
}
// @ts-expect-error: no class
export const wrong: ErrorClass = "unavailable"
export function changed(decision: Decision): void {
  // @ts-expect-error: it never changes
  decision.pool = "other"
}
export function copied(decision: Decision): Decision {
  // @ts-expect-error: a copy of a decision is none
  return { ...decision }
}
`

const USE = `${CORE}
import { LiveFile, loadFile } from "@interlock/runtime/node"
import { type HopSpan, startHop } from "@interlock/runtime/otel"
import type { Tracer } from "@opentelemetry/api"

export function serve(path: string, tracer: Tracer): HopSpan {
  const table = new LiveFile(path).table
  return startHop(tracer, loadFile(new URL(path)), table.record({}, ["timeout"]))
}
`
const ES = ["es2022"]
const DOM = ["es2022", "dom"] // of which the types of OpenTelemetry need `console`

for (const [name, files, lib, text, options] of [
  ["the core, where there is nothing but the language", ["use.mts"], ES, CORE, { module: "nodenext" }],
  ["nodenext", ["use.mts", "use.cts"], DOM, USE, { module: "nodenext" }],
  ["node16", ["use.cts"], DOM, USE, { module: "node16" }],
  ["a bundler", ["use.ts"], DOM, USE, { module: "esnext", moduleResolution: "bundler" }],
]) {
  test(`types for ${name}`, () => {
    const here = mkdtempSync(`${folder}/types-`)
    symlinkSync(`${folder}/node_modules`, `${here}/node_modules`)
    for (const file of files) writeFileSync(`${here}/${file}`, text)
    const compilerOptions = {
      ...options,
      target: "es2022",
      lib,
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      preserveSymlinks: true,
      outDir: "out",
    }
    writeFileSync(`${here}/tsconfig.json`, JSON.stringify({ compilerOptions, files }))
    writeFileSync(`${here}/package.json`, '{ "type": "module" }')
    const tsc = `${root}node_modules/typescript/bin/tsc`
    const done = (() => {
      try {
        return execFileSync(process.execPath, [tsc, "-p", "."], { cwd: here, encoding: "utf8" })
      } catch (error) {
        return error.stdout
      }
    })()
    assert.equal(done, "")
  })
}

test("the size is what the README says", async () => {
  const entryPoints = [`${installed}/dist/esm/index.js`]
  const made = await esbuild.build({ entryPoints, bundle: true, minify: true, format: "esm", write: false })
  const { contents } = made.outputFiles[0]
  const sizes = [contents, gzipSync(contents)].map((bytes) => Math.round(bytes.length / 1000))
  const readme = readFileSync(`${root}README.md`, "utf8")
  const said = /is (\d+) KB as esbuild bundles and minifies it, (\d+) KB after gzip/.exec(readme).slice(1).map(Number)
  sizes.forEach((size, i) => assert.ok(Math.abs(size - said[i]) <= 1, `${sizes}`))
})

test("the core needs nothing of Node.js", () => {
  for (const kind of ["esm", "cjs"]) {
    for (const name of readdirSync(`${installed}/dist/${kind}`)) {
      if (!name.endsWith(".js") || name === "node.js") continue
      const text = readFileSync(`${installed}/dist/${kind}/${name}`, "utf8")
      const outside = [...text.matchAll(/(?:from|require\(|import\() ?"([^"]+)"/g)].map((found) => found[1])
      for (const path of outside.filter((path) => !path.startsWith("./"))) {
        assert.equal(`${name} ${path}`, "otel.js @opentelemetry/api")
      }
      assert.ok(!/\b(eval|process|Buffer)\b|new Function/.test(text.replace(/\/\*[^]*?\*\/|\/\/.*/g, "")), name)
    }
  }
})

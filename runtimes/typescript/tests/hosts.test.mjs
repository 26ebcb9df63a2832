// The vectors in other hosts, where these are here: workerd (npm ci in tests/hosts) and a headless Chromium.
import assert from "node:assert/strict"
import { execFile, execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { after, test } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import * as esbuild from "esbuild"
import { edited, json, read, vectors } from "./tables.mjs"

const hosts = fileURLToPath(new URL("hosts/", import.meta.url))
const folder = mkdtempSync(`${tmpdir()}/interlock-`)
after(() => rmSync(folder, { recursive: true }))

const filesOf = (name) => readdirSync(new URL(name, vectors)).map((file) => json(`${name}/${file}`))
const casesOf = (...names) => names.flatMap(filesOf).flatMap(({ table, cases }) => cases.map((c) => ({ ...c, table })))
const data = {
  tables: Object.fromEntries(
    readdirSync(new URL("tables", vectors)).map((file) => [file.replace(".json", ""), String(read(`tables/${file}`))]),
  ),
  decided: casesOf("decide", "requests", "walks"),
  explained: casesOf("explain"),
  recorded: casesOf("record"),
  refused: casesOf("refuse").map((c) => {
    const bytes = Buffer.from(edited(c.table, c)).toString("base64")
    return { name: c.name, table: c.table, reason: c.reason, bytes }
  }),
  served: casesOf("serving"),
  hashed: json("hash.json").cases,
}
const all = Object.values(data).reduce((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0)

/** A bundle of the check with all that it is to ask; `rest` says what becomes of its answer. */
async function bundle(outfile, rest) {
  writeFileSync(`${folder}/data.json`, JSON.stringify(data))
  const contents = `import { check } from ${JSON.stringify(`${hosts}check.mjs`)}
import data from ${JSON.stringify(`${folder}/data.json`)}
${rest}`
  const stdin = { contents, resolveDir: hosts, loader: "js" }
  await esbuild.build({ stdin, outfile, bundle: true, format: "esm", platform: "neutral", target: "es2022" })
}

function isMissing(t, what) {
  t.diagnostic(`NOT TESTED: ${what}`)
  t.skip(what)
}

test("in workerd", async (t) => {
  const workerd = `${hosts}node_modules/.bin/workerd`
  if (!existsSync(workerd) && process.env["CI"] !== "true")
    // where CI is, `test` has installed it
    return isMissing(t, "workerd is not installed (npm ci in runtimes/typescript/tests/hosts)")
  await bundle(
    `${folder}/worker.mjs`,
    `export default {
      test() {
        const { cases, failed } = check(data)
        console.log(JSON.stringify({ cases, failed, agent: navigator.userAgent }))
        if (failed.length > 0) throw new Error(failed.join("; "))
      },
    }`,
  )
  writeFileSync(
    `${folder}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .main)]);
const main :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "2024-09-23",
);
`,
  )
  const done = await promisify(execFile)(workerd, ["test", `${folder}/config.capnp`]).catch((error) => error)
  const [told] = /\{"cases".*\}/.exec(done.stdout + done.stderr) ?? []
  assert.ok(told !== undefined, done.stdout + done.stderr)
  assert.deepEqual(JSON.parse(told), { cases: all, failed: [], agent: "Cloudflare-Workers" })
  assert.equal(done.code, undefined)
})

test("in a browser", async (t) => {
  const name = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].find((program) => {
    try {
      execFileSync("/bin/sh", ["-c", `command -v ${program}`])
      return true
    } catch {
      return false
    }
  })
  if (name === undefined) return isMissing(t, "there is no Chromium")
  await bundle(`${folder}/page.mjs`, "document.title = JSON.stringify(check(data))")
  const script = read(new URL(`file://${folder}/page.mjs`))
  // As a page's own policy would have it, nothing may make code of a text.
  const policy = "default-src 'none'; script-src 'unsafe-inline'"
  writeFileSync(
    `${folder}/page.html`,
    `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<title>no answer</title><script type="module">${String(script).replaceAll("</script", "<\\/script")}</script>`,
  )
  const given = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    `--user-data-dir=${folder}/profile`,
    "--virtual-time-budget=60000",
  ]
  const page = `file://${folder}/page.html`
  const options = { maxBuffer: 1 << 28, timeout: 120_000 }
  const { stdout } = await promisify(execFile)(name, [...given, "--dump-dom", page], options)
  const [, title] = /<title>(.*?)<\/title>/s.exec(stdout) ?? []
  assert.equal(title, JSON.stringify({ cases: all, failed: [] }))
})

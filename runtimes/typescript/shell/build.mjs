// Makes dist/ of src/ where that is needed: what `run`, `bench` and `test` begin with. Says nothing unless it fails.
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../", import.meta.url))
const LOCK_MS = 300_000 // after so long a lock is left over from a process that was killed

/** Milliseconds; 0 where there is no such file. @param {string} path */
function age(path) {
  return statSync(root + path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function isStale() {
  const sources = readdirSync(root + "src").map((name) => "src/" + name)
  const made = age("dist/built")
  return ["package.json", "tsconfig.json", "tsconfig.cjs.json", "src", ...sources].some((path) => age(path) > made)
}

function isUninstalled() {
  return age("node_modules/.package-lock.json") < Math.max(age("package-lock.json"), age("package.json"))
}

/** @param {string} command @param {string[]} rest */
function go(command, ...rest) {
  const done = spawnSync(command, rest, { cwd: root, encoding: "utf8", shell: process.platform === "win32" })
  if (done.status === 0) return
  throw new Error(`${[command, ...rest].join(" ")} failed:\n${done.error?.message ?? done.stdout + done.stderr}`)
}

function make() {
  if (isUninstalled()) {
    go("npm", "ci", "--silent", "--no-audit", "--no-fund")
    writeFileSync(root + "node_modules/.package-lock.json", "", { flag: "a" })
  }
  if (!isStale()) return
  // Into a folder of its own, and then moved: whoever runs meanwhile has a whole one.
  const made = `dist.${process.pid}`
  const tsc = "node_modules/typescript/bin/tsc"
  try {
    go(process.execPath, tsc, "-p", "tsconfig.json", "--outDir", `${made}/esm`)
    go(process.execPath, tsc, "-p", "tsconfig.cjs.json", "--outDir", `${made}/cjs`)
    writeFileSync(`${root}${made}/cjs/package.json`, '{ "type": "commonjs" }\n')
    writeFileSync(`${root}${made}/built`, "")
    rmSync(root + "dist", { recursive: true, force: true })
    renameSync(root + made, root + "dist")
  } finally {
    rmSync(root + made, { recursive: true, force: true })
  }
}

/** Throws an Error with what npm or the compiler said. */
export function build() {
  if (!isUninstalled() && !isStale()) return
  const lock = root + ".building"
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error
      if (Date.now() - age(".building") > LOCK_MS) rmSync(lock, { recursive: true, force: true })
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    }
  }
  try {
    make()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    build()
  } catch (error) {
    console.error(/** @type {Error} */ (error).message)
    process.exitCode = 2
  }
}

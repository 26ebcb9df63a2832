// bundle.mjs FILE: the runtime as one JavaScript module, for where nothing is built. `interlock emit cloudflare` copies
// such a file, so it is committed: compiler/targets/cloudflare/worker/interlock_runtime.js. Same sources, same bytes.
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))
const [target] = process.argv.slice(2)
if (target === undefined) {
  console.error("usage: bundle.mjs FILE")
  process.exit(2)
}
const made = await build({
  absWorkingDir: root,
  entryPoints: ["src/index.ts"],
  bundle: true,
  format: "esm",
  platform: "neutral", // an import of Node's own modules is an error
  target: "es2022",
  legalComments: "none",
  metafile: true,
  write: false,
})
const sources = Object.keys(made.metafile.inputs).sort()
const hash = createHash("sha256")
for (const name of sources) hash.update(readFileSync(`${root}${name}`))
const head = [
  "// Interlock's runtime for TypeScript, in one file. Made by runtimes/typescript/shell/bundle.mjs; do not edit.",
  `// SHA-256 of ${sources.join(" ")}: ${hash.digest("hex")}`,
]
writeFileSync(target, `${head.join("\n")}\n${made.outputFiles[0]?.text}`)

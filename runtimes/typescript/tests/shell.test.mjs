// `run`, `run --batch` and `bench`, from a shell.
import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { after, test } from "node:test"
import { fileURLToPath } from "node:url"
import { canonical } from "../dist/esm/index.js"
import { read, tableOf, vectors } from "./tables.mjs"

const here = fileURLToPath(new URL("../", import.meta.url))
const KINDS = fileURLToPath(new URL("tables/kinds.json", vectors))
const GOOD = '{"beta":true,"home":"us_east","tokens":6}'
const kinds = tableOf("kinds")

const folder = mkdtempSync(`${tmpdir()}/interlock-`)
after(() => rmSync(folder, { recursive: true }))
let files = 0
const file = (content) => {
  const path = `${folder}/a file ${files++}`
  writeFileSync(path, content)
  return path
}
const run = (given, input = "", program = "run") => spawnSync(here + program, given, { cwd: "/", input })
const line = (request, ...errors) => {
  const decision = errors.reduce((at, error) => kinds.after(at, error), kinds.decideText(request))
  return canonical(decision) + "\n"
}

test("run decides each line, an empty one and a last one without a newline too, and bytes that are no text", () => {
  const long = `{"more":"${"é".repeat(100_000)}",${GOOD.slice(1)}`
  const lines = [GOOD, "", "{}\r", '{"beta":\0}', Buffer.from([255]), "[1]", long, GOOD]
  const input = Buffer.concat(
    lines.flatMap((text, i) => (i === 0 ? [Buffer.from(text)] : [Buffer.from("\n"), Buffer.from(text)])),
  )
  const wanted = line(GOOD) + line("") + line("{}") + line("").repeat(3) + line(GOOD) + line(GOOD)
  const path = file(input)
  for (const done of [run([KINDS, path]), run([KINDS, "-"], input)]) {
    assert.equal(String(done.stdout), wanted)
    assert.equal(String(done.stderr), "")
    assert.equal(done.status, 0)
  }
  assert.equal(String(run([KINDS, "-"], input + "\n").stdout), wanted)
  assert.equal(String(run([KINDS, "/dev/null"]).stdout), "")
})

test("run passes over a byte order mark at the start of the file, and nowhere else", () => {
  const mark = "\ufeff"
  for (const [input, wanted] of [
    [`${mark}${GOOD}\n${mark}${GOOD}`, line(GOOD) + line("")],
    [`${mark}${mark}${GOOD}`, line("")],
    [mark, line("")],
    [`${mark}\n`, line("")],
  ]) {
    assert.equal(String(run([KINDS, "-"], input).stdout), wanted)
  }
})

test("run --after decides after these errors", () => {
  const wanted = line(GOOD, "overloaded", "timeout") + line("{}", "overloaded", "timeout")
  for (const given of [
    [KINDS, "-", "--after", "overloaded,timeout"],
    ["--after=overloaded,timeout", KINDS, "-"],
  ]) {
    assert.equal(String(run(given, `${GOOD}\n{}\n`).stdout), wanted)
  }
})

test("run says what it cannot do, with exit code 2 and nothing on standard output", () => {
  const requests = file(GOOD)
  for (const [given, part] of [
    [[], "usage"],
    [[KINDS], "usage"],
    [[KINDS, "a", "b"], "usage"],
    [[KINDS, "a", "--after"], "usage"],
    [[KINDS, "a", "--before", "b"], "usage"],
    [["--batch", "more"], "usage"],
    [[KINDS, "/nothing/here"], "/nothing/here"],
    [["/nothing/here", requests], "/nothing/here"],
    [[requests, requests], "format"],
    [[KINDS, requests, "--after", "x"], "no error class"],
    [[KINDS, requests, "--after", ""], "no error class"],
    [[KINDS, requests, "--after", "timeout,"], "no error class"],
    [[KINDS, "/"], "EISDIR"],
    [["/", requests], "EISDIR"],
  ]) {
    const done = run(given)
    assert.equal(String(done.stdout), "", given.join(" "))
    assert.equal(done.status, 2, given.join(" "))
    assert.ok(String(done.stderr).includes(part), `${given.join(" ")}: ${done.stderr}`)
    assert.ok(!/\n +at /.test(String(done.stderr)), String(done.stderr)) // no stack
  }
})

test("run --batch answers each command in a line", () => {
  const spaced = file(read("tables/kinds.json"))
  const text = canonical(kinds.explainText(GOOD))
  const asked = [
    [`decide - ${GOOD}`, "error no table is loaded"],
    [`load ${KINDS}`, `loaded ${kinds.version}`],
    [`load ${spaced}`, `loaded ${kinds.version}`],
    [`decide - ${GOOD}`, line(GOOD)],
    [`decide timeout,timeout ${GOOD}`, line(GOOD, "timeout", "timeout")],
    ["decide - ", line("")],
    ["decide -", "error decide: a field is missing"],
    ["decide", "error decide: a field is missing"],
    ["decide x {}", 'error "x" is no error class'],
    ["decide  {}", 'error "" is no error class'],
    ["load /nothing/here", "error ENOENT"],
    ["load", "error "],
    ["load /\0", "error "],
    [`load ${file("{}")}`, "refused format "],
    [`load ${file("{\n")}`, "refused json "],
    [`decide - a\0b ${GOOD}`, line("")],
    ["", 'error unknown command ""'],
    [" ", 'error unknown command ""'],
    ["nothing at all", 'error unknown command "nothing"'],
    [`explain ${GOOD}`, text],
    [`explain  ${GOOD} `, text],
    ["explain ", canonical(kinds.explainText(""))],
    ["explain", "error explain: a field is missing"],
    [`record timeout ${GOOD}`, canonical(kinds.recordText(GOOD, ["timeout"]))],
    [`record - \xff`, canonical(kinds.recordText(""))],
    ["record nobody {}", 'error "nobody" is no error class'],
    ["\xff\0", "error unknown command"],
    [`decide - ${GOOD}`, line(GOOD)],
  ]
  const done = run(["--batch"], Buffer.from(asked.map(([command]) => command).join("\n"), "latin1"))
  assert.equal(String(done.stderr), "")
  assert.equal(done.status, 0)
  const answers = String(done.stdout).split("\n")
  assert.equal(answers.pop(), "")
  assert.equal(answers.length, asked.length)
  asked.forEach(([command, wanted], i) => {
    if (wanted.startsWith("{")) assert.equal(answers[i] + "\n", wanted.trimEnd() + "\n", command)
    else assert.ok(answers[i].startsWith(wanted), `${command}: ${answers[i]}`)
  })
})

test("run --batch answers at once, also while the next command is half written", async () => {
  const child = spawn(here + "run", ["--batch"], { stdio: ["pipe", "pipe", "inherit"] })
  const answers = child.stdout.setEncoding("utf8")[Symbol.asyncIterator]()
  for (const part of [`load ${KINDS}\ndec`, `ide - ${GOOD}\ndecide`, ` - ${GOOD}\n`]) {
    child.stdin.write(part)
    const { value } = await answers.next()
    assert.ok(value.endsWith("\n") && value.indexOf("\n") === value.length - 1, value)
  }
  child.stdin.end()
  assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0)
})

test("run ends quietly when nobody reads on", () => {
  const requests = file(`${GOOD}\n`.repeat(200_000))
  const done = spawnSync("/bin/sh", ["-c", `"${here}run" "${KINDS}" "${requests}" | head -n 1`])
  assert.equal(String(done.stdout), line(GOOD))
  assert.equal(String(done.stderr), "")
})

test("bench tells how long a decision takes, and the hash of the answers", () => {
  const done = run([KINDS, file(`${GOOD}\n{}\nno JSON\n`)], "", "bench")
  assert.equal(done.status, 0, String(done.stderr))
  const told = JSON.parse(done.stdout)
  const answers = line(GOOD) + line("{}") + line("")
  assert.equal(told.answers_sha256, createHash("sha256").update(answers).digest("hex"))
  assert.equal(told.language, "typescript")
  assert.ok(told.p50_ns > 0 && told.p99_ns >= told.p50_ns && told.load_ms > 0)
  for (const given of [[], [KINDS], [KINDS, "/nothing"], [KINDS, "/dev/null"]])
    assert.equal(run(given, "", "bench").status, 2)
})

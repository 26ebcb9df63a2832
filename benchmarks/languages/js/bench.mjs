// Times one peer over a case, and prints one JSON object: node FLAGS bench.mjs CASE.json PEER (FLAGS: engines.py).
// Exit code 3: the peer decides a request differently, which standard error names, and nothing was timed.
import { readFileSync } from "node:fs"
import { loaded, measure } from "./clock.mjs"

const PEERS = { "if-chain": "if_chain", JsonLogic: "json_logic", Cedar: "cedar", Portkey: "portkey" }

const [casePath, name] = process.argv.slice(2)
const { version, load, form = (request) => request } = await import(`./${PEERS[name]}.mjs`)
const given = JSON.parse(readFileSync(casePath, "utf8"))
const requests = given.requests.map(form)
const { value: peer, ...cost } = loaded(() => load(given))
if (peer.isCode) cost.load_ms = null // a part of the program
if (peer.isCode || peer.isOutside) cost.table_bytes = null // not in JavaScript's heap
for (const [i, request] of requests.entries()) {
  const got = peer.rule(request)
  if (got === given.expected[i]) continue
  const asked = JSON.stringify(given.requests[i])
  console.error(`${name} decides differently: by rule ${got}, not by ${given.expected[i]}, for ${asked}`)
  process.exit(3)
}
console.log(JSON.stringify({ version, ...measure(requests, peer.decide), allocations: null, ...cost }))

// How time is taken: rounds in which all requests are decided, so often that a round takes a millisecond.
const WARM_UP_NS = 300_000_000
const SHORTEST_NS = 1_000_000
const TOO_LONG_NS = 250_000_000
const BUDGET_NS = 6_000_000_000 // what the rounds of a slow engine take together
const MOST = 400 // rounds
const FEWEST = 5

const COUNTED = 20 // decisions whose memory is counted: few, so that none is collected meanwhile

/** Figures per decision. `decide` is asked about each of `all`, a slow one about the first ones only. */
export function measure(all, decide) {
  const once = timed(() => {
    for (const request of all) decide(request)
  })
  const requests = once > TOO_LONG_NS ? all.slice(0, Math.ceil((all.length * TOO_LONG_NS) / once)) : all
  const round = () => {
    for (let i = 0; i < requests.length; i++) decide(requests[i])
  }
  let passes = 0
  let spent = 0
  for (; spent < WARM_UP_NS; passes++) spent += timed(round)
  const pass = spent / passes
  passes = Math.ceil(SHORTEST_NS / pass)
  const count = Math.min(MOST, Math.max(FEWEST, Math.floor(BUDGET_NS / (pass * passes))))
  const rounds = Array.from({ length: count }, () => {
    const taken = timed(() => {
      for (let i = 0; i < passes; i++) round()
    })
    return taken / (passes * requests.length)
  }).sort((a, b) => a - b)
  return {
    p50_ns: rounds[Math.floor(count / 2)],
    p99_ns: rounds[Math.floor(count * 0.99)],
    rounds: count,
    requests: requests.length,
    allocated_bytes: allocated(requests.slice(0, COUNTED), decide),
  }
}

/** Bytes that a decision takes from the heap: the median of some tries, less what looking takes. */
function allocated(requests, decide) {
  const kept = new Array(COUNTED).fill(null) // so that none is optimized away
  const taken = (asked) =>
    middle(() => {
      memory()
      const before = process.memoryUsage().heapUsed
      for (let i = 0; i < asked.length; i++) kept[i] = decide(asked[i])
      return process.memoryUsage().heapUsed - before
    })
  return Math.round((taken(requests) - taken([])) / requests.length)
}

function middle(figure) {
  return Array.from({ length: 9 }, figure).sort((a, b) => a - b)[4]
}

/** What was loaded, and medians: {value, load_ms, table_bytes}. */
export function loaded(load) {
  const load_ms = middle(() => timed(load)) / 1e6
  let value
  const table_bytes = middle(() => {
    value = undefined
    const before = memory()
    value = load()
    return memory() - before
  })
  return { value, load_ms, table_bytes }
}

/** Nanoseconds. */
function timed(what) {
  const start = process.hrtime.bigint()
  what()
  return Number(process.hrtime.bigint() - start)
}

/** Bytes in use, garbage not included. */
function memory() {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

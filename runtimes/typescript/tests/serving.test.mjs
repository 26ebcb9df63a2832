// The serving state against a plain model of docs/serving.md, which keeps all outcomes and counts tokens in BigInt.
import assert from "node:assert/strict"
import { test } from "node:test"
import { ServingState, canonical } from "../dist/esm/index.js"
import { changed, random, tableOf } from "./tables.mjs"

const FAILURES = ["overloaded", "rate_limited", "server_error", "timeout", "unreachable"]
const CLASSES = [...FAILURES, "context_overflow", "refused", null]
const MAX = Number.MAX_SAFE_INTEGER

/** One upstream, as the table's JSON has it. */
class Plain {
  constructor({ limit, breaker }, now) {
    Object.assign(this, { limit, breaker, filled: now, state: "closed", since: 0, era: 0, outcomes: [] })
    if (limit) {
      this.period = { s: 1_000n, min: 60_000n }[limit.per]
      this.units = BigInt(limit.burst) * this.period
    }
  }

  /** "overloaded", a status, or the era of a request that is let through as a list. */
  ask(now) {
    if (this.state !== "closed" && now < this.since + this.breaker.probe_ms) return "overloaded"
    if (this.limit) {
      const full = BigInt(this.limit.burst) * this.period
      this.units += BigInt(now - this.filled) * BigInt(this.limit.count)
      if (this.units > full) this.units = full
      this.filled = now
      if (this.units < this.period) return this.limit.status ?? "overloaded"
      this.units -= this.period
    }
    if (this.state !== "closed") Object.assign(this, { state: "half-open", since: now, era: this.era + 1 })
    return [this.era]
  }

  told(era, error, now) {
    if (!this.breaker || era !== this.era) return
    const failed = FAILURES.includes(error)
    if (this.state === "half-open") {
      Object.assign(this, { state: failed ? "open" : "closed", since: now, era: era + 1, outcomes: [] })
      return
    }
    this.outcomes.push([now, failed])
    const length = BigInt(Math.max(1, Math.ceil(this.breaker.window_ms / 10)))
    const slice = (at) => (BigInt(at) - (((BigInt(at) % length) + length) % length)) / length // the floor, also below 0
    const counted = this.outcomes.filter(([at]) => slice(at) > slice(now) - 10n)
    const failures = counted.filter(([, bad]) => bad).length
    const { requests, share } = this.breaker
    if (counted.length >= requests && BigInt(failures) * 10_000n >= BigInt(share) * BigInt(counted.length)) {
      Object.assign(this, { state: "open", since: now, era: era + 1, outcomes: [] })
    }
  }
}

/** The table of walks with other limits and breakers; its upstreams as JSON. */
function limited(draw) {
  let upstreams
  const big = draw.chance(5)
  const amount = (small) => (big ? draw.oneOf([0, 1, 999, 1_001, 2 ** 52 + 1, MAX - 1, MAX]) : draw.next(small))
  const table = changed("walks", (content) => {
    for (const upstream of content.upstreams) {
      upstream.limit = upstream.breaker = null
      if (!draw.chance(3)) {
        const status = draw.oneOf([null, 429])
        upstream.limit = { count: amount(20), per: draw.oneOf(["s", "min"]), burst: amount(6), status }
      }
      if (!draw.chance(3)) {
        const [share, requests] = [amount(10_001), big ? draw.next(4) : draw.next(8)]
        upstream.breaker = { share, requests, window_ms: amount(300), probe_ms: amount(200) }
      }
    }
    upstreams = new Map(content.upstreams.map((upstream) => [upstream.name, upstream]))
  })
  return { table, upstreams, big }
}

test("random limits, breakers and requests: the serving state and the plain model agree", () => {
  const met = { sent: 0, overloaded: 0, limited: 0, opened: 0, probes: 0 }
  for (let seed = 0; seed < 60; seed++) {
    const draw = random(seed)
    const { table, upstreams, big } = limited(draw)
    let clock = draw.oneOf([0, 5, -70, 1_000_000])
    let latest = clock
    const state = new ServingState(() => {
      latest = Math.max(latest, clock) // of the times that were asked for
      return clock
    })
    const plain = new Map([...upstreams].map(([name, upstream]) => [name, new Plain(upstream, clock)]))
    const pending = []
    for (let step = 0; step < 500; step++) {
      clock += draw.oneOf(big ? [0, 1, -3, 59_999, 2 ** 43 + 1] : [0, 0, 1, 7, 40, 300, -5])
      if (pending.length > 0 && draw.chance(2)) {
        const { permit, era } = pending.splice(draw.next(pending.length), 1)[0]
        const error = draw.oneOf(CLASSES)
        const gate = plain.get(permit.upstream)
        const before = gate.state
        permit.done(error)
        gate.told(era, error, latest)
        if (before !== "open" && gate.state === "open") met.opened++
        permit.done("timeout") // the second time changes nothing
        continue
      }
      const first = table.decide({ route: draw.next(4), session: `s-${draw.next(9)}` })
      const { decision, permit, errors } = state.admit(table, first)
      const passed = met.overloaded
      const where = `seed ${seed}, step ${step}`
      let wanted = first
      let fail = null
      let era = null
      while (wanted.fail === null && fail === null) {
        const gate = plain.get(wanted.upstream)
        const before = gate.era
        const answer = gate.ask(latest)
        if (Array.isArray(answer)) {
          era = answer[0]
          if (era > before) met.probes++
          break
        }
        if (answer === "overloaded") {
          met.overloaded++
          wanted = table.after(wanted, "overloaded")
        } else {
          met.limited++
          fail = { status: answer, message: null }
        }
      }
      const nowhere = { pool: null, upstream: null, provider: null, account: null, region: null, model: null }
      assert.equal(canonical(decision), canonical(fail ? { ...wanted, ...nowhere, fail } : wanted), where)
      assert.deepEqual(errors, Array(met.overloaded - passed).fill("overloaded"), where)
      assert.equal(permit !== null, era !== null, where)
      if (fail) assert.equal(table.after(decision, "timeout"), decision, where) // final
      if (permit !== null) {
        met.sent++
        assert.equal(permit.upstream, decision.upstream)
        if (!draw.chance(9)) pending.push({ permit, era }) // some are never given back
      }
    }
  }
  for (const [name, times] of Object.entries(met)) assert.ok(times > 50, `${name}: ${times}`)
})

const none = { count: 0, per: "s", burst: 0, status: null }

test("a chain that leads back to itself ends after as many hops as there are states", () => {
  let states
  const table = changed("walks", (content) => {
    for (const upstream of content.upstreams) upstream.limit = none
    content.states.forEach((at, i) => {
      if (at.next) at.next[0] = i
    })
    states = content.states.length
  })
  const { decision, permit } = new ServingState(() => 0).admit(table, table.decide({ route: 0 }))
  assert.equal(permit, null)
  assert.deepEqual(decision.fail, { status: null, message: "overloaded" })
  assert.equal(decision.upstream, null)
  assert.equal(decision.hop, states + 1)
})

test("a walk of just as many hops as there are states is no loop yet", () => {
  let states
  const table = changed("walks", (content) => {
    states = content.states.length
    content.states.forEach((at, i) => {
      if (at.next) at.next[0] = i
    })
    for (const upstream of content.upstreams) upstream.limit = { ...none, burst: 1 }
  })
  let decision = table.decide({ route: 0 })
  for (let hop = 0; hop < states; hop++) decision = table.after(decision, "overloaded")
  assert.equal(decision.hop, states)
  const state = new ServingState(() => 0)
  assert.notEqual(state.admit(table, decision).permit, null)
  assert.equal(state.admit(table, decision).decision.fail.message, "overloaded")
})

test("a fail is admitted as it is, without a permit", () => {
  const table = tableOf("kinds")
  const decision = table.decide(null)
  assert.deepEqual(new ServingState(() => 0).admit(table, decision), { decision, permit: null, errors: [] })
})

test("an upstream goes on with a new table where this leaves its limit as it was, else it starts anew", () => {
  const made = (burst, policy) =>
    changed("walks", (content) => {
      content.policy = policy
      for (const upstream of content.upstreams) upstream.limit = { ...none, burst, status: 429 }
    })
  const state = new ServingState(() => 0)
  const isSent = (table) => state.admit(table, table.decide({ route: 0 })).permit !== null
  assert.ok(isSent(made(1, "old")))
  assert.ok(!isSent(made(1, "new")))
  assert.ok(isSent(made(2, "new")))
})

test("mistakes of the caller are told", () => {
  const table = tableOf("walks")
  const state = new ServingState()
  const decision = table.decide({ route: 0 })
  assert.throws(() => state.admit(tableOf("kinds"), decision), /another table's/)
  assert.throws(() => state.admit(table, { ...decision }), /no decision of a table/)
  assert.throws(() => state.ask(table, "nowhere"), /no upstream "nowhere"/)
  const { permit } = state.admit(table, decision)
  assert.throws(() => permit.done("unavailable"), /no error class/)
  permit.done(null) // which the mistake did not use up
})

test("without a clock of one's own, time goes on", async () => {
  const table = changed("walks", (content) => {
    for (const upstream of content.upstreams) upstream.limit = { count: 1_000, per: "s", burst: 1, status: 429 }
  })
  const state = new ServingState()
  const isSent = () => state.admit(table, table.decide({ route: 0 })).permit !== null
  assert.ok(isSent())
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.ok(isSent())
})

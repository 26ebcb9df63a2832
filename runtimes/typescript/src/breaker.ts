import type { Breaker as Settings } from "./spec.js"

const SLICES = 10

/** A breaker (docs/serving.md): closed, open or half-open. An *era* is the time between two changes of it, or probes. */
export class Breaker {
  readonly #settings: Settings
  readonly #sliceMs: number
  #state: "closed" | "open" | "half-open" = "closed"
  /** When it opened, or let its probe through. */
  #since = 0
  #era = 0
  /** The slices that have outcomes, oldest first: `[slice, outcomes, failures]`. */
  #slices: [number, number, number][] = []

  constructor(settings: Settings) {
    this.#settings = settings
    this.#sliceMs = Math.max(1, Math.ceil(settings.windowMs / SLICES))
  }

  /** Whether a request may be let through now. */
  lets(now: number): boolean {
    return this.#state === "closed" || now - this.#since >= this.#settings.probeMs
  }

  /** A request is let through: the era that it belongs to. */
  let(now: number): number {
    if (this.#state !== "closed") this.#change("half-open", now)
    return this.#era
  }

  /** A request of an era has ended. */
  told(era: number, failed: boolean, now: number): void {
    if (era !== this.#era) return
    if (this.#state === "half-open") {
      this.#change(failed ? "open" : "closed", now)
    } else if (this.#opens(failed, now)) {
      this.#change("open", now)
    }
  }

  #opens(failed: boolean, now: number): boolean {
    const present = Math.floor(now / this.#sliceMs)
    this.#slices = this.#slices.filter(([slice]) => slice > present - SLICES)
    let last = this.#slices.at(-1)
    if (last?.[0] !== present) this.#slices.push((last = [present, 0, 0]))
    last[1]++
    if (failed) last[2]++
    let outcomes = 0
    let failures = 0
    for (const [, all, bad] of this.#slices) {
      outcomes += all
      failures += bad
    }
    // A product beyond 2^53 is rounded, but not below what failures × 10,000 comes to.
    return outcomes >= this.#settings.requests && failures * 10_000 >= this.#settings.share * outcomes
  }

  #change(state: "closed" | "open" | "half-open", now: number): void {
    this.#state = state
    this.#since = now
    this.#era++
    this.#slices = []
  }
}

import type { Limit } from "./spec.js"

/** A limit's tokens (docs/serving.md), full at first. All is exact in doubles, however large the numbers of a table:
 * whole tokens are kept apart from what has come back of the next one, in units of 1/period. */
export class Bucket {
  readonly #limit: Limit
  #tokens: number
  #part = 0
  #at: number

  constructor(limit: Limit, now: number) {
    this.#limit = limit
    this.#tokens = limit.burst
    this.#at = now
  }

  /** Takes a token, if there is one. `now` is not before the last one. */
  take(now: number): boolean {
    this.#fill(now - this.#at)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** Brings back what comes in so many milliseconds: ms × count units, whole periods and whole tokens a period apart. A
   * product or sum beyond 2^53 is rounded, but not below 2^53, and so is cut to `burst`, which is no larger. */
  #fill(ms: number): void {
    const { count, periodMs, burst } = this.#limit
    const periods = Math.floor(ms / periodMs)
    const rest = ms % periodMs
    const units = this.#part + rest * (count % periodMs)
    let tokens = Math.min(burst, this.#tokens + periods * count)
    tokens = Math.min(burst, tokens + rest * Math.floor(count / periodMs))
    tokens = Math.min(burst, tokens + Math.floor(units / periodMs))
    this.#tokens = tokens
    this.#part = tokens === burst ? 0 : units % periodMs
  }
}

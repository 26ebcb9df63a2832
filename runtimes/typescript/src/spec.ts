/** What a checked table says, as docs/table-format.md names it. Rows are numbers of `Rows`. */
import type { Rows } from "./rows.js"

/** The error classes, in the order in which a state's `next` has them. The first five are `unavailable`. */
export const ERROR_CLASSES = Object.freeze([
  "overloaded",
  "rate_limited",
  "server_error",
  "timeout",
  "unreachable",
  "context_overflow",
  "refused",
] as const)
export type ErrorClass = (typeof ERROR_CLASSES)[number]

export interface Pair {
  readonly holds: number
  readonly fails: number
}
export interface Pattern extends Pair {
  readonly pieces: readonly string[]
}
export interface Sample extends Pair {
  readonly salt: string | null
  readonly seed: number
  readonly below: number
}
export interface Element extends Pair {
  readonly value: string
}

/** A legal value; null is absent. A set is sorted by code point, each element once. */
export type Value = null | boolean | number | string | readonly string[]

/** All kinds have all fields, so that reading one is quick whatever the kind. */
export interface Attribute {
  readonly name: string
  readonly kind: "bool" | "int" | "enum" | "string" | "set"
  readonly optional: boolean
  /** null: there is none. */
  readonly default: Value
  /** The row of an absent value; null where it cannot be absent, and of a set. */
  readonly absent: number | null
  /** bool: of false and of true; int: of each class; enum and string: of each of `values`. */
  readonly rows: readonly number[]
  /** enum and string: of any value that is not listed; null where there is none. */
  readonly other: number | null
  readonly lo: number
  readonly hi: number
  readonly cuts: readonly number[]
  readonly isOpen: boolean
  /** enum: whether it is one, set: whether its elements are of one. */
  readonly isEnum: boolean
  /** The values of an enum, or of a set's enum; the literals of a string. */
  readonly values: readonly string[]
  readonly patterns: readonly Pattern[]
  readonly samples: readonly Sample[]
  readonly elements: readonly Element[]
}

export interface Limit {
  readonly count: number
  readonly periodMs: number
  readonly burst: number
  readonly status: number | null
}
export interface Breaker {
  readonly share: number
  readonly requests: number
  readonly windowMs: number
  readonly probeMs: number
}
export interface Upstream {
  readonly name: string
  readonly provider: string
  readonly account: string | null
  readonly region: string | null
  readonly limit: Limit | null
  readonly breaker: Breaker | null
}
export interface Member {
  /** UPSTREAM/MODEL */
  readonly name: string
  readonly upstream: Upstream
  readonly model: string
}
export interface Pool {
  readonly name: string
  readonly members: readonly Member[]
  readonly maglev: Uint8Array | Uint32Array | null
  /** The name of an attribute. */
  readonly sticky: string | null
  readonly retry: number
}
/** `status` null: the client gets the error that was met, whose class is the message. */
export interface Fail {
  readonly status: number | null
  readonly message: string | null
}
export interface End {
  readonly fail: Fail
}
export interface Hop {
  readonly pool: Pool
  readonly next: readonly (number | null)[]
}
export type State = End | Hop

/** Where something is written: lines and columns count from 1, `end` is exclusive. */
export interface Place {
  readonly file: string
  readonly start: readonly number[]
  readonly end: readonly number[]
  readonly doc: string | null
}

export interface Spec {
  readonly policy: string
  readonly version: string
  readonly attributes: readonly Attribute[]
  readonly rows: Rows
  readonly columns: readonly (readonly [rule: number, state: number])[]
  readonly rules: readonly string[]
  readonly states: readonly State[]
  readonly invalid: number
  readonly pools: readonly Pool[]
  readonly upstreams: readonly Upstream[]
  /** Of each rule. */
  readonly places: readonly Place[]
}

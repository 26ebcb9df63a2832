/** MurmurHash3_x86_32 (Austin Appleby, public domain) and SHA-256 (FIPS 180-4), which not every host has. */

import { utf8 } from "./utf8.js"

function mix(k: number): number {
  k = Math.imul(k, 0xcc9e2d51)
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593)
}

function mixed(h: number, block: number): number {
  h ^= mix(block)
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

function finalized(h: number, length: number): number {
  h ^= length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The hash of the UTF-8 of `text`, 0..2^32-1. */
export function murmur3(text: string, seed: number): number {
  const { length } = text
  let h = seed | 0
  let i = 0
  for (; i + 4 <= length; i += 4) {
    const a = text.charCodeAt(i)
    const b = text.charCodeAt(i + 1)
    const c = text.charCodeAt(i + 2)
    const d = text.charCodeAt(i + 3)
    if ((a | b | c | d) > 0x7f) return ofBytes(utf8(text), seed)
    h = mixed(h, a | (b << 8) | (c << 16) | (d << 24))
  }
  let rest = 0
  for (let shift = 0; i < length; i++, shift += 8) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return ofBytes(utf8(text), seed)
    rest |= code << shift
  }
  return finalized(h ^ mix(rest), length) // of nothing, `mix` makes 0
}

function ofBytes(bytes: Uint8Array, seed: number): number {
  const { length } = bytes
  let h = seed | 0
  let i = 0
  for (; i + 4 <= length; i += 4) {
    h = mixed(h, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24))
  }
  let rest = 0
  for (let shift = 0; i < length; i++, shift += 8) rest |= bytes[i]! << shift
  return finalized(h ^ mix(rest), length)
}

/** The first 32 bits of the fractional part of the `root`th root of the first `count` primes. */
function constants(count: number, root: number): Int32Array {
  const found = new Int32Array(count)
  for (let candidate = 2, n = 0; n < count; candidate++) {
    let prime = true
    for (let d = 2; d * d <= candidate; d++) if (candidate % d === 0) prime = false
    if (prime) {
      const value = root === 2 ? Math.sqrt(candidate) : Math.cbrt(candidate)
      found[n++] = ((value - Math.floor(value)) * 2 ** 32) | 0
    }
  }
  return found
}

const K = constants(64, 3)
const H = constants(8, 2)

/** 64 lower-case hex digits. */
export function sha256(bytes: Uint8Array): string {
  const length = bytes.length
  const padded = new Uint8Array((((length + 8) >> 6) + 1) << 6)
  padded.set(bytes)
  padded[length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29))
  view.setUint32(padded.length - 4, (length << 3) >>> 0)
  const state = H.slice()
  const w = new Int32Array(64)
  const turn = (x: number, by: number): number => (x >>> by) | (x << (32 - by))
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + i * 4)
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15]!
      const b = w[i - 2]!
      const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)
      const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10)
      w[i] = w[i - 16]! + s0 + w[i - 7]! + s1
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as number[] as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    for (let i = 0; i < 64; i++) {
      const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    const next = [a, b, c, d, e, f, g, h]
    for (let i = 0; i < 8; i++) state[i]! += next[i]!
  }
  return Array.from(state, (x) => (x >>> 0).toString(16).padStart(8, "0")).join("")
}

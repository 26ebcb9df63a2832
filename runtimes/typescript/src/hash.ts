/** MurmurHash3_x86_32 (Austin Appleby, public domain) and SHA-256 (FIPS 180-4), which not every host has. */

function mix(k: number): number {
  k = Math.imul(k, 0xcc9e2d51)
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593)
}

/** The hash of the UTF-8 of `text`, 0..2^32-1. */
export function murmur3(text: string, seed: number): number {
  let h = seed | 0
  let block = 0
  let n = 0
  const add = (byte: number): void => {
    block |= byte << ((n & 3) << 3)
    if ((++n & 3) === 0) {
      h ^= mix(block)
      h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
      block = 0
    }
  }
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i)
    if (c < 0x80) {
      add(c)
      continue
    }
    if (c < 0x800) {
      add(0xc0 | (c >> 6))
    } else {
      if (c >= 0xd800 && c < 0xdc00) {
        c = 0x10000 + ((c - 0xd800) << 10) + (text.charCodeAt(++i) - 0xdc00)
        add(0xf0 | (c >> 18))
        add(0x80 | ((c >> 12) & 63))
      } else {
        add(0xe0 | (c >> 12))
      }
      add(0x80 | ((c >> 6) & 63))
    }
    add(0x80 | (c & 63))
  }
  if ((n & 3) !== 0) h ^= mix(block)
  h ^= n
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
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

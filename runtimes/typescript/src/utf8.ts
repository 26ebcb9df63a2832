declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The text of UTF-8, a byte order mark included. Throws `TypeError` where it is none. */
export function decoded(bytes: Uint8Array): string {
  return DECODER.decode(bytes)
}

/** The UTF-8 of a text without lone surrogates. */
export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3)
  let n = 0
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i)
    if (c < 0x80) {
      bytes[n++] = c
      continue
    }
    if (c < 0x800) {
      bytes[n++] = 0xc0 | (c >> 6)
    } else {
      if (c >= 0xd800 && c < 0xdc00) {
        c = 0x10000 + ((c - 0xd800) << 10) + (text.charCodeAt(++i) - 0xdc00)
        bytes[n++] = 0xf0 | (c >> 18)
        bytes[n++] = 0x80 | ((c >> 12) & 63)
      } else {
        bytes[n++] = 0xe0 | (c >> 12)
      }
      bytes[n++] = 0x80 | ((c >> 6) & 63)
    }
    bytes[n++] = 0x80 | (c & 63)
  }
  return bytes.subarray(0, n)
}

// A request's body with another model in it: only those bytes change, so that nothing of a long prompt is written anew.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN = 0x7b
const CLOSE = 0x7d

/** A request's body; null if it has more bytes than `most`, of which no more are then read. */
export async function read(request, most) {
  const stated = request.headers.get("content-length")
  if (stated !== null) return Number(stated) > most ? null : new Uint8Array(await request.arrayBuffer())
  const pieces = []
  let size = 0
  for await (const piece of request.body ?? []) {
    size += piece.length
    if (size > most) return null
    pieces.push(piece)
  }
  return joined(pieces)
}

/** Where a body's model stands: the [start, end) of every value of a member `model` of the outermost object; of none,
 * one empty place after the brace. `bytes` are an object in valid JSON. */
export function modelPlaces(bytes) {
  const places = []
  const start = space(bytes, 0) + 1
  let at = space(bytes, start)
  const isEmpty = bytes[at] === CLOSE
  while (bytes[at] !== CLOSE) {
    const end = endOfString(bytes, at)
    const value = space(bytes, space(bytes, end) + 1)
    const isModel = JSON.parse(new TextDecoder().decode(bytes.subarray(at, end))) === "model"
    at = endOfValue(bytes, value)
    if (isModel) places.push([value, at])
    at = space(bytes, at)
    if (bytes[at] === COMMA) at = space(bytes, at + 1)
  }
  return { places, start, isEmpty }
}

/** The body with a model at these places. */
export function withModel(bytes, { places, start, isEmpty }, model) {
  const encoder = new TextEncoder()
  const text = JSON.stringify(model)
  const value = encoder.encode(text)
  const pieces = []
  let from = 0
  for (const [begin, end] of places) {
    pieces.push(bytes.subarray(from, begin), value)
    from = end
  }
  if (places.length === 0) {
    pieces.push(bytes.subarray(0, start), encoder.encode(`"model":${text}${isEmpty ? "" : ","}`))
    from = start
  }
  pieces.push(bytes.subarray(from))
  return joined(pieces)
}

function joined(pieces) {
  const made = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    made.set(piece, at)
    at += piece.length
  }
  return made
}

function space(bytes, from) {
  let at = from
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++
  return at
}

/** What follows the string that begins at a quote. */
function endOfString(bytes, begin) {
  let quote = begin
  for (;;) {
    quote = bytes.indexOf(QUOTE, quote + 1)
    let before = quote - 1
    while (bytes[before] === BACKSLASH) before--
    if ((quote - before) % 2 === 1) return quote + 1
  }
}

function endOfValue(bytes, begin) {
  if (bytes[begin] === QUOTE) return endOfString(bytes, begin)
  let depth = 0
  let at = begin
  for (;;) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfString(bytes, at)
        continue
      case OPEN:
      case 0x5b:
        depth++
        break
      case CLOSE:
      case 0x5d:
        if (depth === 0) return at // of a number or a word
        if (--depth === 0) return at + 1
        break
      case COMMA:
        if (depth === 0) return at
        break
      case 0x20:
      case 0x0a:
      case 0x0d:
      case 0x09:
        if (depth === 0) return at
    }
    at++
  }
}

// Random tables and requests.
import { murmur3 } from "../dist/esm/hash.js"
import { byCodePoint } from "../dist/esm/json.js"

/** Few enough that they often meet. */
export const WORDS = [
  "",
  "a",
  "ab",
  "abc",
  "b",
  "ba",
  "a*b",
  "é",
  "日本",
  "x\0y",
  "\u{1f600}",
  "toString",
  "long ".repeat(60),
]

const sortedWords = (draw, most) => {
  const some = Array.from({ length: draw.next(most + 1) }, () => draw.oneOf(WORDS) + draw.oneOf(WORDS))
  return [...new Set(some)].sort(byCodePoint)
}

/** The JSON of a table that is right as the format says, if not what a compiler would write. */
export function randomTable(draw) {
  const columns = draw.oneOf([1, 3, 31, 32, 33, 64, 70, 257])
  const rows = []
  const row = () => {
    if (rows.length > 3 && draw.chance(3)) return draw.next(rows.length)
    const density = draw.oneOf([1, 6, 11])
    let bits = 0n
    for (let i = draw.chance(4) ? draw.next(columns) : 0; i < columns; i++)
      if (draw.next(12) <= density) bits |= 1n << BigInt(i)
    const text = bits.toString(16)
    return rows.includes(text) ? rows.indexOf(text) : rows.push(text) - 1
  }
  const rowList = (many) => Array.from({ length: many }, row)
  const pair = (item) => ({ ...item, holds: row(), fails: row() })
  const further = {
    bool: () => ({ false: row(), true: row() }),
    int: () => {
      const lo = draw.oneOf([0, -10, -9007199254740991])
      const hi = lo + draw.oneOf([0, 9, 40, 5000, 9007199254740991])
      const cuts = new Set()
      for (let i = draw.oneOf([0, 3, 12]); hi > lo && i > 0; i--) {
        cuts.add(draw.chance(3) ? hi - draw.next(Math.min(hi - lo, 4)) : lo + 1 + draw.next(Math.min(hi - lo, 4000)))
      }
      return { lo, hi, cuts: [...cuts].sort((a, b) => a - b), rows: rowList(cuts.size + 1) }
    },
    enum: () => {
      const values = sortedWords(draw, 6).reverse()
      const open = draw.chance(2)
      return { enum: null, open, values, rows: rowList(values.length), other: open ? row() : null }
    },
    string: () => {
      const literals = sortedWords(draw, 9)
      const patterns = Array.from({ length: draw.next(5) }, () => {
        const pieces = [draw.oneOf(WORDS), draw.chance(2) ? "" : draw.oneOf(WORDS)]
        return pair({ pieces: draw.chance(3) ? [...pieces, draw.oneOf(WORDS)] : pieces })
      })
      const samples = Array.from({ length: draw.next(3) }, () => {
        const salt = draw.chance(2) ? null : draw.oneOf(WORDS)
        return pair({ salt, seed: salt === null ? 0 : murmur3(salt, 0), below: draw.next(10_001) })
      })
      return { literals, rows: rowList(literals.length), other: row(), patterns, samples }
    },
    set: () => ({
      enum: null,
      open: draw.chance(2),
      values: sortedWords(draw, 6),
      elements: sortedWords(draw, 6).map((value) => pair({ value })),
    }),
  }
  const attributes = "abcdefghijklmnop"
    .slice(0, draw.next(16))
    .split("")
    .map((name) => {
      const type = draw.oneOf(Object.keys(further))
      const optional = type !== "set" && draw.chance(2)
      const item = {
        name: draw.chance(20) ? `${name} constructor` : name,
        type,
        optional,
        stability: "per turn",
        error: null,
        source: null,
        ...further[type](),
      }
      item.default = draw.chance(3) ? defaultOf(draw, item) : null
      if (type !== "set") item.absent = optional && item.default === null ? row() : null
      return item
    })
  const place = { doc: null, file: 0, start: [1, 1], end: [1, 2] }
  const rules = []
  const pairs = Array.from({ length: columns }, (_, i) => {
    if (i === 0 || !draw.chance(3)) rules.push(`r${rules.length}`)
    return [rules.length - 1, draw.next(3)]
  })
  const states = [400, 401, 402].map((status) => ({ fail: { status, message: null } }))
  const places = (list) => list.map(() => place)
  return {
    format: "interlock-table",
    format_version: 1,
    policy: "random",
    attributes,
    rows,
    columns: pairs,
    rules,
    states,
    invalid: 0,
    pools: [],
    upstreams: [],
    models: [],
    source: {
      files: ["f"],
      policy: place,
      rules: places(rules),
      attributes: places(attributes),
      pools: [],
      upstreams: [],
      models: [],
    },
  }
}

function defaultOf(draw, item) {
  switch (item.type) {
    case "bool":
      return draw.chance(2)
    case "int":
      return draw.oneOf([item.lo, item.hi])
    case "enum":
      return item.open ? draw.oneOf(WORDS) : (item.values[0] ?? null)
    case "string":
      return draw.oneOf(WORDS)
    case "set":
      return item.open ? [draw.oneOf(WORDS), draw.oneOf(WORDS)] : item.values.slice(0, 2)
  }
}

/** A request to a table (its JSON), most of its values legal. */
export function randomRequest(draw, table) {
  const request = draw.chance(9) ? Object.create(null) : draw.chance(9) ? Object.create({ a: true, b: 1, c: "a" }) : {}
  for (const item of table.attributes) if (!draw.chance(8)) request[item.name] = randomValue(draw, item)
  return request
}

const ODD = [
  null,
  undefined,
  true,
  1.5,
  7.0,
  -0,
  7n,
  "a",
  "\ud800",
  "x\udc00",
  [],
  ["a", 1],
  ["\ud800"],
  [, "a"],
  {},
  NaN,
  Infinity,
  -Infinity,
  1e300,
  -1e15,
  [null],
  new String("a"),
  Symbol("a"),
  () => 1,
]

function randomValue(draw, item) {
  if (draw.chance(12)) return draw.oneOf(ODD)
  const listed = [...(item.values ?? item.literals ?? []), ...(item.elements ?? []).map((element) => element.value)]
  const word = () => (listed.length > 0 && !draw.chance(3) ? draw.oneOf(listed) : draw.oneOf(WORDS) + draw.oneOf(WORDS))
  switch (item.type) {
    case "bool":
      return draw.chance(2)
    case "int":
      return draw.oneOf([item.lo, item.hi, ...item.cuts]) + draw.next(3) - 1
    case "set":
      return Array.from({ length: draw.next(5) }, word)
  }
  return word()
}

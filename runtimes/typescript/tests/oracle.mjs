// What docs/table-format.md says of deciding, as plainly as can be, straight over a table's JSON: shares no code with the
// runtime but the hash, which has vectors of its own.
import { murmur3 } from "../dist/esm/hash.js"

const isText = (value) => typeof value === "string" && !/[\ud800-\udfff]/u.test(value)
const isAny = (values, value) => values.some((one) => one === value)

/** The decision of a table on an object: `{rule, status, invalid}`, the last as `[attribute, reason]`. */
export function decide(table, request) {
  const values = new Map()
  for (const item of table.attributes) {
    const given = Object.hasOwn(request, item.name) ? (request[item.name] ?? null) : null
    let fault = given === null ? (item.type === "set" || item.optional ? null : "missing") : faultOf(item, given)
    let value = given
    if ((given === null || fault !== null) && item.default !== null) [fault, value] = [null, item.default]
    if (fault !== null)
      return { rule: null, status: table.states[table.invalid].fail.status, invalid: [item.name, fault] }
    values.set(item.name, value)
  }
  for (let column = 0; column < table.columns.length; column++) {
    const isTaken = (row) => {
      const hex = table.rows[row]
      const digit = hex[hex.length - 1 - Math.floor(column / 4)] ?? "0"
      return Math.floor(parseInt(digit, 16) / 2 ** (column % 4)) % 2 === 1
    }
    if (table.attributes.every((item) => rowsOf(item, values.get(item.name)).every(isTaken))) {
      const [rule, state] = table.columns[column]
      return { rule: table.rules[rule], status: table.states[state].fail.status, invalid: null }
    }
  }
  return { rule: null, status: 500, invalid: null }
}

function faultOf(item, value) {
  switch (item.type) {
    case "bool":
      return value === true || value === false ? null : "wrong_type"
    case "int":
      if (typeof value === "bigint") value = Number(value)
      if (typeof value !== "number" || value % 1 !== 0) return "wrong_type" // of an infinity the rest is NaN
      return value < item.lo || value > item.hi ? "out_of_range" : null
    case "enum":
      if (!isText(value)) return "wrong_type"
      return item.open || isAny(item.values, value) ? null : "unknown_value"
    case "string":
      return isText(value) ? null : "wrong_type"
    case "set":
      if (!Array.isArray(value) || ![...value].every(isText)) return "wrong_type"
      return item.open || value.every((one) => isAny(item.values, one)) ? null : "unknown_value"
  }
}

function rowsOf(item, value) {
  if (item.type === "set") {
    return item.elements.map((element) => (isAny(value ?? [], element.value) ? element.holds : element.fails))
  }
  const rows = [item.absent]
  if (value !== null) {
    if (item.type === "bool") rows[0] = item[String(value)]
    else if (item.type === "int") rows[0] = item.rows[item.cuts.filter((cut) => cut <= value).length]
    else {
      const at = (item.values ?? item.literals).indexOf(value)
      rows[0] = at < 0 ? item.other : item.rows[at]
    }
  }
  for (const pattern of item.patterns ?? []) {
    const expression = pattern.pieces.map((piece) => piece.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join(".*")
    rows.push(value !== null && new RegExp(`^${expression}$`, "su").test(value) ? pattern.holds : pattern.fails)
  }
  for (const sample of item.samples ?? []) {
    const holds = value !== null && murmur3(value, sample.seed) % 10_000 < sample.below
    rows.push(holds ? sample.holds : sample.fails)
  }
  return rows
}

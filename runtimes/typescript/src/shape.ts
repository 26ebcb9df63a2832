/** The small checks that a table's every field goes through, and the error they raise. */

export type Reason = "json" | "format" | "version" | "digest" | "structure" | "bounds" | "limit"

/** A table that cannot be used; `reason` is the class of the fault, the same in every runtime. */
export class TableError extends Error {
  override readonly name = "TableError"
  constructor(
    message: string,
    readonly reason: Reason = "structure",
  ) {
    super(message)
  }
}

export type Obj = { [key: string]: unknown }
export const MAX = Number.MAX_SAFE_INTEGER

export function object(value: unknown, at: string): Obj {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TableError(`${at}: must be an object`)
  return value as Obj
}

/** An object with exactly these fields. */
export function fields(value: unknown, at: string, names: readonly string[]): Obj {
  const item = object(value, at)
  for (const name of names) if (!(name in item)) throw new TableError(`${at}: field '${name}' is missing`)
  for (const name of Object.keys(item)) {
    if (!names.includes(name)) throw new TableError(`${at}: unknown field ${JSON.stringify(name.slice(0, 80))}`)
  }
  return item
}

/** An object with no fields but these. */
export function someFields(value: unknown, at: string, names: readonly string[]): Obj {
  const item = object(value, at)
  return fields(
    item,
    at,
    names.filter((name) => name in item),
  )
}

export function list(value: unknown, at: string, size?: number): unknown[] {
  if (!Array.isArray(value)) throw new TableError(`${at}: must be a list`)
  if (size !== undefined && value.length !== size)
    throw new TableError(`${at}: must have ${size} items, has ${value.length}`)
  return value
}

export function items<T>(value: unknown, at: string, read: (item: unknown, at: string) => T, size?: number): T[] {
  return list(value, at, size).map((item, i) => read(item, `${at}[${i}]`))
}

export function text(value: unknown, at: string): string {
  if (typeof value !== "string") throw new TableError(`${at}: must be a string`)
  return value
}

export function textOrNull(value: unknown, at: string): string | null {
  return value === null ? null : text(value, at)
}

export function bool(value: unknown, at: string): boolean {
  if (typeof value !== "boolean") throw new TableError(`${at}: must be true or false`)
  return value
}

export function choice(value: unknown, at: string, choices: readonly string[]): string {
  if (!choices.includes(text(value, at))) throw new TableError(`${at}: must be one of ${choices.join(", ")}`)
  return value as string
}

export function integer(value: unknown, at: string, lo = -MAX, hi = MAX): number {
  if (typeof value !== "number" && typeof value !== "bigint") throw new TableError(`${at}: must be an integer`)
  if (!(lo <= value && value <= hi)) throw new TableError(`${at}: must lie in ${lo}..=${hi}`, "bounds")
  return Number(value)
}

export function index(value: unknown, at: string, size: number, of: string): number {
  if (typeof value !== "number" && typeof value !== "bigint") throw new TableError(`${at}: must be an index into ${of}`)
  if (!(0 <= value && value < size))
    throw new TableError(`${at}: index out of bounds, ${of} has ${size} entries`, "bounds")
  return Number(value)
}

export function rising<T>(values: readonly T[], at: string, what: string, order: (a: T, b: T) => number): void {
  for (let i = 1; i < values.length; i++) {
    if (order(values[i - 1]!, values[i]!) >= 0)
      throw new TableError(`${at}[${i}]: ${what} must be in strictly rising order`)
  }
}

export function distinct(values: readonly string[], at: string, what: string): void {
  if (new Set(values).size !== values.length) throw new TableError(`${at}: ${what} must be distinct`)
}

/** An object with some of these fields, each an amount that is not negative. */
export function amounts(value: unknown, at: string, names: readonly string[]): void {
  const item = someFields(value, at, names)
  for (const name of Object.keys(item)) integer(item[name], `${at}.${name}`, 0)
}

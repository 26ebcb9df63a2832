import { load } from "./load.js"
import type { Table } from "./table.js"

/** Holds the table that serves now. A walk ends with the table it began with: take `table` once a request. The entry
 * `@interlock/runtime/node` has one that follows a file. */
export class Live {
  #table: Table

  /** Throws as `load` does. */
  constructor(source: string | Uint8Array) {
    this.#table = load(source)
  }

  /** The current table. */
  get table(): Table {
    return this.#table
  }

  /** Puts another table in place, whole, between two requests. Throws `TableError` for one that cannot be used, and the
   * old one serves on. */
  replace(source: string | Uint8Array): Table {
    const table = load(source) // all of it is checked before anything changes
    this.#table = table
    return table
  }
}

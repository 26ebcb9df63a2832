/** For Node.js: tables in files. */
import { readFileSync, unwatchFile, watchFile } from "node:fs"
import { type Table, Live, load } from "./index.js"

/** Of a file; as bytes where it is no text. */
export type Path = string | URL | Uint8Array

/** The table in a file. Throws `TableError` for one that cannot be used, and the file system's errors. */
export function loadFile(path: Path): Table {
  return load(readFileSync(path as string))
}

/** What `LiveFile.watch` tells. */
export interface Watcher {
  /** Milliseconds between two looks at the file: 1,000 unless given. */
  readonly everyMs?: number
  /** A new table serves. */
  readonly swapped?: (table: Table) => void
  /** The file cannot be used: a `TableError`, or an error of the file system. The old table serves on. Unless given,
   * this is said on standard error. */
  readonly refused?: (error: Error) => void
}

/** Holds the table of a file. */
export class LiveFile extends Live {
  readonly #path: string // or what else the file system takes
  #listener: (() => void) | null = null

  /** Throws as `loadFile` does. */
  constructor(path: Path) {
    super(readFileSync(path as string))
    this.#path = path as string
  }

  /** Reads the file anew and puts its table in place. Throws as `loadFile` does, and the old one serves on. */
  reload(): Table {
    return this.replace(readFileSync(this.#path))
  }

  /** Reloads whenever the file has changed, also where it was replaced or is a link that now leads elsewhere. Does not
   * keep the process alive. The function that is given back ends it. */
  watch(watcher: Watcher = {}): () => void {
    this.#end()
    const { everyMs = 1_000, swapped, refused = this.#complain } = watcher
    this.#listener = () => {
      try {
        this.reload()
      } catch (error) {
        refused(error as Error)
        return
      }
      swapped?.(this.table)
    }
    // By looking, not by notices of the system, which do not come from every file system and through every link.
    watchFile(this.#path, { interval: everyMs, persistent: false }, this.#listener)
    return () => this.#end()
  }

  readonly #complain = (error: Error): void => {
    console.error(`interlock: ${String(this.#path)} cannot be used, the old table serves on: ${error.message}`)
  }

  #end(): void {
    if (this.#listener !== null) unwatchFile(this.#path, this.#listener)
    this.#listener = null
  }
}

/** How many words may be made ahead, besides as many as the table has. */
const MOST_MADE = 1 << 20
/** How many words may be looked at for it: a tenth of a second or so. */
const MOST_WORK = 1 << 27

export interface RowMaker {
  /** The row with the columns that all of these have; -1 where that would take too much memory. */
  and(rows: readonly number[]): number
}

/** The rows of a table in one piece. Bit i%32 of a row's word i/32 is column i, and a row ends with its last word that is
 * not 0, so that rows take no more memory than their text, however many columns there are. */
export class Rows {
  /** Where each row begins in `#words`; one more entry says where the next one will. */
  #starts: Int32Array = new Int32Array(64)
  #words: Int32Array = new Int32Array(64)
  #count = 0

  constructor(readonly columns: number) {}

  get count(): number {
    return this.#count
  }

  /** Bytes that the rows take. */
  get bytes(): number {
    return this.#starts.byteLength + this.#words.byteLength
  }

  /** Adds the row with these digits (lower-case hex without leading zeros), and gives its number. */
  add(hex: string): number {
    const at = this.#room(hex === "0" ? 0 : (hex.length + 7) >> 3)
    for (let end = hex.length, w = at; w < this.#starts[this.#count]!; end -= 8) {
      this.#words[w++] = Number.parseInt(hex.slice(Math.max(0, end - 8), end), 16)
    }
    return this.#count - 1
  }

  /** Whether a row has a column. */
  has(row: number, column: number): boolean {
    const at = this.#starts[row]! + (column >> 5)
    return at < this.#starts[row + 1]! && ((this.#words[at]! >>> (column & 31)) & 1) === 1
  }

  /** The lowest column that the first `many` of these rows all have; -1 if there is none. */
  lowest(rows: Int32Array, many: number): number {
    if (many === 0) return this.columns > 0 ? 0 : -1
    const words = this.#words
    const starts = this.#starts
    let length = this.columns
    for (let i = 0; i < many; i++) length = Math.min(length, starts[rows[i]! + 1]! - starts[rows[i]!]!)
    // Eight rows without a branch between them; where there are fewer, the first one again.
    const a = starts[rows[0]!]!
    const b = many > 1 ? starts[rows[1]!]! : a
    const c = many > 2 ? starts[rows[2]!]! : a
    const d = many > 3 ? starts[rows[3]!]! : a
    const e = many > 4 ? starts[rows[4]!]! : a
    const f = many > 5 ? starts[rows[5]!]! : a
    const g = many > 6 ? starts[rows[6]!]! : a
    const h = many > 7 ? starts[rows[7]!]! : a
    for (let w = 0; w < length; w++) {
      let bits = words[a + w]! & words[b + w]! & words[c + w]! & words[d + w]!
      bits &= words[e + w]! & words[f + w]! & words[g + w]! & words[h + w]!
      for (let i = 8; bits !== 0 && i < many; i++) bits &= words[starts[rows[i]!]! + w]!
      if (bits !== 0) return w * 32 + 31 - Math.clz32(bits & -bits)
    }
    return -1
  }

  /** What makes rows ahead, while a table is loaded. */
  maker(): RowMaker {
    const made = new Map<string, number>()
    let left = this.#starts[this.#count]! + MOST_MADE
    let work = MOST_WORK
    return {
      and: (rows) => {
        if (rows.length === 1) return rows[0]!
        work -= rows.length * ((this.columns >> 5) + 1)
        if (work < 0) return -1
        const words = this.#and(rows)
        const name = words.join()
        const known = made.get(name)
        if (known !== undefined) return known
        left -= words.length + 1
        if (left < 0) return -1
        const at = this.#room(words.length) // which may put other words in place
        this.#words.set(words, at)
        made.set(name, this.#count - 1)
        return this.#count - 1
      },
    }
  }

  #and(rows: readonly number[]): Int32Array {
    if (rows.length === 0) return this.#all()
    let length = Infinity
    for (const row of rows) length = Math.min(length, this.#starts[row + 1]! - this.#starts[row]!)
    const words = new Int32Array(length).fill(-1)
    for (const row of rows) {
      const first = this.#starts[row]!
      for (let w = 0; w < length; w++) words[w]! &= this.#words[first + w]!
    }
    while (length > 0 && words[length - 1] === 0) length--
    return words.subarray(0, length)
  }

  /** The row with all columns. */
  #all(): Int32Array {
    const words = new Int32Array((this.columns + 31) >> 5).fill(-1)
    if (this.columns & 31) words[words.length - 1] = 2 ** (this.columns & 31) - 1
    return words
  }

  /** Makes room for a row of so many words; where it begins. */
  #room(many: number): number {
    const at = this.#starts[this.#count]!
    if (at + many > this.#words.length) this.#words = longer(this.#words, at + many)
    if (this.#count + 2 > this.#starts.length) this.#starts = longer(this.#starts, this.#count + 2)
    this.#starts[++this.#count] = at + many
    return at
  }
}

function longer(old: Int32Array, least: number): Int32Array {
  const made = new Int32Array(Math.max(least, old.length * 2))
  made.set(old)
  return made
}

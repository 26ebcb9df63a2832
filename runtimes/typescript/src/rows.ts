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
  lowest(rows: ArrayLike<number>, many: number): number {
    if (many === 0) return this.columns > 0 ? 0 : -1
    const words = this.#words
    const starts = this.#starts
    const first = starts[rows[0]!]!
    let length = starts[rows[0]! + 1]! - first
    for (let i = 1; i < many; i++) length = Math.min(length, starts[rows[i]! + 1]! - starts[rows[i]!]!)
    for (let w = 0; w < length; w++) {
      let bits = words[first + w]!
      for (let i = 1; bits !== 0 && i < many; i++) bits &= words[starts[rows[i]!]! + w]!
      if (bits !== 0) return w * 32 + 31 - Math.clz32(bits & -bits)
    }
    return -1
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

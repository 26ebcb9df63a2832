const MOST_CELLS = 1 << 20
const ASCII = 128

/** Which of some prefixes a string begins with, found in one pass over its first characters: an automaton whose
 * states stand for what has been read so far. */
export class Prefixes {
  /** Of each state, which prefixes a string that leads to it begins with. */
  readonly holding: readonly (readonly number[])[]
  /** Where state s goes by a character of class c: `#next[s * #width + c]`; -1 where no longer prefix begins so. */
  readonly #next: Int32Array
  readonly #width: number
  /** The class of a character; 0 for one that no prefix has. */
  readonly #ascii = new Int32Array(ASCII)
  readonly #others = new Map<number, number>()

  /** null where these would take too much memory. */
  static of(prefixes: readonly string[]): Prefixes | null {
    const characters = new Set<number>()
    let states = 1
    for (const prefix of prefixes) {
      states += prefix.length
      for (let at = 0; at < prefix.length; at++) characters.add(prefix.charCodeAt(at))
      if (states * (characters.size + 1) > MOST_CELLS) return null
    }
    return new Prefixes(prefixes, characters, states)
  }

  private constructor(prefixes: readonly string[], characters: ReadonlySet<number>, most: number) {
    let classes = 0
    for (const code of characters) {
      if (code < ASCII) this.#ascii[code] = ++classes
      else this.#others.set(code, ++classes)
    }
    this.#width = classes + 1
    const next = new Int32Array(most * this.#width).fill(-1)
    const own: number[][] = [[]]
    const parents = [0]
    prefixes.forEach((prefix, i) => {
      let state = 0
      for (let at = 0; at < prefix.length; at++) {
        const cell = state * this.#width + this.#class(prefix.charCodeAt(at))
        if (next[cell]! < 0) {
          next[cell] = own.push([]) - 1
          parents.push(state)
        }
        state = next[cell]!
      }
      own[state]!.push(i)
    })
    this.#next = next.slice(0, own.length * this.#width)
    const holding: number[][] = []
    own.forEach((here, state) => holding.push(state === 0 ? here : [...holding[parents[state]!]!, ...here]))
    this.holding = holding
  }

  /** The state that a string leads to. */
  state(text: string): number {
    const next = this.#next
    const width = this.#width
    let state = 0
    for (let at = 0; at < text.length; at++) {
      const to = next[state * width + this.#class(text.charCodeAt(at))]!
      if (to < 0) break
      state = to
    }
    return state
  }

  #class(code: number): number {
    return code < ASCII ? this.#ascii[code]! : (this.#others.get(code) ?? 0)
  }
}

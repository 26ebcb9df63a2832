const NEWLINE = 10

/** Gives `take` all lines at hand at a time, without their newlines; a last one needs none.
 * @param {AsyncIterable<Buffer>} input
 * @param {(lines: Buffer[]) => void} take */
export async function eachLines(input, take) {
  /** @type {Buffer[]} */
  let begun = [] // of a line that goes on
  for await (const chunk of input) {
    const lines = []
    let at = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      const part = chunk.subarray(at, end)
      lines.push(begun.length === 0 ? part : Buffer.concat([...begun, part]))
      begun = []
      at = end + 1
    }
    if (at < chunk.length) begun.push(chunk.subarray(at))
    if (lines.length > 0) take(lines)
  }
  if (begun.length > 0) take([Buffer.concat(begun)])
}

// The beginning of an answer, kept back until its first content: an error before that can still be followed by a hop.

const MOST = 2 ** 20
const BOUNDARY = /\r\n\r\n|\n\n|\r\r/

/** Reads until the first content or an error. `isEvents` says whether the body is a stream of events; what is none has
 * content with its first byte. Gives the pieces that were read, and the error's object or null. Throws where the
 * connection is lost before, which in a stream of events any end is. */
export async function beginning(reader, isEvents) {
  const held = []
  const decoder = new TextDecoder()
  let text = ""
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done && isEvents) throw new Error("the stream ended before any content")
    if (done) return { held, error: null }
    held.push(value)
    size += value.length
    if (!isEvents || size > MOST) return { held, error: null }
    text += decoder.decode(value, { stream: true })
    for (let end = BOUNDARY.exec(text); end !== null; end = BOUNDARY.exec(text)) {
      const event = eventOf(text.slice(0, end.index))
      text = text.slice(end.index + end[0].length)
      if (event === undefined) continue
      if (errorOf(event) !== null) return { held, error: errorOf(event) }
      if (isContent(event)) return { held, error: null }
    }
  }
}

/** The data of an event: JSON, null if it is none, undefined if there is no data (a comment). */
function eventOf(block) {
  const lines = block.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data:"))
  if (lines.length === 0) return undefined
  try {
    return JSON.parse(lines.map((line) => line.slice(5)).join("\n"))
  } catch {
    return null
  }
}

function errorOf(event) {
  const error = event?.error
  return typeof error === "object" && error !== null ? error : null
}

/** Whether an event of the Messages API or of chat completions has something of the answer in it. What is not known
 * has: then nothing is kept back. */
function isContent(event) {
  switch (event?.type) {
    case "message_start":
    case "ping":
      return false
    case "content_block_start": {
      const block = event.content_block
      return !(block?.text === "" || block?.thinking === "")
    }
  }
  const choices = event?.choices
  if (!Array.isArray(choices)) return true
  return choices.some(
    (choice) =>
      Boolean(choice?.finish_reason) ||
      Object.entries(choice?.delta ?? {}).some(([name, value]) => name !== "role" && Boolean(value)),
  )
}

/** The whole body: what was kept back of it, then the rest as it comes. If the upstream breaks off, `broke` is called
 * with the error, and what it gives is said in the end (null: nothing, and the client's connection is cut too). `ended` is
 * called once, also when the client went. */
export function whole(reader, held, broke, ended) {
  const { readable, writable } = new IdentityTransformStream()
  // Not `pipeTo`: of workerd's it cannot be told which of the two sides broke off, and nothing can be said after it.
  const copy = async () => {
    const writer = writable.getWriter()
    for (const piece of held) await writer.write(piece)
    for (;;) {
      let next
      try {
        next = await reader.read()
      } catch (fault) {
        const said = broke(fault)
        if (said === null) return writer.abort(fault)
        await writer.write(new TextEncoder().encode(said))
        return writer.close()
      }
      if (next.done) return writer.close()
      await writer.write(next.value)
    }
  }
  copy().then(ended, ended)
  return readable
}

// A policy's attributes from a request, by their `from` clauses.
//
// What is found goes to the table as it is: the table says what is malformed, and which default stands in.

const INTEGER = /^-?[0-9]{1,16}$/
const INDEX = /^(0|[1-9][0-9]{0,8})$/
const ASCII = /^[\0-\x7f]*$/
const SESSION = "x-claude-code-session-id"
const FAMILIES = ["haiku", "sonnet", "opus"]
/** Bytes that stand for a picture or document in base64: some 1,600 tokens. */
const PICTURE = 6400

/** The request for the table. `declared` are the `attributes` of the table's JSON, `headers` a `Headers`, `body` is
 * parsed JSON, `metadata` objects of which the first that has a key counts. */
export function attributes(declared, headers, body, metadata) {
  const found = []
  for (const attribute of declared) {
    if (attribute.source === null) continue
    const value = valueOf(attribute, headers, body, metadata)
    if (value !== null && value !== undefined) found.push([attribute.name, value])
  }
  return Object.fromEntries(found) // makes members of all names, `__proto__` too
}

/** The objects that `from metadata` looks into: the header of Cloudflare's AI Gateway, then the body's own. */
export function metadataOf(headers, body) {
  let given = null
  try {
    given = JSON.parse(headers.get("cf-aig-metadata") ?? "null")
  } catch {
    // Malformed metadata is none: the attributes that are taken from it are absent.
  }
  return [given, at(body, "/metadata")]
}

function valueOf({ type, hi, source: { kind, name } }, headers, body, metadata) {
  switch (kind) {
    case "header": {
      const text = headers.get(name)
      if (text === null) return name.toLowerCase() === SESSION ? oldSession(body) : null
      return ofText(type, text)
    }
    case "body":
      return at(body, name)
    case "metadata":
      for (const each of metadata) {
        const value = member(each, name)
        if (value !== null && value !== undefined) return value
      }
      return null
    default:
      if (name === "model_hint") return modelHint(body)
      if (name === "has_tools") return hasTools(body)
      if (name !== "input_tokens") return null
      // More tokens than the attribute can say are counted as the most it can.
      return type === "int" ? Math.min(inputTokens(body), hi) : inputTokens(body)
  }
}

/** A header's text as a value: digits for an int, `true` and `false` for a bool, a list with commas for a set. What is
 * none stays text, and so of the wrong type. */
export function ofText(type, text) {
  const bare = text.trim()
  if (type === "int" && INTEGER.test(bare)) return Number(bare) + 0 // and no -0
  if (type === "bool" && /^(true|false)$/i.test(bare)) return bare.toLowerCase() === "true"
  if (type === "set") {
    return text
      .split(",")
      .map((piece) => piece.trim())
      .filter((piece) => piece !== "")
  }
  return text
}

function member(value, name) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? value[name]
    : undefined
}

/** What a JSON pointer leads to (RFC 6901), undefined where it leads nowhere. */
export function at(document, pointer) {
  let value = document
  for (const part of pointer.split("/").slice(1)) {
    const token = part.replaceAll("~1", "/").replaceAll("~0", "~")
    if (!Array.isArray(value)) value = member(value, token)
    else value = INDEX.test(token) ? value[Number(token)] : undefined
    if (value === undefined) return undefined
  }
  return value
}

/** Claude Code before 2.1.86 sends no header: the id stands in the body after `_session_`. */
function oldSession(body) {
  const user = at(body, "/metadata/user_id")
  if (typeof user !== "string") return null
  const place = user.indexOf("_session_")
  return place < 0 ? null : user.slice(place + "_session_".length) || null
}

function modelHint(body) {
  const model = at(body, "/model")
  if (typeof model !== "string" || model === "") return null
  const words = model.toLowerCase().split(/[^a-z]+/)
  return (words.includes("claude") && FAMILIES.find((family) => words.includes(family))) || model
}

function hasTools(body) {
  const tools = at(body, "/tools")
  return Array.isArray(tools) && tools.length > 0
}

/** A token for every 4 bytes of the prompt's JSON, with a space after each colon and comma and nothing escaped. */
export function inputTokens(body) {
  let size = 0
  // By hand and not recursive: a body may be nested more deeply than the stack.
  const rest = ["system", "tools", "messages"]
    .map((key) => member(body, key))
    .filter((part) => part !== undefined && part !== null)
  while (rest.length > 0) {
    const value = rest.pop()
    if (typeof value === "string") size += sizeOf(value)
    else if (typeof value !== "object" || value === null) size += String(value).length
    else if (Array.isArray(value)) {
      size += 2 + 2 * Math.max(0, value.length - 1)
      for (const item of value) rest.push(item)
    } else {
      const keys = Object.keys(value)
      size += 2 + 2 * Math.max(0, keys.length - 1)
      const isData = member(value, "type") === "base64"
      for (const key of keys) {
        size += sizeOf(key) + 2
        if (isData && key === "data") size += PICTURE
        else rest.push(value[key])
      }
    }
  }
  return Math.ceil(size / 4)
}

/** The bytes of a string in JSON, quotes included, in UTF-8, as if nothing in it were escaped. */
function sizeOf(text) {
  let size = text.length + 2
  if (ASCII.test(text)) return size
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) size += 1
    else if (unit < 0xd800 || unit > 0xdfff) size += 2
    else if (unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      size += 2
      i++
    } // and a lone surrogate, which UTF-8 cannot say, is one byte
  }
  return size
}

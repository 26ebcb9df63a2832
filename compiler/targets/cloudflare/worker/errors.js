// Which class of the policy language an upstream's error has, and what our own errors look like.

/** No chain covers the others unless it names them. */
export const UNAVAILABLE = new Set(["overloaded", "rate_limited", "server_error", "timeout", "unreachable"])

/** Cloudflare's own words for an origin that it has no connection to
 * (developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors, November 2026): down, no
 * handshake in time, no route, TLS failed, no address. A Worker sees these where another gateway sees no answer. */
const NO_CONNECTION = new Set([521, 522, 523, 525, 526, 530])

const TOO_LONG = [
  "prompt is too long", // Anthropic
  "input length and `max_tokens` exceed context limit", // Anthropic
  "input is too long for requested model", // Bedrock
  "maximum context length", // OpenAI's API
]
const REFUSED = ["blocked by content filtering policy", "content management policy"]

/** The class of an answer that is no success, null for one that goes to the client as it is. `text` is its body. */
export function classOf(status, text) {
  const { type, code, message } = partsOf(text)
  if (status === 413) return "context_overflow"
  if (status < 500) {
    if (status === 429) return "rate_limited"
    return ofRequest(type, code, message)
  }
  if (status === 529 || status === 503 || type === "overloaded_error") return "overloaded"
  if (status === 504 || status === 524) return "timeout"
  return NO_CONNECTION.has(status) ? "unreachable" : "server_error"
}

const OF_EVENTS = new Map([
  ["overloaded_error", "overloaded"],
  ["rate_limit_error", "rate_limited"],
  ["rate_limit_exceeded", "rate_limited"],
  ["timeout_error", "timeout"],
  ["api_error", "server_error"],
  ["server_error", "server_error"],
])

/** The class of an error that a stream tells, which has no status; `error` is its object. */
export function classOfEvent(error) {
  const { type, code, message } = partsOf(JSON.stringify({ error }))
  return OF_EVENTS.get(type) ?? OF_EVENTS.get(code) ?? ofRequest(type, code, message)
}

function ofRequest(type, code, message) {
  const said = message.toLowerCase()
  if (type === "request_too_large" || code === "context_length_exceeded") return "context_overflow"
  if (TOO_LONG.some((words) => said.includes(words))) return "context_overflow"
  if (code === "content_filter" || code === "content_policy_violation") return "refused"
  return REFUSED.some((words) => said.includes(words)) ? "refused" : null
}

function partsOf(text) {
  let error = null
  try {
    const parsed = JSON.parse(text)
    error = parsed?.error ?? parsed // Bedrock has a `message` alone
  } catch {
    // An error page: its status alone counts.
  }
  const word = (name) => (typeof error?.[name] === "string" ? error[name] : "")
  return { type: word("type"), code: word("code"), message: word("message") }
}

const TYPES = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
}

/** An error of ours, in the form that clients of the API (`messages` or `chat_completions`) understand. */
export function failure(api, status, message, headers = {}) {
  const type = TYPES[status] ?? (status < 500 ? "invalid_request_error" : "api_error")
  const error = { type, message }
  const body = api === "chat_completions" ? { error: { ...error, param: null, code: null } } : { type: "error", error }
  return Response.json(body, { status, headers })
}

/** The event that ends a stream which broke off, whatever was its last line. */
export function lastEvent(api, type, message) {
  const error = { type, message }
  if (api === "chat_completions") return `\n\ndata: ${JSON.stringify({ error })}\n\n`
  return `\n\nevent: error\ndata: ${JSON.stringify({ type: "error", error })}\n\n`
}

-- Which class of the policy language an answer has, nil for one that goes to the client as it is.
local errors = {}

errors.UNAVAILABLE = { overloaded = true, rate_limited = true, server_error = true, timeout = true, unreachable = true }

local CONTEXT = { "prompt is too long", "request_too_large", "exceed context limit", "context_length_exceeded", "maximum context length" }
local REFUSED = { "content filtering policy", "content management policy", "content_filter" }

local function says_one_of(text, phrases)
  for _, phrase in ipairs(phrases) do
    if text:find(phrase, 1, true) then return true end
  end
  return false
end

--- The class of a status of the upstream's.
function errors.of_status(status)
  if status == 529 or status == 503 then return "overloaded" end
  if status == 429 then return "rate_limited" end
  if status == 504 then return "timeout" end
  if status == 413 then return "context_overflow" end
  return status >= 500 and "server_error" or nil
end

--- The class of the text of a 400.
function errors.of_text(text)
  if says_one_of(text, CONTEXT) then return "context_overflow" end
  return says_one_of(text, REFUSED) and "refused" or nil
end

--- The class of an answer that Envoy itself has given, by its response flags and details, and whether it was a limit's.
function errors.of_envoy(told)
  if told:find("first_token", 1, true) or told:find("timeout", 1, true) then return "timeout", false end
  if told:find("local_rate_limited", 1, true) then return "overloaded", true end
  return "unreachable", false
end

return errors

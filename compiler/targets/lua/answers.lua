-- What a client is told: the decision, in headers, and errors that are no upstream's, in the form of Anthropic's API.
local interlock = interlock
local answers = {}

local HEADERS = { "policy", "version", "rule", "pool", "upstream", "model", "hop" }
local KINDS = {
  [400] = "invalid_request_error", [401] = "authentication_error", [403] = "permission_error", [404] = "not_found_error",
  [413] = "request_too_large", [429] = "rate_limit_error", [504] = "timeout_error", [529] = "overloaded_error",
}

answers.STATUS = { overloaded = 529, timeout = 504, unreachable = 503 }
answers.SAID = {
  overloaded = "%s is over its limit", timeout = "%s did not answer in time", unreachable = "%s cannot be reached",
}

local function encoded(text)
  return (text:gsub("[^%w%[%]/:.,_~ -]", function(c) return ("%%%02X"):format(c:byte()) end))
end

--- The headers that tell a decision.
function answers.told(decision)
  local headers = {}
  for _, name in ipairs(HEADERS) do
    local value = decision[name]
    if value ~= nil then headers["x-interlock-" .. name] = encoded(tostring(value)) end
  end
  return headers
end

--- The text of an error in the form of Anthropic's API.
function answers.error_text(status, message)
  local kind = KINDS[status] or (status < 500 and "invalid_request_error" or "api_error")
  return interlock.encode({ type = "error", error = { type = kind, message = message } })
end

return answers

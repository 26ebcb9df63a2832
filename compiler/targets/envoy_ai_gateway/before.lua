-- Decides, and says it to the routes in `x-interlock-pool`. Stands behind Envoy AI Gateway's own filter, which has read the
-- body, and has the route chosen anew.
local ROUTES = interlock.parse(SETTINGS)
local ATTRIBUTES = attributes.prepared(interlock.parse(TABLE).attributes)
local KINDS = {
  [400] = "invalid_request_error", [401] = "authentication_error", [403] = "permission_error", [404] = "not_found_error",
  [413] = "request_too_large", [429] = "rate_limit_error", [504] = "timeout_error", [529] = "overloaded_error",
}

local function respond(handle, status, message)
  local kind = KINDS[status] or (status < 500 and "invalid_request_error" or "api_error")
  local text = interlock.encode({ type = "error", error = { type = kind, message = message } })
  handle:respond({ [":status"] = tostring(status), ["content-type"] = "application/json" }, text)
end

function envoy_on_request(handle)
  handle:headers():remove("x-interlock-pool") -- a client is not to choose
  local buffer = handle:body(true)
  local text = buffer:getBytes(0, buffer:length())
  local headers = handle:headers() -- what was had before a wait is no longer there after it
  local members = body.members(text)
  if not members then
    respond(handle, 400, "the body is not a JSON object")
    return
  end
  local request = attributes.find(ATTRIBUTES, headers, text, members)
  local decision = policy:decide(request)
  handle:streamInfo():dynamicMetadata():set("interlock", "record", interlock.encode(policy:record(request, {})))
  if decision.fail then
    local message = decision.invalid and decision.invalid.message or decision.fail.message or "no way on"
    respond(handle, decision.fail.status, message)
    return
  end
  headers:replace("x-interlock-pool", ROUTES[decision.pool .. "\n" .. decision.upstream .. "\n" .. decision.model])
  handle:clearRouteCache()
end

-- Decides, and says it to the routes in `x-interlock-pool`. Stands behind Envoy AI Gateway's own filter, which has read the
-- body, and has the route chosen anew. Puts the policy's own answer in the place of the last attempt's where a walk ends.
local SETTINGS = interlock.parse(SETTINGS)
local ATTRIBUTES = attributes.prepared(interlock.parse(TABLE).attributes)

local function respond(handle, status, message)
  handle:respond({ [":status"] = tostring(status), ["content-type"] = "application/json" }, answers.error_text(status, message))
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
  local told = handle:streamInfo():dynamicMetadata()
  told:set("interlock", "record", interlock.encode(policy:record(request, {})))
  if decision.fail then
    local message = decision.invalid and decision.invalid.message or decision.fail.message or "no way on"
    respond(handle, decision.fail.status, message)
    return
  end
  local rule = SETTINGS.routes[decision.pool .. "\n" .. decision.upstream .. "\n" .. decision.model]
  told:set("interlock", "rule", rule)
  headers:replace("x-interlock-pool", rule)
  handle:clearRouteCache()
end

function envoy_on_response(handle)
  -- Another route has a script of its own, which shares nothing with the one of the request but this.
  local told = handle:streamInfo():dynamicMetadata():get("interlock")
  local ends = told and told.rule and SETTINGS.ends[told.rule]
  if not ends then return end
  local status = tonumber(handle:headers():get(":status"))
  local class = errors.of_status(status)
  local fail = class and ends.status[class]
  if status == 400 and next(ends.text) then
    local buffer = handle:body(true)
    class = errors.of_text(buffer:getBytes(0, buffer:length()))
    fail = class and ends.text[class]
  end
  if not fail then return end
  local headers = handle:headers()
  headers:replace(":status", tostring(fail[1]))
  headers:replace("content-type", "application/json")
  headers:remove("content-encoding")
  local size = handle:body(true):setBytes(answers.error_text(fail[1], fail[2]))
  handle:headers():replace("content-length", tostring(size))
end

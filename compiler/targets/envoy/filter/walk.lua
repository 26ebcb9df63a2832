-- Each attempt of a request: where the policy sends it after what it has met, and whether it goes on after this one.
-- `x-interlock-met` has the errors so far; an answer with `x-interlock-next`, the errors and one more, is asked for again.
local interlock, policy, gateway, attributes, body, errors, answers = interlock, policy, gateway, attributes, body, errors, answers
local breakers = gateway.breakers

local function respond(handle, status, message, decision)
  local headers = decision and answers.told(decision) or {}
  headers[":status"] = tostring(status)
  headers["content-type"] = "application/json"
  handle:respond(headers, answers.error_text(status, message))
end

--- Has an answer of Envoy's own say what the provider's would.
local function reword(handle, status, message)
  local headers = handle:headers()
  headers:replace(":status", tostring(status))
  headers:replace("content-type", "application/json")
  local size = handle:body(true):setBytes(answers.error_text(status, message))
  handle:headers():replace("content-length", tostring(size))
end

--- The walk after what was met: the decision and how often its hop was tried. `CLASS!` was no answer: nothing was sent.
local function walked(request, met)
  local decision, tries = policy:decide(request), 0
  for class, skipped in met:gmatch("([a-z_]+)(!?)") do
    if skipped == "" and errors.UNAVAILABLE[class] and tries < (gateway.retries[decision.pool] or 0) then
      tries = tries + 1
    else
      tries, decision = 0, policy:after(decision, class)
    end
  end
  return decision, tries
end

--- The walk from there on past what a breaker keeps from being asked: the decision, tries, what was met, and the permit.
local function admitted(decision, tries, met, now)
  while not decision.fail do
    local permit = breakers:ask(decision.upstream, now)
    if permit then return decision, tries, met, permit end
    met = met == "" and "overloaded!" or met .. ",overloaded!"
    tries, decision = 0, policy:after(decision, "overloaded")
  end
  return decision, tries, met
end

local function classes_of(met)
  local classes = {}
  for class in met:gmatch("[a-z_]+") do classes[#classes + 1] = class end
  return classes
end

local function with(met, class) return met == "" and class or met .. "," .. class end

--- The classes after which the request goes on: to a hop or to a `fail`.
local function moving(decision, tries)
  local classes = {}
  for _, class in ipairs(interlock.error_classes) do
    if errors.UNAVAILABLE[class] and tries < (gateway.retries[decision.pool] or 0) then
      classes[class] = true
    else
      local fail = policy:after(decision, class).fail
      classes[class] = not fail or fail.status ~= nil
    end
  end
  return classes
end

local function send(handle, text, members, decision, is_held)
  local headers, upstream = handle:headers(), gateway.upstreams[decision.upstream]
  local endpoint = upstream.endpoint()
  headers:replace("x-interlock-at", upstream.word)
  headers:remove("x-interlock-to")
  if endpoint then
    headers:replace("x-interlock-to", endpoint.cluster)
    headers:replace(":authority", endpoint.authority)
    headers:replace(":path", endpoint.base .. headers:get(":path"))
  else
    handle:logErr("interlock: " .. decision.upstream .. ": no address in the variable " .. upstream.env)
  end
  headers:remove("x-interlock-hold")
  local waits = is_held or upstream.first_token
  if waits and body.value(text, members, "stream") == true then headers:replace("x-interlock-hold", "1") end
  for _, name in ipairs({ "authorization", "x-api-key", "accept-encoding", "x-interlock-met" }) do headers:remove(name) end
  local key = upstream.key and os.getenv(upstream.key)
  if key then headers:replace("x-api-key", key) end
  if body.value(text, members, "model") ~= decision.model then
    handle:body():setBytes(body.with_model(text, members, decision.model))
  end
end

function envoy_on_request(handle)
  local buffer = handle:body(true)
  local text = buffer:getBytes(0, buffer:length())
  local headers = handle:headers()
  local met = headers:get("x-interlock-met") or ""
  local members = body.members(text)
  if not members then
    respond(handle, 400, "the body is not a JSON object")
    return
  end
  local request = attributes.find(gateway.attributes, headers, text, members)
  local is_shadow = headers:get("x-interlock-shadow") ~= nil
  local decision, tries = walked(request, met)
  local permit
  if not is_shadow then decision, tries, met, permit = admitted(decision, tries, met, handle:timestamp()) end
  local metadata = handle:streamInfo():dynamicMetadata()
  metadata:set("interlock", "record", interlock.encode(policy:record(request, classes_of(met))))
  if is_shadow then
    local answer = answers.told(decision)
    answer[":status"] = "204"
    if decision.fail then answer["x-interlock-fail"] = tostring(decision.fail.status) end
    handle:respond(answer)
    return
  end
  if decision.fail then
    local message = decision.invalid and decision.invalid.message or decision.fail.message or "no way on"
    -- Without a status it is an error of no upstream's: a breaker's, from which nothing leads on.
    respond(handle, decision.fail.status or answers.STATUS.overloaded, message, decision)
    return
  end
  metadata:set("interlock", "met", met)
  local classes = moving(decision, tries)
  metadata:set("interlock", "moving", classes)
  metadata:set("interlock", "told", answers.told(decision))
  metadata:set("interlock", "upstream", decision.upstream)
  metadata:set("interlock", "permit", permit)
  send(handle, text, members, decision, classes.overloaded)
end

--- The class of an answer, and whether it came of a limit; nil for one that goes to the client.
local function class_of(handle, own)
  local headers = handle:headers()
  local told_by_envoy = headers:get("x-interlock-local")
  if told_by_envoy then return errors.of_envoy(told_by_envoy) end
  if headers:get("x-interlock-began") then return "overloaded" end
  local status = tonumber(headers:get(":status"))
  if status == 400 and (own.moving.context_overflow or own.moving.refused) then
    local buffer = handle:body(true)
    return errors.of_text(buffer:getBytes(0, buffer:length()))
  end
  return errors.of_status(status)
end

function envoy_on_response(handle)
  local own = handle:streamInfo():dynamicMetadata():get("interlock")
  if not own or not own.told then
    local told_by_envoy = handle:headers():get("x-interlock-local") or ""
    if told_by_envoy:find("too_large", 1, true) then reword(handle, 413, "the body is larger than 40 MB") end
    return
  end
  local class, limited = class_of(handle, own)
  if limited then
    breakers:unsent(own.upstream, own.permit, handle:timestamp())
  else
    breakers:done(own.upstream, own.permit, errors.UNAVAILABLE[class] or false, handle:timestamp())
  end
  local headers = handle:headers() -- what was had before a wait is no longer there after it
  for name, value in pairs(own.told) do headers:replace(name, value) end
  local status = limited and gateway.upstreams[own.upstream].limit
  if class and own.moving[class] and not status then
    headers:replace("x-interlock-next", with(own.met, class .. (limited and "!" or "")))
    headers:remove("x-envoy-ratelimited") -- with it Envoy's router would not ask again
  elseif headers:get("x-interlock-local") then
    -- No answer of the upstream's: it is worded as one.
    reword(handle, status or answers.STATUS[class], answers.SAID[class]:format(own.upstream))
  end
end

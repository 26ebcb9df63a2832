-- One attempt: what is sent to an upstream, and what has come back before any of it goes to the client.
local body, errors, http, events, timer = body, errors, http, events, timer
local send = {}

local OURS = { "x-interlock-", "x-forwarded-", "x-kong-", "x-consumer-", "x-credential-" }
local KEPT_BACK = {
  ["host"] = true, ["content-length"] = true, ["expect"] = true, ["accept-encoding"] = true, ["authorization"] = true,
  ["x-api-key"] = true, ["x-real-ip"] = true, ["x-anonymous-consumer"] = true, ["x-authenticated-groups"] = true,
}

local function is_kept_back(name)
  if KEPT_BACK[name] or http.HOP_BY_HOP[name] then return true end
  for _, prefix in ipairs(OURS) do
    if name:sub(1, #prefix) == prefix then return true end
  end
  return false
end

--- The request line and headers.
local function head(given, to, key, size)
  local lines = { ("POST %s%s HTTP/1.1"):format(to.base, given.path), "host: " .. to.authority }
  for name, value in pairs(given.headers) do
    if not is_kept_back(name:lower()) then
      for _, each in ipairs(type(value) == "table" and value or { value }) do
        lines[#lines + 1] = ("%s: %s"):format(name, tostring(each))
      end
    end
  end
  if key and key ~= "" then lines[#lines + 1] = "x-api-key: " .. key:gsub("%c", "") end
  lines[#lines + 1] = "content-length: " .. size
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

local function is_events(answer)
  local kind = answer.headers["content-type"]
  return answer.status == 200 and kind ~= nil and kind[1]:lower():find("text/event-stream", 1, true) == 1
end

--- What has come back: an answer with what was read of it in `held`, and the class of the error, if it is one.
local function received(answer, walk, has_first_token)
  answer.held = {}
  local class, why = errors.of_status(answer.status), nil
  if class and walk:leads_on(class) then
    answer:close()
    return answer, class
  end
  if is_events(answer) then
    if not has_first_token and not walk:leads_on("overloaded") then return answer end
    local begun
    begun, why = events.hold(answer, answer.held)
    if begun == "content" then
      timer.began(answer.timeout)
      return answer
    end
    if begun == "overloaded" then
      if walk:leads_on(begun) then answer:close() end
      return answer, begun
    end
    return nil, begun, why
  end
  local ok, failed
  ok, failed, why = answer:whole(answer.held)
  if not ok then return nil, class or failed, why end
  if answer.status == 400 then class = errors.of_text(table.concat(answer.held)) end
  return answer, class
end

--- Sends `given` (path, headers, text, members) where a walk's decision says. `conf` has the addresses and the keys.
-- An answer and the class of the error, if it is one; nil for the answer if there was none.
function send.once(walk, given, conf)
  local decision = walk.decision
  local timeouts = walk.served.timeouts[decision.upstream]
  local to = http.address(conf.endpoints[decision.upstream] or "")
  if not to then return nil, "unreachable", "no address" end
  local text = given.text
  if body.value(text, given.members, "model") ~= decision.model then
    text = body.with_model(text, given.members, decision.model)
  end
  local is_stream = body.value(text, given.members, "stream") == true
  local timeout = timer.start(timeouts, is_stream)
  local sent = head(given, to, conf.keys and conf.keys[decision.upstream], #text)
  local answer, class, why = http.ask(to, sent, text, timeout)
  if not answer then return nil, class, why end
  return received(answer, walk, is_stream and timeouts.first_token ~= nil)
end

return send

-- The plugin: decides and walks in Kong's access phase, and streams the answer from there. Nothing is sent to the service
-- of the route, if it has one.
local interlock, attributes, body, answers = interlock, attributes, body, answers
local http, serving, timer, walk, send = http, serving, timer, walk, send

-- After authentication and rate limiting, as `ai-proxy`, whose place it takes.
local Interlock = { PRIORITY = 770, VERSION = "0.1.0" }
local MOST = 41943040 -- bytes of a request; Anthropic takes 32 MB

local function refuse(status, message, headers)
  headers = headers or {}
  headers["content-type"] = "application/json"
  return kong.response.exit(status, answers.error_text(status, message), headers)
end

--- Why a table's text is refused; nil if it is not.
function Interlock.fault(text)
  local policy, fault = interlock.load(text)
  return not policy and fault.message or nil
end

function Interlock:configure(configs)
  local texts = {}
  for _, conf in ipairs(configs or {}) do texts[#texts + 1] = conf.table end
  for _, why in ipairs(serving.keep(texts)) do kong.log.err("interlock: a table is refused: ", why) end
end

local function joined(headers)
  return {
    get = function(_, name)
      local value = headers[name:lower()]
      return type(value) == "table" and table.concat(value, ", ") or value
    end,
  }
end

--- The path and query for upstreams, whatever the route puts before it; nil where it is none of ours. A path that an
-- upstream might read in another way than Kong's router did is none.
local function path_of()
  local path = kong.request.get_raw_path():match("/v1/messages[%w/_-]*$")
  local query = kong.request.get_raw_query()
  return path and query ~= "" and path .. "?" .. query or path
end

--- Passes an answer on, what is held of it first, then each piece as it comes. Nil, or why it was cut.
local function pass(answer, decision)
  ngx.status = answer.status
  for _, name in ipairs(answer.names) do
    local values = answer.headers[name:lower()]
    if not http.HOP_BY_HOP[name:lower()] then ngx.header[name] = #values > 1 and values or values[1] end
  end
  for name, value in pairs(answers.told(decision)) do ngx.header[name] = value end
  local ok, why = ngx.print(answer.held)
  while ok do
    ok, why = ngx.flush(true)
    if not ok then break end
    local piece, _, cut = answer:read()
    if cut then return cut end
    if not piece then return nil end
    ok, why = ngx.print(piece)
  end
  answer:close()
  return "client: " .. tostring(why)
end

--- What a client is told where there is no answer of an upstream's.
local function say(walked, class)
  local decision, limited = walked.decision, walked.limited
  local headers = answers.told(decision)
  if limited then return refuse(limited.status, answers.SAID.overloaded:format(limited.upstream), headers) end
  if class then return refuse(answers.STATUS[class], answers.SAID[class]:format(decision.upstream), headers) end
  local message = decision.invalid and decision.invalid.message or decision.fail.message or "no way on"
  -- Without a status it is an error of no upstream's: a breaker's, from which nothing leads on.
  return refuse(decision.fail.status or answers.STATUS.overloaded, message, headers)
end

function Interlock:access(conf)
  local served, fault = serving.of(conf.table)
  if not served then
    kong.log.err("interlock: the table is refused: ", fault)
    return refuse(500, "no decision was made: see the log of Kong")
  end
  local path = path_of()
  if not path then
    if conf.shadow then return end
    return refuse(404, "only /v1/messages is served here")
  end
  local text, why = kong.request.get_raw_body(MOST)
  if not text or #text > MOST then
    if conf.shadow then return end
    if text or tostring(why):find("too big", 1, true) then return refuse(413, "the body is larger than 40 MB") end
    kong.log.err("interlock: ", why)
    return refuse(500, "the body could not be read: see the log of Kong")
  end
  local members = body.members(text)
  if not members then
    if conf.shadow then return end
    return refuse(400, "the body is not a JSON object")
  end
  local headers = kong.request.get_headers(1000)
  local request = attributes.find(served.attributes, joined(headers), text, members)
  local walked = walk.new(served, request, timer.now)
  if conf.shadow then
    kong.log.set_serialize_value("interlock", walked:line("shadow"))
    return
  end
  local given = { path = path, headers = headers, text = text, members = members }
  local answer, class = walked:run(function(each)
    local came, met, reason = send.once(each, given, conf)
    if reason then kong.log.notice("interlock: ", each.decision.upstream, ": ", met, ": ", reason) end
    return came, met
  end)
  local outcome = (class or answer and answer.status >= 400) and "returned" or answer and "served" or "failed"
  kong.log.set_serialize_value("interlock", walked:line(outcome))
  if not answer then return say(walked, class) end
  local cut = pass(answer, walked.decision)
  if cut then
    kong.log.set_serialize_value("interlock.cut", cut)
    return ngx.exit(ngx.ERROR) -- the client's connection ends as the upstream's did, without a last chunk
  end
  return ngx.exit(ngx.HTTP_OK)
end

return Interlock

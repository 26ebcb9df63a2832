-- The beginning of a stream of server-sent events: kept back until there is content, so that an overloaded error before it
-- can still be followed by a hop, and the timer of the first token runs until then.
local interlock = interlock
local events = {}

local CONTENT = { content_block_delta = true, message_delta = true, message_stop = true }
local MOST = 262144 -- bytes; no stream says so little in so much

--- What an event is: "overloaded", "content" (any other error goes to the client too), or nil for what comes before it.
local function kind(event)
  local parts = {}
  for data in ("\n" .. event):gmatch("\ndata:([^\n]*)") do parts[#parts + 1] = data end
  local said = interlock.parse(table.concat(parts, "\n"))
  local type_ = type(said) == "table" and said.type
  if CONTENT[type_] then return "content" end
  if type_ ~= "error" then return nil end
  local told = said.error
  return type(told) == "table" and told.type == "overloaded_error" and "overloaded" or "content"
end

--- Finds what has begun in a text that ends in a whole event or not: "overloaded", "content" or nil, and the rest.
function events.begun(text)
  text = text:gsub("\r\n", "\n")
  local from = 1
  while true do
    local last, next_ = text:find("\n\n", from, true)
    if not last then return nil, text:sub(from) end
    local found = kind(text:sub(from, last - 1))
    if found then return found end
    from = next_ + 1
  end
end

--- Reads into `held`, a list, until something has begun: "content" (also at the end), or the class of the error, and why.
function events.hold(answer, held)
  local rest, size = "", 0
  while true do
    local piece, class, why = answer:read()
    if class then return class, why end
    if not piece then return "content" end
    held[#held + 1] = piece
    size = size + #piece
    local found
    found, rest = events.begun(rest .. piece)
    if found then return found end
    if size > MOST then return "content" end
  end
end

return events

-- The beginning of a stream of server-sent events: kept back until there is content, so that an overloaded error before it
-- can still be followed by a hop, and the timer of the first token runs until then.
local interlock = interlock
local events = {}

local CONTENT = { content_block_start = true, content_block_delta = true, message_delta = true, message_stop = true }
local MOST = 262144 -- bytes; no stream says so little in so much

--- The lines of a field of an event, joined.
local function field(event, name)
  local parts = {}
  for text in ("\n" .. event):gmatch("\n" .. name .. ": ?([^\n]*)") do parts[#parts + 1] = text end
  return table.concat(parts, "\n")
end

--- What an event is: "overloaded", "content" (any other error goes to the client too), or nil for what comes before it.
local function kind(event)
  local said = interlock.parse(field(event, "data"))
  local is_object = type(said) == "table" and said ~= interlock.null
  local name = field(event, "event")
  if name == "" then name = is_object and said.type or "" end
  if CONTENT[name] then return "content" end
  if name ~= "error" then return nil end
  local told = is_object and said.error
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
    if size > MOST then return "content" end
    local found
    found, rest = events.begun(rest .. piece)
    if found then return found end
  end
end

return events

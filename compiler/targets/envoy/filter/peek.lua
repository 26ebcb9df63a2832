-- Reads the beginning of a stream as it passes, and notes for `hold` what it is: an overloaded error, or something else.
local function metadata(handle) return handle:streamInfo():dynamicMetadata() end

local MOST = 262144 -- bytes; no stream says so little in so much

local CONTENT = { "content_block_start", "message_delta", "message_stop" }

local function begun(text)
  local first
  for _, event in ipairs(CONTENT) do
    local at = text:find(event, 1, true)
    if at and (not first or at < first) then first = at end
  end
  local at, _, data = text:find("event: ?error\r?\n(.-)\r?\n\r?\n")
  if at and not (first and first < at) then return data:find("overloaded_error", 1, true) and "overloaded" or "content" end
  return (first or #text > MOST) and "content" or nil
end

function envoy_on_response(handle)
  local kind = handle:headers():get("content-type") or ""
  if handle:headers():get(":status") ~= "200" or not kind:find("text/event-stream", 1, true) then return end
  if not metadata(handle):get("interlock") then return end
  local text = ""
  for chunk in handle:bodyChunks() do
    text = text .. chunk:getBytes(0, chunk:length())
    local what = begun(text)
    if what then
      metadata(handle):set("interlock", "begun", what)
      return
    end
  end
  metadata(handle):set("interlock", "begun", "content")
end

-- Keeps the headers of a stream back until its content begins, so that an overloaded error before it can still be
-- followed, and the timer of the first token runs until then. A filter of Envoy's cannot wait for another one: it looks
-- again after a pause, of a tenth of what was waited so far, at most 20 ms.
local function metadata(handle) return handle:streamInfo():dynamicMetadata() end

function envoy_on_request(handle)
  if handle:headers():get("x-interlock-hold") then
    metadata(handle):set("interlock", "hold", true)
    handle:headers():remove("x-interlock-hold")
  end
end

function envoy_on_response(handle)
  local kind = handle:headers():get("content-type") or ""
  if handle:headers():get(":status") ~= "200" or not kind:find("text/event-stream", 1, true) then return end
  local own = metadata(handle):get("interlock")
  if not own or not own.hold then return end
  local from = handle:timestamp()
  while not own.begun do
    local pause = math.max(1, math.min(20, math.floor((handle:timestamp() - from) / 10)))
    handle:httpCall("interlock_pause", {
      [":method"] = "GET", [":path"] = "/", [":authority"] = "pause", ["x-envoy-fault-delay-request"] = tostring(pause),
    }, nil, 1000)
    own = metadata(handle):get("interlock")
  end
  if own.begun == "overloaded" then
    handle:headers():replace("x-interlock-began", "overloaded")
  end
end

-- In front of the walk: what a request has met so far, in all its attempts. Envoy keeps a stream's dynamic metadata from
-- one attempt to the next. Knows nothing of a policy, so that a new one changes nothing here.
local function metadata(handle) return handle:streamInfo():dynamicMetadata() end

function envoy_on_request(handle)
  local own = metadata(handle):get("interlock")
  handle:headers():replace("x-interlock-met", own and own.met or "")
end

function envoy_on_response(handle)
  local met = handle:headers():get("x-interlock-next")
  if met then metadata(handle):set("interlock", "met", met) end
end

-- A gateway's part of the work: send, try again where the table says, answer. `ours.send(upstream, model)` gives the class
-- of the error, nil if it went well; `ours.answer(status, message)` answers the client; `ours.log(line)` keeps a record.
return function(text, ours)
local interlock = require("interlock")
local policy = assert(interlock.load(text)) -- the text of a table, at start

local function route(request) -- parsed JSON: { session_id = "s-1", input_tokens = 50000 }
  local decision, met = policy:decide(request), {}
  while not decision.fail do
    local class = ours.send(decision.upstream, decision.model)
    if not class then break end
    met[#met + 1] = class
    decision = policy:after(decision, class)
  end
  if decision.fail then ours.answer(decision.fail.status, decision.fail.message) end
  ours.log(interlock.encode(policy:record(request, met)))
end
  return route
end

-- Asks the plugin's modules: a line of JSON in, a line of JSON out. Arguments: the folders of the runtime, of the modules that
-- gateways with Lua share, and of the plugin.
package.path = arg[1] .. "/?.lua;" .. arg[1] .. "/?/init.lua"
interlock = require("interlock")
local now = 0
ngx = { update_time = function() end, now = function() return now / 1000 end }
timer = dofile(arg[3] .. "/timer.lua")
local breakers, limits = dofile(arg[2] .. "/breakers.lua"), dofile(arg[3] .. "/limits.lua")
local http = dofile(arg[3] .. "/http.lua")
events = dofile(arg[3] .. "/events.lua")

local asked = {}

--- What limits and breakers answer to a list of `{ upstream, now }`, or `{ upstream, now, of, failed }` for the end of an
-- earlier one: "sent", "overloaded" or a status.
function asked.serving(given)
  timer = dofile(arg[3] .. "/timer.lua")
  local upstreams = interlock.parse(given.table).upstreams
  local breaking, counting, permits, answers = breakers.new(upstreams), limits.new(upstreams), {}, {}
  for i, step in ipairs(given.steps) do
    now = step.now + 0.25
    step.now = timer.now()
    if step.of then
      breaking:done(step.upstream, permits[step.of], step.failed, step.now)
    elseif breaking:is_open(step.upstream, step.now) then
      answers[#answers + 1] = "overloaded"
    else
      local taken, status = counting:take(step.upstream, step.now)
      permits[i] = taken and breaking:ask(step.upstream, step.now) or nil
      answers[#answers + 1] = taken and "sent" or status and tostring(status) or "overloaded"
    end
  end
  return { answers = answers }
end

function asked.address(given) return { address = http.address(given.url) or false } end

function asked.begun(given) return { begun = (events.begun(given.text)) or false } end

for line in io.lines() do
  local given = interlock.parse(line)
  print(interlock.encode(asked[given.ask](given)))
end

-- Asks the modules that gateways with Lua share: a line of JSON in, a line of JSON out. Arguments: the runtime's folder and theirs.
package.path = arg[1] .. "/?.lua;" .. arg[1] .. "/?/init.lua"
interlock = require("interlock")
body = dofile(arg[2] .. "/body.lua")
attributes = dofile(arg[2] .. "/attributes.lua")
errors = dofile(arg[2] .. "/errors.lua")

local asked = {}

function asked.attributes(given)
  local headers = {}
  for name, value in pairs(given.headers) do headers[name:lower()] = value end
  local source = { get = function(_, name) return headers[name:lower()] end }
  local members = body.members(given.body)
  if not members then return { refused = true } end
  local found = attributes.find(attributes.prepared(given.declared), source, given.body, members)
  for name, value in pairs(found) do
    if type(value) == "number" and value % 1 ~= 0 then found[name] = ("%.17g"):format(value) end
  end
  return { found = next(found) and found or nil, refused = false }
end

function asked.model(given)
  local members = body.members(given.body)
  return { text = body.with_model(given.body, members, given.model) }
end

function asked.class(given)
  if given.told then
    local class, limited = errors.of_envoy(given.told)
    return { class = class, limited = limited }
  end
  local class = given.text and errors.of_text(given.text) or not given.text and errors.of_status(given.status)
  return { class = class or false }
end

--- What a breaker answers to a list of `{ upstream, now }` and `{ upstream, now, which ask, failed }`.
function asked.breaker(given)
  local breakers = dofile(arg[2] .. "/breakers.lua").new(interlock.parse(given.table).upstreams)
  local permits, answers = {}, {}
  for i, step in ipairs(given.steps) do
    if step.of then
      local permit = permits[step.of]
      if permit then breakers:done(step.upstream, permit, step.failed, step.now) end
    else
      permits[i] = breakers:ask(step.upstream, step.now)
      answers[#answers + 1] = permits[i] ~= nil
    end
  end
  return { answers = answers }
end

for line in io.lines() do
  local given = interlock.parse(line)
  print(interlock.encode(asked[given.ask](given)))
end

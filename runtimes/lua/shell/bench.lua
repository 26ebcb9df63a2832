-- What `bench` does: how long a decision takes. Each round decides all requests, parsed beforehand, so often that it takes
-- a millisecond at least; the percentiles are over rounds, after a warm-up.
local folder = arg[0]:match("^(.*)/shell/[^/]*$") or "."
package.path = folder .. "/?.lua;" .. folder .. "/?/init.lua"
local interlock = require("interlock")
local hashing = require("interlock.hashing")
local lines = require("shell.lines")

local ROUNDS, SHORTEST = 300, 0.001

local function complain(message)
  io.stderr:write(message, "\n")
  os.exit(2)
end

local function content_of(path)
  local file, problem = io.open(path, "rb")
  if not file then complain(problem) end
  local text = file:read("*a")
  file:close()
  if not text then complain(path .. ": cannot be read") end
  return text
end

if #arg ~= 2 then complain("usage: bench TABLE REQUESTS.jsonl") end
local text = content_of(arg[1])

local function used()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count") * 1024
end

local policy_table
local loads = {}
for i = 1, 5 do
  local start = os.clock()
  local loaded, fault = interlock.load(text)
  loads[i] = (os.clock() - start) * 1000
  if not loaded then complain(arg[1] .. ": " .. fault.message) end
end
table.sort(loads)
local before = used()
policy_table = interlock.load(text)
local table_bytes = used() - before

local requests, answers = {}, {}
for line in lines.of(content_of(arg[2])) do
  requests[#requests + 1] = interlock.parse(line)
  answers[#answers + 1] = interlock.encode(policy_table:decide_text(line)) .. "\n"
end
if #requests == 0 then complain(arg[2] .. ": has no requests") end

local function round(times)
  for _ = 1, times do
    for i = 1, #requests do policy_table:decide(requests[i]) end
  end
end

local function seconds(times)
  local start = os.clock()
  round(times)
  return os.clock() - start
end

local warm = os.clock()
repeat
  round(1)
until os.clock() - warm > 0.3
local times = 1
while seconds(times) < SHORTEST * 1.5 do times = times * 2 end

collectgarbage()
collectgarbage("stop")
local kilobytes = collectgarbage("count")
round(1)
local allocated_bytes = (collectgarbage("count") - kilobytes) * 1024 / #requests
collectgarbage("restart")

local per_decision = {}
for i = 1, ROUNDS do per_decision[i] = seconds(times) / (times * #requests) * 1e9 end
table.sort(per_decision)

local function figure(number) return string.format("%.1f", number) end

io.write(
  '{"language": "lua", "version": "' .. (jit and jit.version or _VERSION) .. '"',
  ', "answers_sha256": "' .. hashing.sha256(table.concat(answers)) .. '"',
  ', "p50_ns": ' .. figure(per_decision[math.ceil(ROUNDS * 0.5)]),
  ', "p99_ns": ' .. figure(per_decision[math.ceil(ROUNDS * 0.99)]),
  ', "allocations": null, "allocated_bytes": ' .. figure(allocated_bytes),
  ', "load_ms": ' .. figure(loads[3]),
  ', "table_bytes": ' .. string.format("%.0f", table_bytes) .. "}\n"
)

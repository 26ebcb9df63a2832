-- Times an if-chain in Lua: bench.lua RUNTIME_FOLDER CHAIN.lua REQUESTS.jsonl EXPECTED, one index a line in EXPECTED.
-- The runtime reads the requests. Exit code 3: the chain decides a request differently, and nothing was timed.
local runtime, chain_path, requests_path, expected_path = arg[1], arg[2], arg[3], arg[4]
package.path = runtime .. "/?.lua;" .. runtime .. "/?/init.lua"
local interlock = require("interlock")
local ROUNDS, SHORTEST = 300, 0.001
local chain = assert(loadfile(chain_path))()

local requests = {}
local expected = io.lines(expected_path)
for line in io.lines(requests_path) do
  local request = interlock.parse(line)
  requests[#requests + 1] = request
  local got, want = chain(request), tonumber(expected())
  if got ~= want then
    io.stderr:write(("if-chain decides differently: by rule %s, not by %s, for %s\n"):format(got, want, line))
    os.exit(3)
  end
end

local function seconds(times)
  local start = os.clock()
  for _ = 1, times do
    for i = 1, #requests do chain(requests[i]) end
  end
  return os.clock() - start
end

local warm = os.clock()
repeat seconds(1) until os.clock() - warm > 0.3
local times = 1
while seconds(times) < SHORTEST * 1.5 do times = times * 2 end
local taken = {}
for i = 1, ROUNDS do taken[i] = seconds(times) / (times * #requests) * 1e9 end
table.sort(taken)
print(('{"p50_ns": %.1f, "p99_ns": %.1f, "rounds": %d}'):format(taken[ROUNDS * 0.5], taken[ROUNDS * 0.99], ROUNDS))

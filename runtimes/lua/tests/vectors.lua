-- Every vector of runtimes/vectors is answered as it says.
local harness = require("tests.harness")
local interlock = require("interlock")
local json = require("interlock.json")
local test, equal = harness.test, harness.equal

local function content_of(path) return assert(json.read(harness.read_file(harness.vectors .. "/" .. path))) end

-- The files of a folder; an empty one is a fault, unless it may be missing.
local function files(folder, may_be_missing)
  local found = {}
  local listing = io.popen("ls '" .. harness.vectors .. "/" .. folder .. "' 2>/dev/null")
  for name in listing:lines() do
    if name:find("%.json$") then found[#found + 1] = folder .. "/" .. name end
  end
  listing:close()
  assert(#found > 0 or may_be_missing, "no vectors in " .. folder)
  return found
end

local tables = {}
local function table_of(name)
  tables[name] = tables[name] or assert(interlock.load(harness.read_file(harness.vectors .. "/tables/" .. name .. ".json")))
  return tables[name]
end

local function each(folder, answer, may_be_missing)
  for _, path in ipairs(files(folder, may_be_missing)) do
    local content = content_of(path)
    assert(#content.cases > 0)
    for _, case in ipairs(content.cases) do
      test(path .. ": " .. (case.name or ""), function() answer(content.table and table_of(content.table), case, content) end)
    end
  end
end

for _, folder in ipairs({ "decide", "requests" }) do
  each(folder, function(table, case)
    equal(interlock.encode(table:decide_text(case.request)), json.write(case.decision))
    local request = interlock.parse(case.request)
    equal(interlock.encode(table:decide(request)), json.write(case.decision), "again, from what is remembered")
    equal(interlock.encode((table._decide_plainly(table, request))), json.write(case.decision), "plainly")
  end)
end

each("walks", function(table, case)
  local decision = table:decide_text(case.request)
  equal(interlock.encode(decision), json.write(case.decisions[1]))
  for i, class in ipairs(case.after) do
    decision = table:after(decision, class)
    equal(interlock.encode(decision), json.write(case.decisions[i + 1]), "after error " .. i)
  end
end)

each("explain", function(table, case)
  equal(interlock.encode(table:explain(interlock.parse(case.request))), json.write(case.explanation))
end)

each("record", function(table, case)
  equal(interlock.encode(table:record(interlock.parse(case.request), case.after)), json.write(case.record))
end, true)

local hashing = require("interlock.hashing")

-- The hash of the canonical JSON of a table less some fields.
local function hash(table, less)
  local rest = {}
  for _, name in ipairs(require("interlock.keys").of(table)) do
    if not less[name] then rest[name] = table[name] end
  end
  return hashing.sha256(json.write(rest))
end

-- What a case of `refuse` makes of a table, as the vectors' README says.
local function broken(whole, case)
  if case.op == "text" then return case.text end
  if case.op == "hex" then return (case.hex:gsub("..", function(digits) return string.char(tonumber(digits, 16)) end)) end
  if case.op == "replace" then
    local from, to = whole:find(case.old, 1, true)
    assert(from and not whole:find(case.old, to + 1, true))
    return whole:sub(1, from - 1) .. case.new .. whole:sub(to + 1)
  end
  local changed = assert(json.read(whole))
  local holder, last = changed, nil
  for step in case.at:gmatch("[^/]+") do
    if last then holder = holder[last] end
    last = step
    if json.is_list(holder) then last = tonumber(step) + 1 end
  end
  assert(holder[last] ~= nil or case.op == "set", "no " .. case.at)
  holder[last] = case.op == "set" and case.value or nil
  if case.op == "set" then holder[last] = case.value end -- false and null too
  if case.seal == "both" then changed.version = hash(changed, { version = true, digest = true, source = true }) end
  if case.seal ~= "none" then changed.digest = hash(changed, { digest = true }) end
  return json.write(changed) .. "\n"
end

each("refuse", function(_, case, content)
  local whole = harness.read_file(harness.vectors .. "/tables/" .. content.table .. ".json")
  local table, fault = interlock.load(broken(whole, case))
  equal(table, nil)
  equal(fault.reason, case.reason, fault.message)
  assert(#fault.message > 0 and (tostring(fault) == fault.message or harness.in_sandbox))
end)

test("hash.json", function()
  local content = content_of("hash.json")
  for _, bits in ipairs(require("interlock.bits").all()) do
    local murmur3 = hashing.with(bits).murmur3
    for _, case in ipairs(content.cases) do
      equal(murmur3(case.text, case.seed), case.hash, bits.name .. " of " .. json.quoted(case.text))
    end
  end
end)

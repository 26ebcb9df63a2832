-- What is made to break a gateway: nothing raises, hangs or grows without end.
local harness = require("tests.harness")
local interlock = require("interlock")
local seal = require("tests.seal")
local json = require("interlock.json")
local test, equal = harness.test, harness.equal

local kinds = assert(interlock.load(harness.read_file(harness.vectors .. "/tables/kinds.json")))
local walks = assert(interlock.load(harness.read_file(harness.vectors .. "/tables/walks.json")))

local function same(table, request)
  local plain = interlock.encode((table._decide_plainly(table, request)))
  equal(interlock.encode(table:decide(request)), plain)
  table:explain(request)
  table:record(request, { "timeout" })
end

test("no metamethod of a request is run", function()
  local function trap() error("a metamethod was run") end
  local traps = { __index = trap, __len = trap, __pairs = trap, __ipairs = trap, __eq = trap, __tostring = trap, __lt = trap, __mod = trap }
  local trapped = setmetatable({}, traps)
  same(kinds, trapped)
  same(kinds, setmetatable({ beta = true, home = "us_east", tokens = 6, features = setmetatable({ "beta" }, traps) }, traps))
  same(kinds, { beta = trapped, home = trapped, tokens = trapped, features = trapped })
  equal(kinds:decide(setmetatable({ beta = true, home = "us_east", tokens = 6 }, traps)).invalid, nil)
  equal(kinds:decide(setmetatable({}, { __index = { beta = true, home = "us_east", tokens = 6 } })).invalid.reason, "missing")
  equal(kinds:decide(setmetatable({ beta = true, home = "us_east", tokens = 6 }, { __metatable = false })).invalid, nil)
end)

test("a request may hold itself", function()
  local request = { beta = true, home = "us_east", tokens = 6 }
  request.other, request.features = request, request
  same(kinds, request)
end)

test("values of every type, in every attribute", function()
  local values = { 0 / 0, 1 / 0, -1 / 0, -0.0, 2 ^ 63, -2 ^ 63, 2 ^ 53, 0.5, "", "\0", "\255", "\237\160\128", ("x"):rep(100000), true, false,
    print, io.stdout, coroutine.create(function() end), {}, { {} }, { 1, 2 }, { "\255" }, { "a", nil, "b" }, { [0] = "a" }, { [1.5] = "a" } }
  if jit then values[#values + 1] = require("ffi").new("int64_t", 5) end
  for _, name in ipairs({ "beta", "debug", "features", "hint", "home", "quiet", "regions", "tier", "tokens", "window" }) do
    for i = 1, 25 do
      local request = { beta = true, home = "us_east", tokens = 6 }
      request[name] = values[i]
      same(kinds, request)
    end
  end
end)

test("a set of very many elements, and very many of one", function()
  local many, one = {}, {}
  for i = 1, jit and 100000 or 10000 do
    many[i] = "element " .. string.format("%d", i)
    one[i] = "beta"
  end
  for _, features in ipairs({ many, one }) do same(kinds, { beta = true, home = "us_east", tokens = 6, features = features }) end
end)

test("what is remembered of strings and keys is bounded, and right after it was forgotten", function()
  local function memory()
    collectgarbage()
    collectgarbage()
    return collectgarbage("count")
  end
  local function ask(from, to)
    for i = from, to do
      local key = "session " .. string.format("%d", i)
      walks:decide({ session = key, route = 0 })
      kinds:decide({ beta = true, home = "us_east", tokens = 6, hint = key, features = { key } })
    end
  end
  ask(1, 3000)
  local before = memory()
  ask(3001, jit and 20000 or 6000)
  assert(memory() < before + 4000, "it grew by " .. memory() - before .. " KB")
  for i = 1, 6000, 999 do
    same(walks, { session = "session " .. string.format("%d", i), route = 0 })
  end
  same(walks, { session = ("long "):rep(1000), route = 0 })
end)

test("a long text that is nested, a string or a number is decided in seconds", function()
  local size = jit and 2000000 or 200000
  for _, text in ipairs({
    '{"a":' .. ("["):rep(size), '{"a":' .. ("["):rep(size) .. ("]"):rep(size) .. "}", '{"a":"' .. ("\\u0041"):rep(size / 4) .. '"}',
    '{"tokens":' .. ("9"):rep(size) .. "}", '{"tokens":1e' .. ("9"):rep(size) .. "}", '{"tokens":0.' .. ("0"):rep(size) .. "1}",
    '{"hint":"' .. ("\195\169"):rep(size / 4) .. '"}', ("{"):rep(size), '"' .. ("\\"):rep(size), (" "):rep(size),
  }) do
    local start = os.clock()
    kinds:decide_text(text)
    assert(os.clock() - start < 20, "slow")
  end
end)

test("patterns are no Lua patterns, and many stars do not take for ever", function()
  local hex = { "1", "2", "3" }
  local function string_with(pieces)
    local item = {
      name = "s", type = "string", optional = false, default = json.NULL, stability = "per turn", error = json.NULL, source = json.NULL,
      literals = {}, rows = {}, other = 2, absent = json.NULL, samples = {}, patterns = { { pieces = pieces, holds = 0, fails = 1 } },
    }
    return assert(interlock.load(json.write(seal.table({ item }, hex, 2))))
  end
  local specials = string_with({ "%a+.", "[^", "" })
  equal(specials:decide({ s = "%a+.[^" }).rule, "r1")
  equal(specials:decide({ s = "abc" }).rule, "r2")
  local pieces = { "" }
  for i = 2, 200 do pieces[i] = "a" end
  pieces[201] = "b"
  local stars = string_with(pieces)
  local start = os.clock()
  equal(stars:decide({ s = ("a"):rep(100000) }).rule, "r2")
  equal(stars:decide({ s = ("a"):rep(100000) .. "b" }).rule, "r1")
  assert(os.clock() - start < 5)
end)

test("tables beyond the limits are refused as such", function()
  local function refused(content, part)
    local table, fault = interlock.load(json.write(seal.seal(content)))
    equal(table, nil)
    equal(fault.reason, "limit")
    assert(fault.message:find(part, 1, true), fault.message)
  end
  local content = seal.table({}, { "1" }, 1)
  for i = 1, 10001 do content.attributes[i] = 0 end
  refused(content, "attributes")
  local table, fault = interlock.load((" "):rep(64 * 1024 * 1024 + 1))
  equal(table, nil)
  equal(fault.reason, "limit")
end)

test("an object of very many members in a table is refused, not sorted for ever", function()
  local content = seal.table({}, { "1" }, 1)
  local names = {}
  for i = 1, jit and 100000 or 10000 do names["n" .. string.format("%d", i)] = 1 end
  content.upstreams[1].timeouts = names
  local table, fault = interlock.load(json.write(seal.seal(content)))
  equal(table, nil)
  equal(fault.reason, "structure")
end)

test("many rows of few bits take little memory, however many columns there are", function()
  local columns, rows = jit and 20000 or 2000, {}
  for i = 1, columns do rows[i] = string.format("%x", i) end
  local content = seal.table({}, rows, columns)
  local text = json.write(content)
  content = nil
  collectgarbage()
  local before = collectgarbage("count")
  local table = assert(interlock.load(text))
  collectgarbage()
  assert(collectgarbage("count") - before < 60000, collectgarbage("count") - before)
  equal(table:decide({}).rule, "r1")
end)

-- What the library promises its callers beyond the vectors.
local harness = require("tests.harness")
local interlock = require("interlock")
local json = require("interlock.json")
local keys = require("interlock.keys")
local test, equal = harness.test, harness.equal

local function text_of(name) return harness.read_file(harness.vectors .. "/tables/" .. name .. ".json") end
local kinds = assert(interlock.load(text_of("kinds")))
local walks = assert(interlock.load(text_of("walks")))
local PLAIN = { beta = true, home = "us_east", tokens = 6 }

local function raises(part, call, ...)
  local ok, fault = pcall(call, ...)
  equal(ok, false, "it did not raise")
  assert(tostring(fault):find(part, 1, true), fault)
end

test("a table tells its policy and version", function()
  equal(kinds.policy, "kinds")
  equal(#kinds.version, 64)
  equal(#interlock.error_classes, 7)
end)

test("load takes a text; another type is the caller's mistake, another text gives nil and a fault", function()
  raises("from its text", interlock.load, nil)
  raises("from its text", interlock.load, {})
  local table, fault = interlock.load("")
  equal(table, nil)
  equal(fault.reason, "json")
end)

test("a decision has twelve fields as JSON, and its own hold nothing of the request", function()
  local decision = walks:decide({ session = "a secret", route = 0 })
  for _, name in ipairs(keys.of(decision)) do
    assert(type(name) == "string" or harness.in_sandbox, "a key that is no string")
    assert(decision[name] ~= "a secret")
  end
  equal(#keys.of(json.read(interlock.encode(decision))), 12)
  assert(not interlock.encode(decision):find("secret"))
end)

test("after: an unknown class, another table's decision and no decision at all are the caller's mistakes", function()
  local decision = kinds:decide(PLAIN)
  raises("is no error class", kinds.after, kinds, decision, "unavailable")
  raises("is no error class", kinds.after, kinds, decision, nil)
  raises("is no error class", kinds.after, kinds, decision, 1)
  raises("another table's", walks.after, walks, decision, "timeout")
  raises("not decided", kinds.after, kinds, {}, "timeout")
  raises("not decided", kinds.after, kinds, nil, "timeout")
  raises("not decided", kinds.after, kinds, "decision", "timeout")
  raises("is no error class", kinds.record, kinds, PLAIN, { "timeout", "x" })
end)

test("a walk may end with a table of the same version that was loaded anew", function()
  local again = assert(interlock.load(text_of("kinds")))
  equal(interlock.encode(again:after(kinds:decide(PLAIN), "timeout")), interlock.encode(kinds:after(kinds:decide(PLAIN), "timeout")))
end)

test("after does not change the decision it is given", function()
  local decision = kinds:decide(PLAIN)
  local before = interlock.encode(decision)
  kinds:after(decision, "overloaded")
  equal(interlock.encode(decision), before)
  equal(interlock.encode(kinds:decide(PLAIN)), before)
end)

test("null is nil, interlock.null and userdata, as parsers for Lua have it", function()
  local expected = interlock.encode(kinds:decide({ beta = true, home = "us_east", tokens = 6 }))
  equal(interlock.encode(kinds:decide({ beta = true, home = "us_east", tokens = 6, hint = interlock.null })), expected)
  equal(interlock.encode(kinds:decide({ beta = true, home = "us_east", tokens = 6, hint = io.stdout })), expected)
end)

test("an integer may be a float", function()
  local expected = interlock.encode(kinds:record({ beta = true, home = "us_east", tokens = 6 }))
  equal(interlock.encode(kinds:record({ beta = true, home = "us_east", tokens = 6.0 })), expected)
  assert(expected:find('"tokens":6,', 1, true))
end)

test("a list is no request, nor is anything but a table; the empty table is an empty object", function()
  for _, request in ipairs({ "{}", 5, true, { 1 }, { PLAIN }, print, interlock.null }) do
    equal(kinds:decide(request).invalid.reason, "not_an_object")
  end
  equal(kinds:decide(nil).invalid.reason, "not_an_object")
  equal(kinds:decide({}).invalid.reason, "missing")
end)

test("an empty table in a set's place is an empty list; one with names is no list", function()
  local function with(features) return { beta = true, home = "us_east", tokens = 6, features = features } end
  equal(kinds:decide(with({})).invalid, nil)
  equal(kinds:decide(with({ x = "beta" })).invalid.reason, "wrong_type")
  equal(kinds:decide_text('{"beta":true,"home":"us_east","tokens":6,"features":{}}').invalid.reason, "wrong_type")
  equal(kinds:decide_text('{"beta":true,"home":"us_east","tokens":6,"features":[]}').invalid, nil)
end)

-- A set of one element that was remembered was once found under a string of the same text.
test("a string is no set, also one that is an element met before", function()
  for _ = 1, 3 do
    equal(kinds:decide({ beta = true, home = "us_east", tokens = 6, features = { "beta" } }).invalid, nil)
    equal(kinds:decide({ beta = true, home = "us_east", tokens = 6, features = "beta" }).invalid.reason, "wrong_type")
  end
end)

test("a parsed request is decided like its text", function()
  local text = '{"beta":true,"home":"us_east","tokens":6}'
  equal(interlock.encode(kinds:decide(interlock.parse(text))), interlock.encode(kinds:decide_text(text)))
  for _, other in ipairs({ "", "[]", "null", "1", "{" }) do equal(interlock.parse(other), false) end
  raises("from its text", interlock.parse, nil)
end)

test("explanations and records are plain tables with interlock.null", function()
  local explanation = kinds:explain(PLAIN)
  equal(explanation.decision.fail, interlock.null)
  equal(explanation.pick, interlock.null)
  equal(explanation.place.doc, interlock.null)
  equal(kinds:record({}).slots, interlock.null)
end)

if harness.in_sandbox then
  test("without io a live table is refused with a reason", function()
    local live, fault = interlock.live("/etc/hosts")
    equal(live, nil)
    equal(fault.reason, "file")
    assert(fault.message:find("no `io`", 1, true))
  end)
else
  local path = os.tmpname()
  local function write(text)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
  end

  test("a live table follows its file; a broken file leaves the old table in place", function()
    write(text_of("kinds"))
    local live = assert(interlock.live(path))
    local first = live.table
    equal(first.policy, "kinds")
    write(text_of("walks"))
    equal(live.table, first)
    equal(assert(live:reload()), live.table)
    equal(live.table.policy, "walks")
    write(text_of("kinds"):sub(1, 100))
    local table, fault = live:reload()
    equal(table, nil)
    equal(fault.reason, "json")
    assert(fault.message:find(path, 1, true))
    equal(live.table.policy, "walks")
    os.remove(path)
    table, fault = live:reload()
    equal(table, nil)
    equal(fault.reason, "file")
    equal(live.table.policy, "walks")
    table, fault = interlock.live("/")
    equal(table, nil)
    equal(fault.reason, "file")
  end)
end

-- JSON, UTF-8 and the order of strings.
local harness = require("tests.harness")
local json = require("interlock.json")
local utf8 = require("interlock.utf8")
local test, equal = harness.test, harness.equal
local unpack = table.unpack or unpack

test("what is read is written canonically", function()
  local function canonical(text) return json.write(assert(json.read(text))) end
  equal(canonical(' { "b" : [ 1 , -0 , 0, {} , [] , [ ] ,{"x":null}], "a":{ } , "":false }\n'),
    '{"":false,"a":{},"b":[1,0,0,{},[],[],{"x":null}]}')
  equal(canonical('"\\u0041\\/\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001F\\u007f\\u00e9\\ud83d\\ude80"'),
    '"A/\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\127\195\169\240\159\154\128"')
  equal(canonical('{"\\ue000":1,"\\ud800\\udc00":2,"\\u00ff":3,"z":4,"":5,"a":6,"aa":7}'),
    '{"":5,"a":6,"aa":7,"z":4,"\195\191":3,"\238\128\128":1,"\240\144\128\128":2}')
  equal(canonical("[9007199254740991,-9007199254740991,1e3,100000]"), "[9007199254740991,-9007199254740991,1000,100000]")
end)

test("what is no JSON is refused with the place", function()
  local texts = {
    "", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{1:2}", "{a:1}",
    "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "Infinity", "nul", "True", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"",
    "\"a\nb\"", "\"a\0b\"", "1 2", "[] []", "{}\0", "\239\187\191{}", "\"\255\"", "\"\237\160\128\"", "\194\160", "[1}", "{\"a\":1]",
  }
  for _, text in ipairs(texts) do
    local value, fault = json.read(text)
    equal(value, nil, text)
    assert(fault:find("at byte %d+$"), fault)
  end
end)

test("numbers are the nearest doubles, however they are written", function()
  local zeros = ("0"):rep(2000)
  local cases = {
    { "0", 0 }, { "-0", 0 }, { "-0.0", 0 }, { "1.5e1", 15 }, { "1E+2", 100 }, { "25e-1", 2.5 },
    { "1.00000000000000001", 1 }, { "9007199254740993", 9007199254740992 }, { "9007199254740993.0000000000000000001", 9007199254740994 },
    { "0." .. zeros .. "5e2001", 5 }, { "5" .. zeros .. "e-2000", 5 }, { "5" .. zeros .. ".0e-2000", 5 },
    { "1" .. ("0"):rep(308), 1e308 }, { "123456789012345678901234567890", 123456789012345678901234567890 },
    -- LuaJIT's tonumber gives up at these.
    { "1e2000000000", 1e308 }, { "-1e99999999999999999999", -1e308 }, { "1e-99999999999999999999", 0 }, { "0e99999999999", 0 },
    { "1e400", 1e308 }, { "-1e400", -1e308 }, { "1e309", 1e308 }, { "1e-400", 0 }, { "1.7976931348623157e308", 1.7976931348623157e308 },
  }
  for _, case in ipairs(cases) do equal(json.read(case[1]) + 0.0, case[2] + 0.0, case[1]:sub(1, 40)) end
  equal(json.read("4503599627370496.5"), 4503599627370496, "half goes to even")
  equal(json.read("4503599627370496.5" .. zeros .. "1"), 4503599627370497, "just above half")
  assert(json.read("1e-320") > 0)
end)

test("a table's reader has integers only, no key twice, no lone surrogate, no depth", function()
  for text, part in pairs({
    ["1.0"] = "fraction", ["1e0"] = "fraction", ['{"a":1,"\\u0061":2}'] = "twice", ['"\\ud800"'] = "surrogate",
    ['"\\udc00\\ud800"'] = "surrogate", [("["):rep(17)] = "16 deep", [("["):rep(16) .. "{}"] = "16 deep",
    [("["):rep(100000)] = "16 deep",
  }) do
    local value, fault = json.read(text, true)
    equal(value, nil)
    assert(fault:find(part, 1, true), fault)
  end
  for _, digits in ipairs({ "9007199254740992", "-9007199254740992", "123456789012345678901234567890" }) do
    equal(json.write(json.read(digits, true)), digits)
  end
  equal(json.read("-0", true), 0)
  assert(json.read(("["):rep(16) .. ("]"):rep(16), true))
  equal(json.read("{}", true), json.EMPTY)
end)

test("nesting takes no stack, and time that is linear", function()
  local deep = 200000
  assert(json.read(("["):rep(deep) .. ("]"):rep(deep)))
  assert(json.read(("[{\"a\":"):rep(deep) .. "1" .. ("}]"):rep(deep)))
  assert(not json.read(("["):rep(deep)))
end)

-- RFC 3629, section 4, read as it is written.
local function is_valid(a, b, c, d)
  local function tail(x) return x and x >= 0x80 and x <= 0xbf end
  if not b then return a <= 0x7f end
  if not c then return a >= 0xc2 and a <= 0xdf and tail(b) end
  if not d then
    return tail(c) and ((a == 0xe0 and b >= 0xa0 and b <= 0xbf) or (a >= 0xe1 and a <= 0xec and tail(b))
      or (a == 0xed and b >= 0x80 and b <= 0x9f) or ((a == 0xee or a == 0xef) and tail(b)))
  end
  return tail(c) and tail(d) and ((a == 0xf0 and b >= 0x90 and b <= 0xbf) or (a >= 0xf1 and a <= 0xf3 and tail(b))
    or (a == 0xf4 and b >= 0x80 and b <= 0x8f))
end

test("UTF-8 is told from other bytes", function()
  local edges = { 0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
    0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff }
  local function check(...)
    local text = "x" .. string.char(...) .. "y"
    -- Shorter characters one after the other are valid too.
    local bytes, rest = { ... }, nil
    local from = 1
    while from <= #bytes do
      local size
      for n = 1, 4 do
        if bytes[from + n - 1] and is_valid(unpack(bytes, from, from + n - 1)) then size = n end
      end
      if not size then
        rest = from
        break
      end
      from = from + size
    end
    equal(utf8.fault(text), rest and rest + 1, text)
  end
  for _, a in ipairs(edges) do
    check(a)
    for _, b in ipairs(edges) do
      check(a, b)
      for _, c in ipairs(edges) do check(a, b, c) end
    end
  end
  for _, a in ipairs({ 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5 }) do
    for _, b in ipairs(edges) do
      for _, c in ipairs(edges) do
        for _, d in ipairs(edges) do check(a, b, c, d) end
      end
    end
  end
end)

test("a code point is what it was after it was encoded", function()
  for _, code in ipairs({ 0, 0x41, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff, 0xe0001 }) do
    equal(utf8.decode(utf8.encode(code)), code)
    equal(utf8.fault(utf8.encode(code)), nil)
  end
  for _, surrogate in ipairs({ 0xd800, 0xdbff, 0xdc00, 0xdfff }) do equal(utf8.fault(utf8.encode(surrogate)), 1) end
end)

test("strings are sorted by bytes, also where the locale has another order", function()
  if os.setlocale then os.setlocale("C.UTF-8") end
  local random = harness.random(3)
  for size = 0, 40 do
    local list, plain = {}, {}
    for i = 1, size do
      list[i] = string.char(random(256) - 1, random(3) - 1):rep(random(3) - 1)
      plain[i] = list[i]
    end
    utf8.sort(list)
    -- Insertion, by the bytes in hex, in which every order is the same.
    local function hex(text) return (text:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end
    for i = 2, size do
      for k = i, 2, -1 do
        if hex(plain[k]) < hex(plain[k - 1]) then plain[k], plain[k - 1] = plain[k - 1], plain[k] end
      end
    end
    equal(table.concat(list, "|"), table.concat(plain, "|"))
  end
end)

test("numbers are the same text on every Lua", function()
  equal(json.decimal(5), "5")
  equal(json.decimal(5.0), "5")
  equal(json.decimal(-0.0), "0")
  equal(json.decimal(2 ^ 53 - 1), "9007199254740991")
  equal(json.decimal(-(2 ^ 53 - 1)), "-9007199254740991")
  equal(json.decimal(100000000000000), "100000000000000")
end)

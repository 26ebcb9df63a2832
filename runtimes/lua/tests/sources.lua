-- The sources are as they are to be, the one file has all of them, the rock too, and the README's example runs.
local harness = require("tests.harness")
local test, equal = harness.test, harness.equal

local function files(folder, pattern)
  local found, listing = {}, io.popen("ls '" .. harness.folder .. "/" .. folder .. "'")
  for name in listing:lines() do
    if name:find(pattern) then found[#found + 1] = name end
  end
  listing:close()
  assert(#found > 0)
  return found
end

for _, folder in ipairs({ "interlock", "shell", "tests", "example" }) do
  for _, name in ipairs(files(folder, "%.lua$")) do
    test(folder .. "/" .. name .. " is laid out as the others", function()
      local text, count = harness.read_file(harness.folder .. "/" .. folder .. "/" .. name), 0
      for line in text:gmatch("([^\n]*)\n") do
        count = count + 1
        local where = "line " .. count .. ": " .. line
        local _, bytes_that_go_on = line:gsub("[\128-\191]", "")
        assert(#line - bytes_that_go_on <= 130 or folder == "tests", where)
        assert(not line:find("[ \t\r]$") and not line:find("\t", 1, true), where)
      end
      assert(count <= 250 or folder == "tests", "too long: " .. count .. " lines")
      equal(text:sub(-1), "\n")
    end)
  end
end

test("the one file and the rock have every module", function()
  local amalgamate = harness.read_file(harness.folder .. "/shell/amalgamate.lua")
  local rock = harness.read_file(harness.folder .. "/" .. files(".", "%.rockspec$")[1])
  local count = 0
  for _, file in ipairs(files("interlock", "%.lua$")) do
    local name = file:gsub("%.lua$", "")
    assert(amalgamate:find('"' .. name .. '"', 1, true), name)
    local module = name == "init" and "interlock" or "interlock." .. name
    assert(rock:find('["' .. module .. '"] = "runtimes/lua/interlock/' .. file .. '"', 1, true), name)
    count = count + 1
  end
  local _, in_rock = rock:gsub('%["interlock', "")
  equal(in_rock, count)
  local spec = {}
  local chunk = setfenv and setfenv(assert(loadstring(rock)), spec) or assert(load(rock, "rock", "t", spec))
  chunk()
  equal(spec.package, "interlock")
  equal(spec.version, require("interlock")._VERSION .. "-1")
end)

test("the README's first example is example/gateway.lua, which does as it says", function()
  local readme = harness.read_file(harness.folder .. "/README.md")
  local example = harness.read_file(harness.folder .. "/example/gateway.lua")
  local shown = readme:match("```lua\n(.-)```")
  assert(example:find(shown, 1, true), "the README shows another one")
  local tried, answered, logged = {}, nil, nil
  local answers = { "overloaded", "timeout", "overloaded", "overloaded", "overloaded", "overloaded", "overloaded", "overloaded" }
  local gateway = dofile(harness.folder .. "/example/gateway.lua")
  local route = gateway(harness.read_file(harness.vectors .. "/tables/walks.json"), {
    send = function(upstream, model)
      tried[#tried + 1] = upstream .. "/" .. model
      return answers[#tried]
    end,
    answer = function(status, message) answered = { status, message } end,
    log = function(line) logged = line end,
  })
  route({ session = "s-1", route = 0 })
  assert(#tried >= 2, "it did not try again")
  assert(answered or #tried > #answers)
  assert(logged:find('"after":["overloaded"', 1, true), logged)
end)

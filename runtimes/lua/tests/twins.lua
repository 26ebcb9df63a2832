-- The fast path, the plain path and an oracle that reads a table's JSON bit by bit decide alike, on random tables that no
-- compiler writes and on requests that few clients send. The seed is fixed, and the numbers are the same on every Lua.
local harness = require("tests.harness")
local hashing = require("interlock.hashing")
local interlock = require("interlock")
local json = require("interlock.json")
local seal = require("tests.seal")
local test, equal = harness.test, harness.equal
local NULL = json.NULL

local random = harness.random(20240229)
local function chance(n) return random(n) == 1 end
local function one_of(list) return list[random(#list)] end

local WORDS = { "", "a", "ab", "abc", "b", "ba", "a*b", "%a", "\195\169", "x\0y", ("long "):rep(60) }

-- A row's hex digits for some columns: sparse, dense, or with the highest bit only.
local function hex_row(columns)
  local digits, density = {}, random(4)
  for at = columns - 1, 0, -4 do
    local digit = 0
    for bit = 0, 3 do
      local column = at - at % 4 + bit
      if column < columns and ((density == 1 and column == columns - 1) or random(4) >= density) then
        digit = digit + 2 ^ bit
      end
    end
    digits[#digits + 1] = string.format("%x", digit)
  end
  local hex = table.concat(digits):gsub("^0+", "")
  return hex == "" and "0" or hex
end

local function some_words(most)
  local seen, found = {}, {}
  for _ = 1, random(most + 1) - 1 do
    local word = one_of(WORDS)
    if not seen[word] then
      seen[word] = true
      found[#found + 1] = word
    end
  end
  return found
end

local function rows_for(count, row)
  local found = {}
  for i = 1, count do found[i] = row() end
  return found
end

local further = {}

function further.bool(item, row) item["false"], item["true"] = row(), row() end

function further.int(item, row)
  item.lo = one_of({ 0, -5, -9007199254740991 })
  item.hi = item.lo + one_of({ 0, 9, 127, 128, 1000, 9007199254740991 })
  local cuts, seen = {}, {}
  for _ = 1, item.hi > item.lo and random(6) - 1 or 0 do
    local cut = item.lo + random(math.min(item.hi - item.lo, 2000))
    if chance(3) then cut = item.hi - math.min(item.hi - item.lo - 1, random(3)) end
    if not seen[cut] then
      seen[cut] = true
      cuts[#cuts + 1] = cut
    end
  end
  table.sort(cuts)
  item.cuts, item.rows = cuts, rows_for(#cuts + 1, row)
end

function further.enum(item, row)
  item.enum, item.open, item.values = NULL, chance(2), some_words(4)
  item.rows, item.other = rows_for(#item.values, row), item.open and row() or NULL
end

function further.string(item, row)
  item.literals = require("interlock.utf8").sort(some_words(4))
  item.rows, item.other, item.patterns, item.samples = rows_for(#item.literals, row), row(), {}, {}
  for i = 1, random(3) - 1 do
    local pieces = { one_of(WORDS), one_of(WORDS), chance(2) and one_of(WORDS) or nil }
    item.patterns[i] = { pieces = pieces, holds = row(), fails = row() }
  end
  for i = 1, random(2) - 1 do
    local salt = chance(2) and one_of(WORDS) or NULL
    local seed = salt == NULL and 0 or hashing.murmur3(salt, 0)
    item.samples[i] = { salt = salt, seed = seed, below = random(10001) - 1, holds = row(), fails = row() }
  end
end

function further.set(item, row)
  item.enum, item.open, item.values = NULL, chance(2), some_words(5)
  item.elements, item.optional, item.absent = {}, false, nil
  for i, value in ipairs(require("interlock.utf8").sort(some_words(5))) do
    item.elements[i] = { value = value, holds = row(), fails = row() }
  end
end

local function default_of(item)
  if not chance(3) then return NULL end
  if item.type == "bool" then return chance(2) end
  if item.type == "int" then return one_of({ item.lo, item.hi }) end
  if item.type == "string" then return one_of(WORDS) end
  if item.type == "enum" then return item.open and one_of(WORDS) or item.values[1] or NULL end
  return item.open and some_words(3) or { item.values[1] }
end

local function random_table()
  local columns = one_of({ 1, 3, 31, 32, 33, 64, 70, 257 })
  local rows, position = {}, {}
  local function row()
    local hex = hex_row(columns)
    if not position[hex] then
      rows[#rows + 1] = hex
      position[hex] = #rows - 1
    end
    return position[hex]
  end
  local attributes = {}
  for i = 1, random(11) - 1 do
    local item = { name = "n" .. string.char(96 + i), type = one_of({ "bool", "int", "enum", "string", "set" }) }
    item.stability, item.error, item.source = "per turn", NULL, NULL
    item.optional = chance(2)
    item.absent = NULL
    further[item.type](item, row)
    item.default = default_of(item)
    if item.type ~= "set" and item.optional and item.default == NULL then item.absent = row() end
    attributes[i] = item
  end
  return seal.table(attributes, rows, columns)
end

-- ── the oracle ──────────────────────────────────────────────────────────────────────────────────────────────────────

local function bit_of(hex, column)
  local at = #hex - (column - column % 4) / 4
  local digit = at >= 1 and tonumber(hex:sub(at, at), 16) or 0
  return (digit - digit % 2 ^ (column % 4)) / 2 ^ (column % 4) % 2 == 1
end

-- Whether a string is like the pieces: tries every place for every piece.
local function is_like(value, pieces, at, i)
  at, i = at or 1, i or 1
  local piece = pieces[i]
  if i == 1 then return value:sub(1, #piece) == piece and is_like(value, pieces, #piece + 1, 2) end
  if i == #pieces then return #value - #piece + 1 >= at and value:sub(#value - #piece + 1) == piece end
  for start = at, #value - #piece + 1 do
    if value:sub(start, start + #piece - 1) == piece and is_like(value, pieces, start + #piece, i + 1) then return true end
  end
  return false
end

local function contains(list, value)
  for _, item in ipairs(list) do
    if item == value then return true end
  end
  return false
end

-- The indices of the rows of a legal value (NULL: absent).
local function row_indices(item, value)
  if item.type == "set" then
    local found = {}
    for i, element in ipairs(item.elements) do found[i] = contains(value, element.value) and element.holds or element.fails end
    return found
  end
  local found = { item.absent }
  if item.type == "bool" and value ~= NULL then found = { item[tostring(value)] } end
  if item.type == "int" and value ~= NULL then
    local class = 1
    for _, cut in ipairs(item.cuts) do class = class + (cut <= value and 1 or 0) end
    found = { item.rows[class] }
  end
  if (item.type == "enum" or item.type == "string") and value ~= NULL then
    found = { item.other }
    for i, listed in ipairs(item.values or item.literals) do
      if listed == value then found = { item.rows[i] } end
    end
  end
  for _, pattern in ipairs(item.patterns or {}) do
    found[#found + 1] = value ~= NULL and is_like(value, pattern.pieces) and pattern.holds or pattern.fails
  end
  for _, sample in ipairs(item.samples or {}) do
    local holds = value ~= NULL and hashing.murmur3(value, sample.seed) % 10000 < sample.below
    found[#found + 1] = holds and sample.holds or sample.fails
  end
  return found
end

-- The name of the deciding rule (a rule for each column), or nil; of legal values by name.
local function oracle(content, values)
  for column = 0, #content.columns - 1 do
    local all = true
    for _, item in ipairs(content.attributes) do
      for _, index in ipairs(row_indices(item, values[item.name])) do
        all = all and bit_of(content.rows[index + 1], column)
      end
    end
    if all then return content.rules[column + 1] end
  end
end

-- ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A legal value, or nil where there is none.
local function legal_value(item)
  if item.type == "bool" then return chance(2) end
  if item.type == "int" then
    local cut = #item.cuts > 0 and one_of(item.cuts) or item.lo
    return one_of({ item.lo, item.hi, cut, math.max(item.lo, cut - 1), math.min(item.hi, cut + 1) })
  end
  if item.type == "string" or (item.type == "enum" and item.open) then return one_of(WORDS) end
  if item.type == "enum" then return #item.values > 0 and one_of(item.values) or nil end
  local list = {}
  local from = item.open and WORDS or item.values
  for i = 1, #from > 0 and random(4) - 1 or 0 do list[i] = one_of(from) end
  return list
end

local ODD = {
  function() return 0 / 0 end, function() return 1 / 0 end, function() return 0.5 end, function() return 1e300 end,
  function() return "\237\160\128" end, function() return {} end, function() return { 1 } end, function() return true end,
  function() return { "a", NULL } end, function() return { b = "a" } end, function() return json.EMPTY end,
  function() return print end, function() return io.stdout end, function() return NULL end, function() return "" end,
  function() return { [2] = "a" } end, function() return { "\255" } end, function() return -0.0 end,
}

-- Most of the time goes into the hashes of the tables.
for round = 1, jit and 100 or 20 do
  test("twins " .. round, function()
    local content = random_table()
    local policy_table = assert(interlock.load(json.write(content) .. "\n"))
    for _ = 1, 20 do
      local request, values, legal = {}, {}, true
      for _, item in ipairs(content.attributes) do
        local value = legal_value(item)
        local may_be_missing = item.type == "set" or item.absent ~= NULL or item.default ~= NULL
        if value == nil or (may_be_missing and chance(5)) then
          legal = legal and may_be_missing
          request[item.name] = chance(2) and NULL or nil
          values[item.name] = item.default
          if item.default == NULL and item.type == "set" then values[item.name] = {} end
        else
          request[item.name], values[item.name] = value, value
        end
      end
      local plain = policy_table._decide_plainly(policy_table, request)
      local expected = interlock.encode(plain)
      equal(interlock.encode(policy_table:decide(request)), expected, "fast and plain")
      equal(interlock.encode(policy_table:decide(request)), expected, "fast, again")
      if legal then
        equal(plain.invalid, nil, "a legal request")
        equal(plain.rule, oracle(content, values), "plain and oracle")
      end
      for _, item in ipairs(content.attributes) do
        local kept = request[item.name]
        request[item.name] = one_of(ODD)()
        expected = interlock.encode((policy_table._decide_plainly(policy_table, request)))
        equal(interlock.encode(policy_table:decide(request)), expected, "fast and plain, of an odd value")
        if chance(10) then
          interlock.encode(policy_table:explain(request))
          interlock.encode(policy_table:record(request, { "refused" }))
        end
        request[item.name] = kept
      end
    end
  end)
end

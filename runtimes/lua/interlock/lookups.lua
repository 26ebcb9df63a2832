--- What the fast path looks rows up in: one flat entry for each attribute.
--
-- `rows` maps values to whole rows. For bools, closed enums and literals it is complete; for other strings it remembers
-- those met, as a session asks again each turn. What is remembered is bounded, in number and in length.
local classify = require("interlock.classify")
local is_empty = require("interlock.keys").is_empty
local utf8 = require("interlock.utf8")
local validate = require("interlock.validate")

local lookups = {}

lookups.INT, lookups.TEXT, lookups.SET, lookups.EXACT = 1, 2, 3, 4
lookups.LONGEST = 256 -- bytes of a string that is remembered
local MOST = 1024 -- strings remembered of an attribute
local WORDS = 262144 -- words remembered of an attribute
local SMALL = 128 -- an int of at most so many values is looked up value by value
local BUCKETS = 1025 -- of an int's values, at most

--- The whole row of a legal value.
local function row_of(attribute, value, every)
  local rows = {}
  classify.add_rows(attribute, value, rows)
  if #rows == 0 then return every end
  return classify.intersection(rows)
end

--- The row of a missing value, nil where that is a fault.
local function missing_of(attribute, every)
  local value = attribute.default
  if attribute.kind == "set" then return row_of(attribute, validate.set(value or {}), every) end
  if value == nil and not attribute.absent then return nil end
  return row_of(attribute, value, every)
end

--- Remembers the row of a string, and forgets all others when there are too many.
local function remember(entry, value, row)
  if entry.count >= entry.most then entry.rows, entry.count = {}, 0 end
  entry.rows[value] = row
  entry.count = entry.count + 1
  return row
end

--- The row of a string that is not remembered, nil if it is not legal.
function lookups.text_row(entry, value)
  if utf8.fault(value) then return nil end
  local row = row_of(entry.attribute, value, entry.every)
  if #value > lookups.LONGEST then return row end
  return remember(entry, value, row)
end

--- Appends to `rows`, which has `count`, those of the set that a plain table lists; gives how many there are now, or nil if
-- it is not legal.
function lookups.add_set(entry, value, rows, count)
  local items, known = entry.items, entry.position
  entry.round = entry.round + 1
  local round = entry.round
  local met, last = 0, nil
  local i = 1
  local item = value[1]
  if item == nil and not is_empty(value) then return nil end
  while item ~= nil do
    local element = items[item]
    if element then
      if element.round ~= round then
        element.round = round
        met, last = met + 1, element
      end
    elseif known then
      if not known[item] then return nil end
    elseif not validate.is_text(item) then
      return nil
    end
    i = i + 1
    item = value[i]
  end
  if met == 0 then
    rows[count + 1] = entry.nothing
    return count + 1
  end
  if met == 1 then
    local memory, element = entry.memory, last.value
    local row = memory.rows[element]
      or remember(memory, element, row_of(entry.attribute, validate.set({ element }), entry.every))
    rows[count + 1] = row
    return count + 1
  end
  local elements = entry.elements
  for k = 1, #elements do
    local element = elements[k]
    count = count + 1
    rows[count] = element.round == round and element.holds or element.fails
  end
  return count
end

--- The bucket, from 1, of an int's value. It never falls while the value rises, so cuts of lower buckets are
-- at most the value, and those of higher ones are above it: the class need only be searched among the bucket's own.
local function bucket(entry, value)
  local b = (value - entry.lo) * entry.scale
  return b - b % 1 + 1
end

local function fill_int(entry, attribute)
  local lo, hi, cuts = attribute.lo, attribute.hi, attribute.cuts
  if hi - lo < SMALL then
    entry.kind = lookups.EXACT
    for value = lo, hi do entry.rows[value] = classify.base_row(attribute, value) end
    return
  end
  entry.kind = lookups.INT
  entry.lo, entry.hi, entry.cuts, entry.classes = lo, hi, cuts, attribute.rows
  local buckets = math.min(BUCKETS, 2 * #cuts + 1)
  entry.scale = (buckets - 1) / (hi - lo)
  -- At b, the class of a value that is below all cuts of bucket b.
  entry.starts = {}
  local below = 0
  for b = 1, buckets + 1 do
    while below < #cuts and bucket(entry, cuts[below + 1]) < b do below = below + 1 end
    entry.starts[b] = below + 1
  end
end

local function fill_set(entry, attribute, every)
  entry.kind = lookups.SET
  entry.position = not attribute.open and attribute.position
  entry.elements, entry.items = {}, {}
  for i = 1, #attribute.elements do
    local element = attribute.elements[i]
    entry.elements[i] = { value = element.value, holds = element.holds, fails = element.fails, round = 0 }
    -- What is no value of a closed enum no legal set holds.
    if attribute.open or attribute.position[element.value] then entry.items[element.value] = entry.elements[i] end
  end
  -- Rows of sets that hold one element. They are not in `rows`: there a string of the same text would find them.
  entry.memory = { rows = {}, count = 0, most = entry.most }
  entry.nothing = row_of(attribute, validate.set({}), every)
end

local function entry_of(attribute, every)
  local kind = attribute.kind
  -- All fields are set, and in one order, so that entries have one layout: LuaJIT's traces depend on it.
  local entry = {
    name = attribute.name,
    kind = lookups.TEXT,
    rows = {},
    missing = missing_of(attribute, every) or false,
    lo = 0,
    hi = 0,
    scale = 0,
    starts = false,
    cuts = false,
    classes = false,
    attribute = attribute,
    every = every,
    count = 0,
    most = math.max(16, math.min(MOST, math.floor(WORDS / math.max(1, every[0])))),
    position = false,
    elements = false,
    items = false,
    memory = false,
    nothing = false,
    round = 0,
  }
  if kind == "bool" then
    entry.kind = lookups.EXACT
    entry.rows[true], entry.rows[false] = attribute[true], attribute[false]
  elseif kind == "int" then
    fill_int(entry, attribute)
  elseif kind == "enum" and not attribute.other then
    entry.kind = lookups.EXACT
    for i = 1, #attribute.listed do entry.rows[attribute.listed[i]] = attribute.rows[i] end
  elseif kind == "set" then
    fill_set(entry, attribute, every)
  end
  return entry
end

--- The entries for attributes of a table in which `every` is the row of all columns.
function lookups.new(attributes, every)
  local entries = {}
  for i = 1, #attributes do entries[i] = entry_of(attributes[i], every) end
  return entries
end

return lookups

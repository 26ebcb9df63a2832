--- The small checks that a table's every field goes through. Each raises the error that `load` gives back.
--
-- `where` is the path of what is looked at; with `i`, it is item i (from 1) of the list there. It is put together only
-- for a message: a table has tens of thousands of numbers.
local json = require("interlock.json")
local keys = require("interlock.keys")
local utf8 = require("interlock.utf8")
local concat = table.concat
local NULL, BIG = json.NULL, json.BIG

local shape = {}
local MOST = 9007199254740991 -- 2^53 - 1

local shown = { __tostring = function(fault) return fault.message end }

--- The error of a table that cannot be used: `message` says what is wrong and where, `reason` is its class.
function shape.fault(message, reason)
  local fault = { message = message, reason = reason }
  return setmetatable and setmetatable(fault, shown) or fault
end

function shape.place(where, i) return i and where .. "[" .. json.decimal(i - 1) .. "]" or where end

local function fail(where, i, message, reason)
  error(shape.fault(shape.place(where, i) .. ": " .. message, reason or "structure"), 0)
end
shape.fail = fail

local function sorted_names(object) return utf8.sort(keys.of(object)) end

local function unknown(object, where, i, names)
  local known = {}
  for n = 1, #names do known[names[n]] = true end
  local others = sorted_names(object)
  for n = 1, #others do
    if not known[others[n]] then fail(where, i, "unknown field " .. json.shown(others[n])) end
  end
end

function shape.object(value, where, i)
  if not json.is_object(value) then fail(where, i, "must be an object") end
  return value
end

--- An object with exactly the fields `names`.
function shape.fields(value, where, i, names)
  shape.object(value, where, i)
  for n = 1, #names do
    if value[names[n]] == nil then fail(where, i, "field '" .. names[n] .. "' is missing") end
  end
  if #keys.of(value) > #names then unknown(value, where, i, names) end
  return value
end

--- An object with no fields but `names`; gives those it has.
function shape.some_fields(value, where, i, names)
  shape.object(value, where, i)
  unknown(value, where, i, names)
  return sorted_names(value)
end

--- A list, of `size` items if that is given.
function shape.list(value, where, i, size)
  if not json.is_list(value) then fail(where, i, "must be a list") end
  if size and #value ~= size then
    fail(where, i, "must have " .. json.decimal(size) .. " items, has " .. json.decimal(#value))
  end
  return value
end

--- The items of a list, each as `read(item, where, i)` gives it.
function shape.items(value, where, i, read, size)
  shape.list(value, where, i, size)
  where = shape.place(where, i)
  local found = {}
  for n = 1, #value do found[n] = read(value[n], where, n) end
  return found
end

function shape.text(value, where, i)
  if type(value) ~= "string" then fail(where, i, "must be a string") end
  return value
end

--- A string, or nil for null.
function shape.text_or_null(value, where, i)
  if value == NULL then return nil end
  return shape.text(value, where, i)
end

function shape.boolean(value, where, i)
  if type(value) ~= "boolean" then fail(where, i, "must be true or false") end
  return value
end

function shape.choice(value, where, i, choices)
  shape.text(value, where, i)
  for n = 1, #choices do
    if choices[n] == value then return value end
  end
  fail(where, i, "must be one of " .. concat(choices, ", "))
end

local function is_big(value) return type(value) == "table" and value[BIG] ~= nil end

--- An integer in lo..=hi, by default all that a table may hold.
function shape.integer(value, where, i, lo, hi)
  if type(value) ~= "number" and not is_big(value) then fail(where, i, "must be an integer") end
  lo, hi = lo or -MOST, hi or MOST
  if type(value) ~= "number" or value < lo or value > hi then
    fail(where, i, "must lie in " .. json.decimal(lo) .. "..=" .. json.decimal(hi), "bounds")
  end
  return value
end

--- An index, from 0, into a list of `size` entries that is called `of`; gives Lua's, from 1.
function shape.index(value, where, i, size, of)
  if type(value) ~= "number" and not is_big(value) then fail(where, i, "must be an index into " .. of) end
  if type(value) ~= "number" or value < 0 or value >= size then
    fail(where, i, "index out of bounds, " .. of .. " has " .. json.decimal(size) .. " entries", "bounds")
  end
  return value + 1
end

local function less(x, y) return x < y end

--- Checks that strings (by code point) or numbers are in strictly rising order.
function shape.rising(values, where, what)
  local before = type(values[1]) == "string" and utf8.before or less
  for n = 2, #values do
    if not before(values[n - 1], values[n]) then fail(where, n, what .. " must be in strictly rising order") end
  end
  return values
end

function shape.distinct(values, where, what)
  local seen = {}
  for n = 1, #values do
    if seen[values[n]] then fail(where, n, what .. " must be distinct") end
    seen[values[n]] = true
  end
  return values
end

--- Whether null stands where an optional thing may.
function shape.is_null(value) return value == NULL end

return shape

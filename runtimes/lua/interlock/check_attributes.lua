--- From the JSON of a table's `attributes` to what deciding needs: each field checked, each row looked up.
local hashing = require("interlock.hashing")
local shape = require("interlock.shape")
local items, index, integer, text, fail = shape.items, shape.index, shape.integer, shape.text, shape.fail

local COMMON = { "name", "type", "optional", "default", "stability", "error", "source" }
local FURTHER = {
  bool = { "false", "true", "absent" },
  int = { "lo", "hi", "cuts", "rows", "absent" },
  enum = { "enum", "open", "values", "rows", "other", "absent" },
  string = { "literals", "rows", "other", "absent", "patterns", "samples" },
  set = { "enum", "open", "values", "elements" },
}
local KINDS = { "bool", "int", "enum", "string", "set" }
local FIELDS = {}
for k = 1, #KINDS do
  local kind, all = KINDS[k], {}
  local further = FURTHER[kind]
  for i = 1, #COMMON do all[i] = COMMON[i] end
  for i = 1, #further do all[#all + 1] = further[i] end
  FIELDS[kind] = all
end

local function default_of(item, at, read, ...)
  if shape.is_null(item.default) then return nil end
  return read(item.default, at .. ".default", nil, ...)
end

--- Readers of rows by index, out of `rows`.
local function readers(rows)
  local function row(value, where, i) return rows[index(value, where, i, #rows, "rows")] end

  --- A row if `so`, else nil; `when` says when that is.
  local function row_if(so, value, where, when)
    if so == shape.is_null(value) then
      fail(where, nil, "must be " .. (so and "a row" or "null") .. "; it is a row exactly " .. when)
    end
    if so then return row(value, where) end
  end

  local function pair(found, item, at)
    found.holds, found.fails = row(item.holds, at .. ".holds"), row(item.fails, at .. ".fails")
    return found
  end
  return row, row_if, pair
end

--- The values of an enum, and whether it is open.
local function values_of(item, at)
  shape.text_or_null(item.enum, at .. ".enum")
  local values = shape.distinct(items(item.values, at .. ".values", nil, text), at .. ".values", "values")
  local known = {}
  for i = 1, #values do known[values[i]] = i end
  return values, known, shape.boolean(item.open, at .. ".open")
end

local read = {}

function read.bool(found, item, at, row)
  found.default = default_of(item, at, shape.boolean)
  found[false], found[true] = row(item["false"], at .. ".false"), row(item["true"], at .. ".true")
end

function read.int(found, item, at, row)
  local lo = integer(item.lo, at .. ".lo")
  local hi = integer(item.hi, at .. ".hi", nil, lo)
  local function cut(value, where, i) return integer(value, where, i, lo + 1, hi) end
  found.lo, found.hi = lo, hi
  found.cuts = shape.rising(items(item.cuts, at .. ".cuts", nil, cut), at .. ".cuts", "cuts")
  found.default = default_of(item, at, integer, lo, hi)
  found.rows = items(item.rows, at .. ".rows", nil, row, #found.cuts + 1)
end

function read.enum(found, item, at, row, row_if)
  local values, known, open = values_of(item, at)
  found.default = default_of(item, at, text)
  if found.default ~= nil and not open and not known[found.default] then
    fail(at .. ".default", nil, "must be one of the values", "bounds")
  end
  found.listed, found.position = values, known
  found.rows = items(item.rows, at .. ".rows", nil, row, #values)
  found.other = row_if(open, item.other, at .. ".other", "in an open enum")
end

function read.string(found, item, at, row, _, pair)
  found.listed = shape.rising(items(item.literals, at .. ".literals", nil, text), at .. ".literals", "literals")
  found.position = {}
  for i = 1, #found.listed do found.position[found.listed[i]] = i end
  found.default = default_of(item, at, text)
  found.rows = items(item.rows, at .. ".rows", nil, row, #found.listed)
  found.other = row(item.other, at .. ".other")
  found.patterns = items(item.patterns, at .. ".patterns", nil, function(value, where, i)
    where = shape.place(where, i)
    shape.fields(value, where, nil, { "pieces", "holds", "fails" })
    local pieces = items(value.pieces, where .. ".pieces", nil, text)
    if #pieces < 2 then fail(where .. ".pieces", nil, "must have at least 2 items") end
    return pair({ pieces = pieces }, value, where)
  end)
  found.samples = items(item.samples, at .. ".samples", nil, function(value, where, i)
    where = shape.place(where, i)
    shape.fields(value, where, nil, { "salt", "seed", "below", "holds", "fails" })
    local salt = shape.text_or_null(value.salt, where .. ".salt")
    local seed = integer(value.seed, where .. ".seed", nil, 0, 4294967295)
    if seed ~= (salt and hashing.murmur3(salt, 0) or 0) then fail(where .. ".seed", nil, "is not the salt's") end
    local below = integer(value.below, where .. ".below", nil, 0, 10000)
    return pair({ salt = salt, seed = seed, below = below }, value, where)
  end)
end

function read.set(found, item, at, _, _, pair)
  local values, known, open = values_of(item, at)
  local default = default_of(item, at, items, text)
  for i = 1, default and not open and #default or 0 do
    if not known[default[i]] then fail(at .. ".default", i, "may hold only the values", "bounds") end
  end
  found.default = default
  -- A set of strings is written as one of an open enum that has neither name nor values.
  found.is_enum = #values > 0 or not open or not shape.is_null(item.enum)
  found.listed, found.position, found.open = values, known, open
  found.elements = items(item.elements, at .. ".elements", nil, function(value, where, i)
    where = shape.place(where, i)
    shape.fields(value, where, nil, { "value", "holds", "fails" })
    return pair({ value = text(value.value, where .. ".value") }, value, where)
  end)
  local elements = {}
  for i = 1, #found.elements do elements[i] = found.elements[i].value end
  shape.rising(elements, at .. ".elements", "values")
end

local function check_common(item, at)
  text(item.name, at .. ".name")
  shape.boolean(item.optional, at .. ".optional")
  shape.choice(item.stability, at .. ".stability", nil, { "per session", "rising", "per turn" })
  if not shape.is_null(item.error) then integer(item.error, at .. ".error", nil, 0) end
  if not shape.is_null(item.source) then
    shape.fields(item.source, at .. ".source", nil, { "kind", "name" })
    shape.choice(item.source.kind, at .. ".source.kind", nil, { "header", "body", "metadata", "gateway" })
    text(item.source.name, at .. ".source.name")
  end
end

--- The attributes of a table, whose rows are `rows`. Raises what `shape` raises.
--
-- Each has `name`, `kind`, `default` (nil for none) and `absent` (a row, or nil where it cannot be absent). A bool has
-- its rows at `false` and `true`; an int `lo`, `hi`, `cuts`, `rows`; an enum and a string `listed`, the `position` of
-- each of these, `rows` and `other` (nil in a closed enum); a string `patterns` and `samples`; a set `listed`,
-- `position`, `open` and `elements`.
return function(value, rows)
  local row, row_if, pair = readers(rows)
  local found = items(value, "attributes", nil, function(item, where, i)
    local at = shape.place(where, i)
    shape.object(item, at)
    if item.type == nil then fail(at, nil, "field 'type' is missing") end
    local kind = shape.choice(item.type, at .. ".type", nil, KINDS)
    shape.fields(item, at, nil, FIELDS[kind])
    check_common(item, at)
    local attribute = { name = item.name, kind = kind }
    if kind == "set" then
      if item.optional then fail(at .. ".optional", nil, "must be false for a set") end
    else
      attribute.absent = row_if(
        item.optional and shape.is_null(item.default),
        item.absent,
        at .. ".absent",
        "where the attribute is optional and has no default"
      )
    end
    read[kind](attribute, item, at, row, row_if, pair)
    return attribute
  end)
  local names = {}
  for i = 1, #found do names[i] = found[i].name end
  shape.rising(names, "attributes", "names")
  return found
end

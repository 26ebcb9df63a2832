--- A loaded table, and its answers.
local bits = require("interlock.bits")
local classify = require("interlock.classify")
local explain = require("interlock.explain")
local json = require("interlock.json")
local lookups = require("interlock.lookups")
local record = require("interlock.record")
local requests = require("interlock.requests")
local validate = require("interlock.validate")
local walk = require("interlock.walk")

local band, band4, index, type = bits.band, bits.band4, bits.index, type
local getmetatable = getmetatable or function() return nil end -- a sandbox without it has no metatables to fear
local NULL, EMPTY = json.NULL, json.EMPTY
local INT, TEXT, SET = lookups.INT, lookups.TEXT, lookups.SET
local add_set, text_row, LONGEST = lookups.add_set, lookups.text_row, lookups.LONGEST
local MOST_KEYED = 2048 -- decisions remembered by key

local methods = {}

--- The keys of a walk: of each attribute that pools are sticky by, the text of its value.
local function keys_of(table, values)
  local keys = {}
  for i, name in ipairs(table._walks.sticky) do keys[i] = validate.key_of(values[table._position[name]]) end
  return keys
end

--- The decision in a column (nil: none) for legal values.
local function decide_column(table, column, values)
  local spec, walks = table._spec, table._walks
  if not column then return walk.decision(walks, walk.NO_RULE) end
  local state = spec.state_of[column]
  return walk.decision(walks, state, spec.rules[spec.rule_of[column]], walks.keyed[state] and keys_of(table, values))
end

--- The same as `decide`, slow and obvious: for what the fast path leaves, and to test it against. Also gives the legal
-- values, and the column if one decided.
local function decide_plainly(table, request)
  local spec = table._spec
  local values, fault = validate.validate(spec.attributes, request)
  if not values then return walk.decision(table._walks, spec.invalid, nil, nil, 0, fault) end
  local column = classify.column(spec.attributes, values, table._every)
  return decide_column(table, column, values), values, column
end

--- The decision in a column that needs keys, of a request that is plain and valid.
local function decide_keyed(table, column, request)
  local sticky = table._sticky
  local values, value = {}, nil
  for i = 1, #sticky do
    value = request[sticky[i].name]
    if validate.is_null(value) then value = sticky[i].default end
    values[sticky[i].position] = value
  end
  if value == nil then value = "" end -- the key of what is absent
  if #sticky > 1 or (type(value) == "string" and #value > LONGEST) then return decide_column(table, column, values) end
  local by_key = table._keyed[column]
  local found = by_key and by_key[value]
  if found then return found end
  if table._count >= MOST_KEYED then
    table._keyed, table._count, by_key = {}, 0, nil
  end
  if not by_key then
    by_key = {}
    table._keyed[column] = by_key
  end
  found = decide_column(table, column, values)
  by_key[value] = found
  table._count = table._count + 1
  return found
end

local function decide_at(table, column, request)
  if column and table._walks.keyed[table._spec.state_of[column]] then return decide_keyed(table, column, request) end
  local found = decide_column(table, column)
  table._decisions[column or 0] = found
  return found
end

-- The rows of the request that is being decided. Nothing is called meanwhile that could decide another one.
local rows = {}

--- Where a request goes: what a JSON parser for Lua gives (interlock.validate says how it is read). Never raises,
-- whatever it holds: what is no object, or not as the policy declares, goes where the policy says of invalid requests,
-- and the decision's `invalid` says what is wrong. Decisions are shared between requests: do not change them.
function methods.decide(table, request)
  -- The fast path knows plain requests that are valid. Whatever is odd about another one, the plain path sorts it out.
  if type(request) ~= "table" or getmetatable(request) ~= nil or request == NULL or request[1] ~= nil then
    return decide_plainly(table, request)
  end
  local entries = table._entries
  local count = 0
  for i = 1, #entries do
    local entry = entries[i]
    local value = request[entry.name]
    local row
    if value ~= nil then row = entry.rows[value] end
    if row == nil then
      local kind = entry.kind
      if value == nil then
        row = entry.missing
      elseif kind == INT then
        if type(value) == "number" and value >= entry.lo and value <= entry.hi and value % 1 == 0 then
          local b = (value - entry.lo) * entry.scale
          b = b - b % 1 + 1
          local cuts, starts = entry.cuts, entry.starts
          local low, high = starts[b], starts[b + 1]
          while low < high do
            local middle = low + high
            middle = (middle - middle % 2) / 2
            if cuts[middle] <= value then
              low = middle + 1
            else
              high = middle
            end
          end
          row = entry.classes[low]
        end
      elseif kind == TEXT then
        if type(value) == "string" then row = text_row(entry, value) end
      elseif kind == SET and type(value) == "table" and getmetatable(value) == nil then
        local more = value ~= NULL and value ~= EMPTY and add_set(entry, value, rows, count)
        if more then
          row = rows[more]
          count = more - 1
        end
      end
      if not row then
        if validate.is_null(value) then row = entry.missing end
        if not row then return decide_plainly(table, request) end
      end
    end
    count = count + 1
    rows[count] = row
  end
  local every = table._every
  for k = count + 1, 8 do rows[k] = every end
  local a, b, c, d, e, f, g, h = rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7], rows[8]
  local most = a[0]
  for k = 2, count do
    local words = rows[k][0]
    if words < most then most = words end
  end
  local column = 0
  for w = 1, most do
    local x = band4(a[w], b[w], c[w], d[w])
    if x ~= 0 then
      x = band(band4(x, e[w], f[w], g[w]), h[w])
      for k = 9, count do
        x = band(x, rows[k][w])
      end
      if x ~= 0 then
        column = w * 32 - 31 + index(x)
        break
      end
    end
  end
  return table._decisions[column] or decide_at(table, column > 0 and column or nil, request)
end

--- The same for the text of a request. One that is no JSON is decided as something that is no object.
function methods.decide_text(table, text) return methods.decide(table, requests.parse(text)) end

--- Where the request of a decision of this table goes after an error of a class (one of `interlock.error_classes`), once
-- retries are spent. After a fail, errors change nothing. Another class, or another table's decision, is an error.
function methods.after(table, decision, class)
  local next_one, fault = walk.after(table._walks, decision, class)
  if not next_one then error(fault, 2) end
  return next_one
end

--- Why a request goes where it goes: the decision, what failed in each earlier rule, what held, the walk, the pick, the
-- place (docs/table-format.md, "Explanations"). Plain tables, in which null is `interlock.null`. Never raises.
function methods.explain(table, request)
  local decision, values, column = decide_plainly(table, request)
  return explain(table._spec, table._walks, decision, values, column)
end

--- The record of the decision on a request after errors of these classes (a list; nil: none), for a log
-- (docs/record.md). Plain tables, in which null is `interlock.null`. An unknown class is an error.
function methods.record(table, request, classes)
  local decision, values = decide_plainly(table, request)
  for _, class in ipairs(classes or {}) do
    local fault
    decision, fault = walk.after(table._walks, decision, class)
    if fault then error(fault, 2) end
  end
  return record(table._spec, decision, classes or {}, values)
end

--- A table of what `check` gives.
return function(spec)
  local every = classify.every(#spec.rule_of)
  local walks = walk.new(spec)
  local table = {
    policy = spec.policy,
    version = spec.version,
    _spec = spec,
    _every = every,
    _walks = walks,
    _entries = lookups.new(spec.attributes, every),
    _position = {},
    _sticky = {},
    _decisions = {},
    _keyed = {},
    _count = 0,
    _decide_plainly = decide_plainly,
    decide = methods.decide,
    decide_text = methods.decide_text,
    after = methods.after,
    explain = methods.explain,
    record = methods.record,
  }
  for i, attribute in ipairs(spec.attributes) do table._position[attribute.name] = i end
  for i, name in ipairs(walks.sticky) do
    local position = table._position[name]
    table._sticky[i] = { name = name, position = position, default = spec.attributes[position].default }
  end
  return table
end

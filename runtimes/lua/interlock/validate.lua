--- Which requests are valid, and what their attributes' values are: plain code, right for any value.
--
-- A request is what a JSON parser for Lua gives. nil, `json.NULL` and userdata (`cjson.null`, `ngx.null`) are null. A
-- table that holds something at 1 is a list, of the items up to the first nil; any other one is an object; an empty one
-- is both, unless it is `json.EMPTY`. Tables are read raw: no metamethod of theirs is run.
local json = require("interlock.json")
local is_empty = require("interlock.keys").is_empty
local utf8 = require("interlock.utf8")
local concat = table.concat
local NULL, EMPTY = json.NULL, json.EMPTY
-- Some sandboxes have neither of these (nor metatables).
local rawget = rawget or function(from, key) return from[key] end
local rawequal = rawequal or function(x, y) return x == y end

local validate = {}

function validate.is_null(value) return value == nil or rawequal(value, NULL) or type(value) == "userdata" end

--- Whether a value is a number of integral value in lo..=hi; also whether it is an integer at all.
local function is_integer(value)
  return type(value) == "number" and value % 1 == 0 and value ~= math.huge and value ~= -math.huge
end

function validate.is_text(value) return type(value) == "string" and not utf8.fault(value) end

--- A set's value: its elements, each once, sorted (`list`), and true by each (`has`).
function validate.set(items)
  local list, has = {}, {}
  for i = 1, #items do
    if not has[items[i]] then
      has[items[i]] = true
      list[#list + 1] = items[i]
    end
  end
  return { list = utf8.sort(list), has = has }
end

--- The items of a list of strings, or nil if `value` is none.
local function texts(value)
  if type(value) ~= "table" or rawequal(value, NULL) or rawequal(value, EMPTY) then return nil end
  if rawget(value, 1) == nil and not is_empty(value) then return nil end
  local items = {}
  while true do
    local item = rawget(value, #items + 1)
    if item == nil then return items end
    if not validate.is_text(item) then return nil end
    items[#items + 1] = item
  end
end

local function invalid(name, reason, message)
  return nil, { attribute = name, reason = reason, message = message and "`" .. name .. "` " .. message }
end

local TYPES = { bool = "a bool", int = "an integer", enum = "a string", string = "a string", set = "a list of strings" }

local function wrong_type(attribute) return invalid(attribute.name, "wrong_type", "must be " .. TYPES[attribute.kind]) end

local function legal_set(attribute, value)
  local name = attribute.name
  local items = texts(value)
  if not items then return wrong_type(attribute) end
  for i = 1, attribute.open and 0 or #items do
    if not attribute.position[items[i]] then
      return invalid(name, "unknown_value", "may hold only " .. concat(attribute.listed, ", "))
    end
  end
  return validate.set(items)
end

--- The legal value that `value` is (nil: absent), or nil and what is wrong with it. A missing one with a default is wrong.
local function legal(attribute, value)
  local name, kind = attribute.name, attribute.kind
  if validate.is_null(value) then
    if kind == "set" and attribute.default == nil then return validate.set({}) end
    if attribute.absent then return nil end
    return invalid(name, "missing", "is missing")
  end
  if kind == "bool" then
    if type(value) ~= "boolean" then return wrong_type(attribute) end
  elseif kind == "int" then
    if not is_integer(value) then return wrong_type(attribute) end
    if value < attribute.lo or value > attribute.hi then
      local range = json.decimal(attribute.lo) .. "..=" .. json.decimal(attribute.hi)
      return invalid(name, "out_of_range", "must lie in " .. range)
    end
  elseif kind == "set" then
    return legal_set(attribute, value)
  elseif not validate.is_text(value) then
    return wrong_type(attribute)
  elseif kind == "enum" and not attribute.other and not attribute.position[value] then
    return invalid(name, "unknown_value", "must be one of " .. concat(attribute.listed, ", "))
  end
  return value
end

--- The values of the attributes by index (nil: absent), defaults standing in; or nil and the first fault in their order:
-- `attribute` (nil if the request is no object), `reason`, `message`.
function validate.validate(attributes, request)
  if type(request) ~= "table" or rawequal(request, NULL) or rawget(request, 1) ~= nil then
    return nil, { reason = "not_an_object", message = "the request is not a JSON object" }
  end
  local values = {}
  for i = 1, #attributes do
    local attribute = attributes[i]
    local value, fault = legal(attribute, rawget(request, attribute.name))
    if fault then
      if attribute.default == nil then return nil, fault end
      value = attribute.default
      if attribute.kind == "set" then value = validate.set(value) end
    end
    values[i] = value
  end
  return values
end

--- The text by which a legal value, of no set, picks a pool's member.
function validate.key_of(value)
  if value == nil then return "" end
  if type(value) == "number" then return json.decimal(value) end
  return tostring(value)
end

return validate

--- The record of a decision, for a log: what was decided and what the request was to it, without a text of the request's
-- (docs/record.md).
local classify = require("interlock.classify")
local encode = require("interlock.encode")
local json = require("interlock.json")
local keys = require("interlock.keys")
local validate = require("interlock.validate")
local walk = require("interlock.walk")
local NULL, EMPTY, or_null = json.NULL, json.EMPTY, encode.or_null

--- The indices, from 0, of the items of a list that `holds` takes.
local function those(list, holds)
  local found = {}
  for i = 1, #list do
    if holds(list[i]) then found[#found + 1] = i - 1 end
  end
  return found
end

--- What a record says of a legal value: the policy's own words and numbers.
local function class_of(attribute, value)
  if attribute.kind == "set" then
    return those(attribute.elements, function(element) return value.has[element.value] end)
  end
  if value == nil then return NULL end
  local position = attribute.position and attribute.position[value]
  if attribute.kind == "enum" then return position and value or false end
  if attribute.kind == "string" then
    return {
      literal = position and position - 1 or NULL,
      like = those(attribute.patterns, function(pattern) return classify.is_like(value, pattern.pieces) end),
      sample = those(attribute.samples, function(sample) return classify.is_sampled(value, sample) end),
    }
  end
  return value
end

local function or_empty(object) return keys.is_empty(object) and EMPTY or object end

--- The record of a decision after errors of these classes: JSON, in which null is `json.NULL`. `values` are the request's
-- legal values, nil if it is invalid.
return function(spec, decision, classes, values)
  local record = encode.decision_fields(decision)
  record.record, record.after, record.attributes, record.slots = 1, {}, NULL, NULL
  for i = 1, #classes do record.after[i] = classes[i] end
  if not values then return record end
  local attributes, slots, by_name = {}, {}, {}
  for i, attribute in ipairs(spec.attributes) do
    attributes[attribute.name] = class_of(attribute, values[i])
    by_name[attribute.name] = i
  end
  for _, pool in ipairs(spec.pools) do
    if pool.maglev and pool.sticky then
      slots[pool.sticky] = walk.slot(validate.key_of(values[by_name[pool.sticky]]))
    end
  end
  record.attributes, record.slots = or_empty(attributes), or_empty(slots)
  return record
end

--- Why a decision was made, and what would follow (docs/table-format.md, "Explanations").
local classify = require("interlock.classify")
local encode = require("interlock.encode")
local json = require("interlock.json")
local needs = require("interlock.needs")
local walk = require("interlock.walk")
local concat = table.concat
local NULL, or_null = json.NULL, encode.or_null

local function plain(attribute, value)
  if attribute.kind == "set" then return value.list end
  return or_null(value)
end

local function condition(attribute, value, text)
  return { attribute = attribute.name, value = plain(attribute, value), needs = text }
end

--- The unmet conditions of a column, each with an `id` that equal ones share: the attribute's index and the text, as the
-- value is the request's.
local function unmet_of(judged, column)
  local list, ids = {}, {}
  for i = 1, #judged do
    local one = judged[i]
    local lacks = false
    for k = 1, #one.rows do lacks = lacks or not classify.has(one.rows[k], column) end
    if lacks then
      for _, need in ipairs(needs.of(one.attribute, column, one.value)) do
        if not need.met then
          ids[#ids + 1] = json.decimal(i) .. " " .. json.decimal(#need.text) .. " " .. need.text
          list[#list + 1] = { one = one, text = need.text, id = ids[#ids] }
        end
      end
    end
  end
  list.key = concat(ids, "\n")
  return list
end

--- Whether all of the conditions of `part` are in `whole`, by id.
local function includes(whole, part)
  for i = 1, #part do
    if not whole.has[part[i].id] then return false end
  end
  return true
end

--- The lists of a rule less those that include all of another; equal ones were counted once.
local function least(lists)
  for i = 1, #lists do
    lists[i].has, lists[i].size = {}, 0
    for k = 1, #lists[i] do
      local has, id = lists[i].has, lists[i][k].id
      if not has[id] then
        has[id], lists[i].size = true, lists[i].size + 1
      end
    end
  end
  local kept = {}
  for i = 1, #lists do
    local needless = false
    for k = 1, #lists do
      if lists[k].size < lists[i].size and includes(lists[i], lists[k]) then
        needless = true
        break
      end
    end
    if not needless then kept[#kept + 1] = lists[i] end
  end
  return kept
end

--- What failed in the columns before `column`, by the rules before `rule`.
local function earlier_of(spec, values, column, rule)
  local judged = {}
  for i = 1, #spec.attributes do
    local rows = {}
    classify.add_rows(spec.attributes[i], values[i], rows)
    judged[i] = { attribute = spec.attributes[i], value = values[i], rows = rows }
  end
  local lists, seen = {}, {}
  for r = 1, rule - 1 do
    lists[r], seen[r] = {}, {}
  end
  for c = 1, column - 1 do
    local r = spec.rule_of[c]
    if r >= rule then break end -- an earlier column of the deciding rule
    local list = unmet_of(judged, c)
    if not seen[r][list.key] then
      seen[r][list.key] = true
      lists[r][#lists[r] + 1] = list
    end
  end
  local found = {}
  for r = 1, rule - 1 do
    local unmet, told = {}, {}
    for _, list in ipairs(least(lists[r])) do
      local first = list[1]
      if not told[first.id] then
        told[first.id] = true
        unmet[#unmet + 1] = condition(first.one.attribute, first.one.value, first.text)
      end
    end
    found[r] = { rule = spec.rules[r], unmet = unmet }
  end
  return found
end

local function fail_of(fail) return { status = fail.status, message = or_null(fail.message) } end

--- The targets of a hop: for each different one its classes; hops that are new are appended to `order`.
local function targets_of(spec, at, order, index)
  local targets, by_id = {}, {}
  for i, to in ipairs(at.next) do
    local state = to and spec.states[to]
    local id, target
    if not state then
      id, target = "client", NULL
    elseif state.fail then
      local message = state.fail.message
      id = json.decimal(state.fail.status) .. (message and " " .. message or "")
      target = fail_of(state.fail)
    else
      if not index[to] then
        order[#order + 1] = to
        index[to] = #order - 1
      end
      id, target = "step " .. json.decimal(index[to]), index[to]
    end
    if not by_id[id] then
      by_id[id] = { classes = {}, to = target }
      targets[#targets + 1] = by_id[id]
    end
    local classes = by_id[id].classes
    classes[#classes + 1] = walk.CLASSES[i]
  end
  return targets
end

local function walk_of(spec, walks, state, keys)
  local order, index, steps = { state }, { [state] = 0 }, {}
  local i = 1
  while i <= #order do -- it grows as hops are met
    local at = spec.states[order[i]]
    local member = walk.pick(walks, at.pool, keys)
    steps[i] = {
      pool = at.pool.name,
      upstream = member.upstream.name,
      model = member.model,
      retry = at.pool.retry,
      next = targets_of(spec, at, order, index),
    }
    i = i + 1
  end
  return steps
end

local function pick_of(walks, pool, keys)
  if not pool.maglev then return NULL end
  local key, shares = walk.key(walks, pool, keys), {}
  for i, member in ipairs(pool.members) do shares[i] = { member = member.name, slots = 0 } end
  for _, i in ipairs(pool.maglev) do shares[i].slots = shares[i].slots + 1 end
  return {
    sticky = or_null(pool.sticky),
    key = key,
    slot = walk.slot(key),
    member = walk.pick(walks, pool, keys).name,
    shares = shares,
  }
end

local function place_of(place)
  return { file = place.file, start = place.start, ["end"] = place["end"], doc = or_null(place.doc) }
end

--- The explanation of a decision: JSON, in which null is `json.NULL`. `values` are the request's legal values, nil if it
-- is invalid; `column` the deciding one, nil if none did.
return function(spec, walks, decision, values, column)
  local rule = column and spec.rule_of[column]
  local stands = walk.stands(decision)
  local matched = {}
  for i = 1, column and #spec.attributes or 0 do
    local attribute, value = spec.attributes[i], values[i]
    for _, need in ipairs(needs.of(attribute, column, value)) do
      matched[#matched + 1] = condition(attribute, value, need.text)
    end
  end
  local pool = stands.state and spec.states[stands.state].pool
  return {
    decision = encode.decision_fields(decision),
    earlier = values and earlier_of(spec, values, column or #spec.rule_of + 1, rule or #spec.rules + 1) or {},
    matched = matched,
    walk = pool and walk_of(spec, walks, stands.state, stands.keys) or {},
    pick = pool and pick_of(walks, pool, stands.keys) or NULL,
    place = rule and place_of(spec.places[rule]) or NULL,
  }
end

--- Walks over the chain automaton: the decision in a state, and the one after an error.
local hashing = require("interlock.hashing")
local utf8 = require("interlock.utf8")
local setmetatable, getmetatable = setmetatable, getmetatable

local walk = {}

local CLASSES = {
  "overloaded", "rate_limited", "server_error", "timeout", "unreachable", "context_overflow", "refused",
}
walk.CLASSES = CLASSES
local POSITION = {}
for i = 1, #CLASSES do POSITION[CLASSES[i]] = i end

--- The index of an error class in a state's `next`, or nil.
function walk.position(class) return type(class) == "string" and POSITION[class] or nil end

walk.NO_RULE = { fail = { status = 500 } }

-- Where a walk stands: the state (nil: final), and the request's values, as text, of the attributes in `sticky`. It is
-- kept out of a decision's own fields, as those are logged and keys may be a person's: in its metatable.
local STANDS = {}
local function attach(decision, state, keys)
  local stands = { state = state, keys = keys }
  if setmetatable and getmetatable then return setmetatable(decision, { [STANDS] = stands }) end
  decision[STANDS] = stands
  return decision
end

--- Where the walk of a decision stands, or nil if that is none.
function walk.stands(decision)
  if type(decision) ~= "table" then return nil end
  local holder = decision
  if setmetatable and getmetatable then holder = getmetatable(decision) end
  return type(holder) == "table" and holder[STANDS] or nil
end

--- The entry, from 0, of a Maglev table that a key falls on.
function walk.slot(key) return hashing.murmur3(key, 0) % 4099 end

local function is_several(state) return state.pool ~= nil and state.pool.maglev ~= nil and state.pool.sticky ~= nil end

--- The states from which a walk can enter a pool of several members that is picked by a key.
local function keyed_states(states)
  local before, waiting, keyed = {}, {}, {}
  for i = 1, #states do
    before[i] = {}
    if is_several(states[i]) then
      keyed[i] = true
      waiting[#waiting + 1] = i
    end
  end
  for i = 1, #states do
    for _, to in ipairs(states[i].next or {}) do
      if to then before[to][#before[to] + 1] = i end
    end
  end
  while #waiting > 0 do
    local to = table.remove(waiting)
    for _, from in ipairs(before[to]) do
      if not keyed[from] then
        keyed[from] = true
        waiting[#waiting + 1] = from
      end
    end
  end
  return keyed
end

--- What makes the decisions of a table: `sticky` has the names of all attributes that may give a key, sorted.
function walk.new(spec)
  local sticky, position = {}, {}
  for i = 1, #spec.states do
    local name = is_several(spec.states[i]) and spec.states[i].pool.sticky
    if name and not position[name] then
      position[name] = true
      sticky[#sticky + 1] = name
    end
  end
  utf8.sort(sticky)
  for i = 1, #sticky do position[sticky[i]] = i end
  return {
    policy = spec.policy,
    version = spec.version,
    states = spec.states,
    sticky = sticky,
    position = position,
    keyed = keyed_states(spec.states),
  }
end

--- The key of a pool. Without keys, as in a walk of an invalid request, it is empty.
function walk.key(walks, pool, keys) return keys and pool.sticky and keys[walks.position[pool.sticky]] or "" end

--- The member of a pool that keys pick.
function walk.pick(walks, pool, keys)
  if not pool.maglev then return pool.members[1] end
  return pool.members[pool.maglev[walk.slot(walk.key(walks, pool, keys)) + 1]]
end

local function failed(walks, fail, rule, hop, invalid)
  local decision = { policy = walks.policy, version = walks.version, rule = rule, hop = hop, invalid = invalid }
  decision.fail = { status = fail.status, message = fail.message }
  return attach(decision, nil, nil)
end

--- The decision in a state (an index, or `NO_RULE`) for a rule's name.
function walk.decision(walks, state, rule, keys, hop, invalid)
  local at = type(state) == "number" and walks.states[state] or state
  if at.fail then return failed(walks, at.fail, rule, hop or 0, invalid) end
  local pool = at.pool
  local member = walk.pick(walks, pool, keys)
  local upstream = member.upstream
  return attach({
    policy = walks.policy,
    version = walks.version,
    rule = rule,
    pool = pool.name,
    upstream = upstream.name,
    provider = upstream.provider,
    account = upstream.account,
    region = upstream.region,
    model = member.model,
    hop = hop or 0,
    invalid = invalid,
  }, state, keys)
end

--- The decision after an error, or nil and what the caller did wrong.
function walk.after(walks, decision, class)
  local position = walk.position(class)
  if not position then
    return nil, tostring(class) .. " is no error class; these are: " .. table.concat(CLASSES, ", ")
  end
  local stands = walk.stands(decision)
  if not stands then return nil, "this was not decided by a table" end
  if decision.version ~= walks.version or decision.policy ~= walks.policy then
    return nil, "the decision is another table's: a walk ends with the table it began with"
  end
  if not stands.state then return decision end
  local to = walks.states[stands.state].next[position]
  if not to then return failed(walks, { message = class }, decision.rule, decision.hop, decision.invalid) end
  local hop = decision.hop + (walks.states[to].pool and 1 or 0)
  return walk.decision(walks, to, decision.rule, stands.keys, hop, decision.invalid)
end

return walk

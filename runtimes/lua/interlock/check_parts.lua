--- From the JSON of a table's pools, upstreams, models and source to what deciding needs.
local shape = require("interlock.shape")
local items, index, integer, text = shape.items, shape.index, shape.integer, shape.text
local is_null, fail, rising = shape.is_null, shape.fail, shape.rising

local SLOTS = 4099 -- entries of a Maglev table
local UPSTREAM = {
  "name", "family", "provider", "account", "region", "endpoint", "supports", "timeouts", "limit", "breaker",
}

local function names_of(list)
  local names = {}
  for i = 1, #list do names[i] = list[i].name end
  return names
end

local function supports(value, where) rising(items(value, where, nil, text), where, "capabilities") end

local function amounts(value, where, names)
  local given = shape.some_fields(value, where, nil, names)
  for i = 1, #given do integer(value[given[i]], where .. "." .. given[i], nil, 0) end
end

local function limit_of(limit, at)
  if is_null(limit) then return end
  shape.fields(limit, at, nil, { "count", "per", "burst", "status" })
  integer(limit.count, at .. ".count", nil, 0)
  shape.choice(limit.per, at .. ".per", nil, { "s", "min" })
  integer(limit.burst, at .. ".burst", nil, 0)
  if not is_null(limit.status) then integer(limit.status, at .. ".status", nil, 400, 599) end
end

local function breaker_of(breaker, at)
  if is_null(breaker) then return end
  local names = { "share", "requests", "window_ms", "probe_ms" }
  shape.fields(breaker, at, nil, names)
  for i = 1, #names do integer(breaker[names[i]], at .. "." .. names[i], nil, 0) end
end

local function endpoint_of(endpoint, at)
  if is_null(endpoint) then return end
  local given = shape.some_fields(endpoint, at, nil, { "url", "env" })
  if #given ~= 1 then fail(at, nil, "must have either 'url' or 'env'") end
  text(endpoint[given[1]], at .. "." .. given[1])
end

local function upstream_of(item, where, i)
  local at = shape.place(where, i)
  shape.fields(item, at, nil, UPSTREAM)
  text(item.family, at .. ".family")
  endpoint_of(item.endpoint, at .. ".endpoint")
  supports(item.supports, at .. ".supports")
  amounts(item.timeouts, at .. ".timeouts", { "connect", "first_token", "total" })
  limit_of(item.limit, at .. ".limit")
  breaker_of(item.breaker, at .. ".breaker")
  return {
    name = text(item.name, at .. ".name"),
    provider = text(item.provider, at .. ".provider"),
    account = shape.text_or_null(item.account, at .. ".account"),
    region = shape.text_or_null(item.region, at .. ".region"),
  }
end

local function model_of(item, where, i)
  local at = shape.place(where, i)
  shape.fields(item, at, nil, { "name", "context", "prices", "supports" })
  if not is_null(item.context) then integer(item.context, at .. ".context", nil, 0) end
  amounts(item.prices, at .. ".prices", { "input", "output", "cache_read", "cache_write" })
  supports(item.supports, at .. ".supports")
  return { name = text(item.name, at .. ".name") }
end

local function pool_of(item, at, sticky, upstreams, models)
  shape.fields(item, at, nil, { "name", "family", "members", "maglev", "sticky", "retry" })
  text(item.family, at .. ".family")
  local members = items(item.members, at .. ".members", nil, function(member, where, i)
    where = shape.place(where, i)
    shape.fields(member, where, nil, { "upstream", "model", "weight" })
    integer(member.weight, where .. ".weight", nil, 1, 100)
    local upstream = upstreams[index(member.upstream, where .. ".upstream", nil, #upstreams, "upstreams")]
    local model = models[index(member.model, where .. ".model", nil, #models, "models")].name
    return { upstream = upstream, model = model, name = upstream.name .. "/" .. model }
  end)
  if #members == 0 then fail(at .. ".members", nil, "must have at least 1 item") end
  rising(names_of(members), at .. ".members", "members")
  local maglev
  if #members > 1 then
    maglev = items(item.maglev, at .. ".maglev", nil, function(slot, where, i)
      return index(slot, where, i, #members, "members")
    end, SLOTS)
  elseif not is_null(item.maglev) then
    fail(at .. ".maglev", nil, "must be null for a pool of one member")
  end
  local by = shape.text_or_null(item.sticky, at .. ".sticky")
  if by and not sticky[by] then fail(at .. ".sticky", nil, "must be the name of an attribute that is no set") end
  return {
    name = text(item.name, at .. ".name"),
    members = members,
    maglev = maglev,
    sticky = by,
    retry = integer(item.retry, at .. ".retry", nil, 0),
  }
end

local function source_of(source, sizes)
  shape.fields(source, "source", nil, { "files", "policy", "rules", "attributes", "pools", "upstreams", "models" })
  local files = items(source.files, "source.files", nil, text)
  local function line_and_column(value, where, i) return integer(value, where, i, 1) end
  local function place(value, where, i)
    local at = shape.place(where, i)
    shape.fields(value, at, nil, { "doc", "file", "start", "end" })
    return {
      doc = shape.text_or_null(value.doc, at .. ".doc"),
      file = files[index(value.file, at .. ".file", nil, #files, "source.files")],
      start = items(value.start, at .. ".start", nil, line_and_column, 2),
      ["end"] = items(value["end"], at .. ".end", nil, line_and_column, 2),
    }
  end
  place(source.policy, "source.policy")
  local function places_of(name) return items(source[name], "source." .. name, nil, place, sizes[name]) end
  for _, name in ipairs({ "attributes", "pools", "upstreams", "models" }) do places_of(name) end
  return places_of("rules")
end

--- The `pools` of a table, and the `places` of its rules. Raises what `shape` raises.
--
-- A pool has `name`, `members` (with `upstream`, `model` and `name`), `maglev` (indices from 1, or nil), `sticky`, `retry`.
return function(content, attributes)
  local upstreams = items(content.upstreams, "upstreams", nil, upstream_of)
  shape.distinct(names_of(upstreams), "upstreams", "names")
  local models = items(content.models, "models", nil, model_of)
  shape.distinct(names_of(models), "models", "names")
  local sticky = {}
  for i = 1, #attributes do sticky[attributes[i].name] = attributes[i].kind ~= "set" end
  local pools = items(content.pools, "pools", nil, function(item, where, i)
    return pool_of(item, shape.place(where, i), sticky, upstreams, models)
  end)
  shape.distinct(names_of(pools), "pools", "names")
  return {
    pools = pools,
    places = source_of(content.source, {
      rules = #shape.list(content.rules, "rules"),
      attributes = #attributes,
      pools = #pools,
      upstreams = #upstreams,
      models = #models,
    }),
  }
end

-- Tables made for tests, with their hashes.
local hashing = require("interlock.hashing")
local json = require("interlock.json")
local NULL = json.NULL
local seal = {}

local function hash(content, less)
  local rest = {}
  for _, name in ipairs(require("interlock.keys").of(content)) do
    if not less[name] then rest[name] = content[name] end
  end
  return hashing.sha256(json.write(rest))
end

-- Puts both hashes, or only the digest, into a table's content.
function seal.seal(content, digest_only)
  if not digest_only then content.version = hash(content, { version = true, digest = true, source = true }) end
  content.digest = hash(content, { digest = true })
  return content
end

-- A table of these attributes and rows: a rule for each column, of which every second one fails, the others go to a pool
-- of two members that is sticky by the first attribute that can be.
function seal.table(attributes, rows, columns)
  local function place() return { doc = NULL, file = 0, start = { 1, 1 }, ["end"] = { 1, 2 } } end
  local function places(count)
    local found = {}
    for i = 1, count do found[i] = place() end
    return found
  end
  local sticky = NULL
  for _, item in ipairs(attributes) do
    if item.type ~= "set" and sticky == NULL then sticky = item.name end
  end
  local rules, pairs_of, maglev = {}, {}, {}
  for i = 1, columns do
    rules[i] = "r" .. string.format("%d", i)
    pairs_of[i] = { i - 1, i % 3 }
  end
  for i = 1, 4099 do maglev[i] = i % 2 end
  local function upstream(name)
    return {
      name = name, family = name, provider = "p", account = NULL, region = NULL, endpoint = NULL, supports = {},
      timeouts = json.EMPTY, limit = NULL, breaker = NULL,
    }
  end
  return seal.seal({
    format = "interlock-table",
    format_version = 1,
    policy = "p",
    attributes = attributes,
    rows = rows,
    columns = pairs_of,
    rules = rules,
    states = {
      { fail = { status = 400, message = NULL } },
      { pool = 0, next = { 2, NULL, 0, 1, 2, NULL, 0 } },
      { pool = 1, next = { 1, 1, 1, 1, 1, 1, 1 } },
    },
    invalid = 0,
    pools = {
      {
        name = "two", family = "two", maglev = maglev, sticky = sticky, retry = 0,
        members = { { upstream = 0, model = 0, weight = 1 }, { upstream = 1, model = 0, weight = 1 } },
      },
      { name = "one", family = "one", maglev = NULL, sticky = NULL, retry = 1, members = { { upstream = 1, model = 0, weight = 1 } } },
    },
    upstreams = { upstream("a"), upstream("b") },
    models = { { name = "m", context = NULL, prices = json.EMPTY, supports = {} } },
    source = {
      files = { "f" }, policy = place(), rules = places(columns), attributes = places(#attributes), pools = places(2),
      upstreams = places(2), models = places(1),
    },
  })
end

return seal

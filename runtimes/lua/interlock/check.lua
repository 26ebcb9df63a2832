--- From the JSON of a table to what deciding needs: all that docs/table-format.md says a table holds is checked.
local bits = require("interlock.bits")
local check_attributes = require("interlock.check_attributes")
local json = require("interlock.json")
local check_parts = require("interlock.check_parts")
local shape = require("interlock.shape")
local items, index, integer, text, fail = shape.items, shape.index, shape.integer, shape.text, shape.fail

local check = {
  FORMAT = "interlock-table",
  FORMAT_VERSION = 1,
  FIELDS = {
    "format", "format_version", "policy", "version", "digest", "attributes", "rows", "columns", "rules", "states",
    "invalid", "pools", "upstreams", "models", "source",
  },
}
local MOST_ATTRIBUTES, MOST_COLUMNS, MOST_ROWS = 10000, 100000, 1000000

local function limit(value, where, most)
  shape.list(value, where)
  if #value > most then
    fail(where, nil, "has " .. json.decimal(#value) .. " items, the limit is " .. json.decimal(most), "limit")
  end
  return #value
end

-- How many bits a hex digit has.
local WIDTHS = {}
for digit = 0, 15 do
  WIDTHS[string.format("%x", digit)] = digit == 0 and 0 or digit < 2 and 1 or digit < 4 and 2 or digit < 8 and 3 or 4
end

--- Rows as lists of words, the first with the lowest columns, without words of nothing at the end; at 0 stands how
-- many there are. (A row of few words takes little, however many columns there are.)
local function rows_of(value, columns)
  limit(value, "rows", MOST_ROWS)
  local rows = items(value, "rows", nil, function(hex, where, i)
    if type(hex) ~= "string" or not (hex == "0" or hex:find("^[1-9a-f][0-9a-f]*$")) then
      fail(where, i, "must be a string of lower-case hex without leading zeros")
    end
    if (#hex - 1) * 4 + WIDTHS[hex:sub(1, 1)] > columns then
      fail(where, i, "has a bit at or above the number of columns, " .. json.decimal(columns), "bounds")
    end
    local row, count = {}, 0
    for last = #hex, 1, -8 do
      count = count + 1
      row[count] = bits.word(tonumber(hex:sub(math.max(last - 7, 1), last), 16))
    end
    row[0] = hex == "0" and 0 or count
    return row
  end)
  shape.distinct(value, "rows", "rows")
  return rows
end

local function state_of(value, where, pools, states)
  if json.is_object(value) and value.fail ~= nil then
    shape.fields(value, where, nil, { "fail" })
    local at = where .. ".fail"
    shape.fields(value.fail, at, nil, { "status", "message" })
    local status = integer(value.fail.status, at .. ".status", nil, 400, 599)
    return { fail = { status = status, message = shape.text_or_null(value.fail.message, at .. ".message") } }
  end
  shape.fields(value, where, nil, { "pool", "next" })
  return {
    pool = pools[index(value.pool, where .. ".pool", nil, #pools, "pools")],
    -- Per class the state that follows, or false.
    next = items(value.next, where .. ".next", nil, function(to, at, i)
      return not shape.is_null(to) and index(to, at, i, states, "states")
    end, 7),
  }
end

--- What the table holds. `content` is JSON as `json.read` gives it, with exactly the fields FIELDS. Raises what `shape`
-- raises. Gives `policy`, `version`, `attributes`, `rules` (names), `rule_of` and `state_of` (by column, all indices from
-- 1), `states` (`{fail}` or `{pool, next}`), `invalid`, `pools` and `places` (of the rules).
function check.check(content)
  local rules = shape.distinct(items(content.rules, "rules", nil, text), "rules", "names")
  local columns = limit(content.columns, "columns", MOST_COLUMNS)
  local rows = rows_of(content.rows, columns)
  limit(content.attributes, "attributes", MOST_ATTRIBUTES)
  local attributes = check_attributes(content.attributes, rows)
  local parts = check_parts(content, attributes)
  local states = shape.list(content.states, "states")
  local spec = {
    policy = text(content.policy, "policy"),
    version = content.version,
    attributes = attributes,
    rules = rules,
    rule_of = {},
    state_of = {},
    states = items(states, "states", nil, function(value, where, i)
      return state_of(value, shape.place(where, i), parts.pools, #states)
    end),
    invalid = index(content.invalid, "invalid", nil, #states, "states"),
    pools = parts.pools,
    places = parts.places,
  }
  for i = 1, columns do
    local pair = shape.list(content.columns[i], "columns", i, 2)
    local where = shape.place("columns", i)
    spec.rule_of[i] = index(pair[1], where, 1, #rules, "rules")
    spec.state_of[i] = index(pair[2], where, 2, #states, "states")
    if i > 1 and spec.rule_of[i - 1] > spec.rule_of[i] then fail("columns", i, "must be in rule order") end
  end
  return spec
end

return check

--- Answers as canonical JSON.
local json = require("interlock.json")
local walk = require("interlock.walk")
local NULL = json.NULL

local FIELDS = {
  "policy", "version", "rule", "pool", "upstream", "provider", "account", "region", "model", "hop", "fail", "invalid",
}

local function or_null(value)
  if value == nil then return NULL end
  return value
end

--- The twelve fields of a decision as JSON, in which null is `json.NULL`.
local function decision_fields(decision)
  local fields = {}
  for i = 1, #FIELDS do fields[FIELDS[i]] = or_null(decision[FIELDS[i]]) end
  local fail, invalid = decision.fail, decision.invalid
  if fail then fields.fail = { status = or_null(fail.status), message = or_null(fail.message) } end
  if invalid then
    fields.invalid = { attribute = or_null(invalid.attribute), reason = invalid.reason, message = invalid.message }
  end
  return fields
end

--- The canonical JSON (sorted keys, no spaces) of a decision, an explanation or a record.
local encode = {}
encode.decision_fields = decision_fields
encode.or_null = or_null
function encode.encode(answer) return json.write(walk.stands(answer) and decision_fields(answer) or answer) end
return encode

--- Reading a table: from its text to a table that answers, or an error that says why not.
local check = require("interlock.check")
local hashing = require("interlock.hashing")
local json = require("interlock.json")
local keys = require("interlock.keys")
local make_table = require("interlock.table")
local shape = require("interlock.shape")
local utf8 = require("interlock.utf8")

local MOST_BYTES = 64 * 1024 * 1024

local function refuse(message, reason) error(shape.fault(message, reason), 0) end

--- Compares both hashes. Each is of the canonical JSON of the content less some fields.
local function compare_hashes(content)
  local names, written = utf8.sort(keys.of(content)), {}
  for i = 1, #names do
    if names[i] ~= "digest" then written[names[i]] = json.quoted(names[i]) .. ":" .. json.write(content[names[i]]) end
  end
  local function hash(less)
    local parts = {}
    for i = 1, #names do
      if not less[names[i]] then parts[#parts + 1] = written[names[i]] end
    end
    return hashing.sha256("{" .. table.concat(parts, ",") .. "}")
  end
  local function compare(name, less)
    if shape.text(content[name], name) ~= hash(less) then
      refuse(name .. ": does not match the table's content: it was changed after it was compiled", "digest")
    end
  end
  compare("digest", { digest = true })
  compare("version", { digest = true, version = true, source = true })
end

local function read(text)
  if #text > MOST_BYTES then refuse("table: is larger than " .. MOST_BYTES .. " bytes", "limit") end
  local content, fault = json.read(text, true)
  if fault then refuse("table: is not JSON as a table has it: " .. fault, "json") end
  if not json.is_object(content) then refuse("table: must be a JSON object", "json") end
  if content.format ~= check.FORMAT then
    refuse("format: must be '" .. check.FORMAT .. "': this is no decision table", "format")
  end
  if content.format_version ~= check.FORMAT_VERSION then
    refuse("format_version: only " .. check.FORMAT_VERSION .. " is known to this reader", "version")
  end
  shape.fields(content, "table", nil, check.FIELDS)
  compare_hashes(content)
  return make_table(check.check(content))
end

--- The table in the text of one; or nil and an error: `message` says what is wrong and where, `reason` is the class
-- that docs/table-format.md gives ("What a reader refuses"). Raises only for what is no string.
return function(text)
  if type(text) ~= "string" then error("a table is loaded from its text, not from a " .. type(text), 2) end
  local ok, result = pcall(read, text)
  if ok then return result end
  if type(result) == "table" and result.reason then return nil, result end
  error(result, 0)
end

--- The requests that texts hold.
local json = require("interlock.json")

local requests = { null = json.NULL }

--- The request in a JSON text, for `decide`, `explain` and `record`: an object, or false for any other text. It is read as
-- docs/table-format.md says: of a key twice the last counts, 1e400 is a number out of any range. Do not change it.
function requests.parse(text)
  if type(text) ~= "string" then error("a request is parsed from its text, not from a " .. type(text), 2) end
  local value = json.read(text)
  return json.is_object(value) and value
end

return requests

--- A table that follows its file.
local load = require("interlock.load")
local shape = require("interlock.shape")

local function read(path)
  if not io or not io.open then return nil, shape.fault("this Lua has no `io`: load the table's text", "file") end
  local file, problem = io.open(path, "rb")
  if not file then return nil, shape.fault(problem, "file") end
  local text
  text, problem = file:read("*a")
  file:close()
  if not text then return nil, shape.fault(path .. ": " .. tostring(problem or "cannot be read"), "file") end
  local table, fault = load(text)
  if not table then fault.message = path .. ": " .. fault.message end
  return table, fault
end

--- Reads the file anew and swaps the table in whole: gives the new one. If it cannot be used the old one stays, and nil
-- and an error are given, as `load` does; for a file that cannot be read, its `reason` is `file`.
local function reload(live)
  local table, fault = read(live.path)
  if not table then return nil, fault end
  live.table = table
  return table
end

--- A holder of the table in a file: `table` is the current one, `reload` puts a new one in place. Keep a request's table
-- until it is done: a walk ends with the table it began with. Or nil and an error, as `reload`.
return function(path)
  local live = { path = path, reload = reload }
  local table, fault = reload(live)
  if not table then return nil, fault end
  return live
end
